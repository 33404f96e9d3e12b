// The upload page: pictures of one's own, read by the bundle in use.

import { wireLayers } from "./layers.js";
import { toast } from "./picture.js";
import { listen } from "./scanner.js";
import { say } from "./text.js";
import { isTyping } from "./typing.js";
import { add, again, cancel, readScale } from "./upload_queue.js";
import { saveCsv, saveJson } from "./upload_save.js";
import { showPicture, wirePicture } from "./upload_show.js";
import { drawSide } from "./upload_side.js";
import { change, follow, state, step, stepCell, those } from "./upload_state.js";
import { wireZoom } from "./zoom.js";

const byId = (id) => document.getElementById(id);
const PARTS = ["pictures", "cells", "differential"];
const BUTTONS = {
  o: "choose", f: "choose-folder", a: "again", x: "cancel", v: "save-csv", j: "save-json", "?": "help",
  1: "layer-outlines", 2: "layer-nuclei", 3: "layer-names", "+": "zoom-in", "-": "zoom-out", 0: "zoom-whole",
  p: "tab-pictures", c: "tab-cells", d: "tab-differential", arrowleft: "before", arrowright: "next",
};

function drawBar() {
  const [waiting, read, refused] = [those("waiting").length, those("done").length, those("refused").length];
  const count = state.entries.length;
  const progress = byId("progress");
  progress.hidden = !state.running;
  progress.max = Math.max(1, count);
  progress.value = read + refused;
  byId("cancel").hidden = !state.running;
  byId("again").hidden = state.running || !count;
  for (const id of ["save-csv", "save-json"]) byId(id).hidden = !(read + refused);
  const done = say("upload.done_words", { read, refused });
  const words = state.stopped ? say("upload.stopped", { reason: state.stopped })
    : state.running ? say("upload.progress_words", { done: read + refused, count })
      : !count ? "" : waiting ? `${done}, ${say("upload.going_on", { count: waiting })}` : done;
  if (byId("progress-words").textContent !== words) byId("progress-words").textContent = words;
}

function wireChoosing() {
  byId("choose").addEventListener("click", () => byId("files").click());
  byId("drop").addEventListener("click", () => byId("files").click());
  byId("choose-folder").addEventListener("click", () => byId("folder").click());
  for (const id of ["files", "folder"]) {
    byId(id).addEventListener("change", ({ target }) => {
      add([...target.files], { ofFolder: id === "folder" });
      target.value = ""; // the same file can be chosen again
    });
  }
  byId("scale").addEventListener("change", () => {
    if (readScale() !== undefined) byId("toast").classList.remove("shown"); // what was said of it holds no longer
  });
}

function wireDropping() {
  const stage = byId("stage");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault(); // a file dropped beside the stage must not replace the page, and the results with it
      stage.classList.add("dropping");
    });
  }
  document.addEventListener("dragleave", (event) => event.relatedTarget || stage.classList.remove("dropping"));
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    stage.classList.remove("dropping");
    const roots = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!roots.some((root) => root.isDirectory)) return add([...event.dataTransfer.files]);
    return add((await Promise.all(roots.map(listFiles))).flat(), { ofFolder: true });
  });
}

async function listFiles(root) {
  if (root.isFile) return [await new Promise((resolve, reject) => { root.file(resolve, reject); })];
  const reader = root.createReader();
  const inside = [];
  for (;;) { // a reader gives a hundred at a time
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!some.length) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map(listFiles))).flat();
}

function wireParts() {
  PARTS.forEach((part, place) => {
    const tab = byId(`tab-${part}`);
    tab.addEventListener("click", () => change({ part }));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.stopPropagation(); // between tabs arrows go from tab to tab
      event.preventDefault();
      const other = PARTS[(place + by + PARTS.length) % PARTS.length];
      change({ part: other });
      byId(`tab-${other}`).focus();
    });
  });
}

function wireKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (isTyping(event) && ["Escape", "Enter"].includes(event.key)) event.target.blur();
  });
  listen({ pressed: take, scanned: (code) => toast(say("scanner.nothing", { code }), true) });
}

function take(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") return stepCell(event.key === "ArrowDown" ? 1 : -1) ?? true;
  if (event.key === "Escape") return change({ cell: -1 }) ?? true;
  if (event.key.toLowerCase() === "s") return byId("scale").focus() ?? true;
  const button = byId(BUTTONS[event.key.toLowerCase()] ?? "");
  if (!button || button.hidden || event.repeat && !event.key.startsWith("Arrow")) return false;
  button.click();
  return true;
}

follow(drawBar);
follow(drawSide);
follow(showPicture);
wireLayers();
wireZoom();
wirePicture();
wireChoosing();
wireDropping();
wireParts();
wireKeys();
byId("before").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
byId("again").addEventListener("click", again);
byId("cancel").addEventListener("click", cancel);
byId("save-csv").addEventListener("click", saveCsv);
byId("save-json").addEventListener("click", saveJson);
byId("help").addEventListener("click", () => byId("upload-help").showModal());
change();
byId("drop").focus();
