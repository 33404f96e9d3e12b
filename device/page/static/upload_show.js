// The picture that is looked at: the file itself, as the browser scales it, and over it what the device found.

import { drawCells } from "./layers.js";
import { say } from "./text.js";
import { current, state, summarise } from "./upload_state.js";

const byId = (id) => document.getElementById(id);
const picture = byId("picture");
let shown = null; // the entry on the screen
let drawn = null; // the facts over it

/** Put what is looked at on the screen. */
export function showPicture() {
  const entry = current();
  byId("drop").hidden = Boolean(entry);
  byId("tools").hidden = !entry;
  if (!entry) return;
  if (shown !== entry || drawn !== entry.facts) {
    if (shown !== entry) byId("zoom-whole").click();
    if (shown !== entry || entry.facts?.preview) load(entry);
    [shown, drawn] = [entry, entry.facts];
    drawCells(entry.facts);
  }
  picture.alt = say("upload.alt", { name: entry.name, summary: summarise(entry) });
  markCell();
  showBanner(entry);
}

/** Wire what happens when a browser cannot show the file. */
export function wirePicture() {
  picture.addEventListener("load", () => {
    picture.hidden = false;
    byId("waiting").hidden = true;
  });
  picture.addEventListener("error", () => {
    picture.hidden = true;
    byId("waiting").textContent = say("upload.not_shown");
    byId("waiting").hidden = false;
  });
}

function load(entry) {
  if (picture.src) URL.revokeObjectURL(picture.src);
  picture.hidden = true;
  picture.src = URL.createObjectURL(entry.facts?.preview ? decode(entry.facts.preview) : entry.file);
}

function decode(preview) {
  return new Blob([Uint8Array.from(atob(preview), (letter) => letter.charCodeAt(0))], { type: "image/jpeg" });
}

function markCell() {
  byId("layers").querySelectorAll("g.cell").forEach((group, place) => group.classList.toggle("chosen", place === state.cell));
}

function showBanner({ facts, reason }) {
  const words = facts?.rejected ? say("banner.rejected", { reason: facts.rejected }) : reason;
  byId("banner").hidden = !words;
  if (byId("banner-what").textContent !== words) byId("banner-what").textContent = words;
}
