// The optics: flat field, white balance, dark frame and scale, a button each.

import { ask, askJson, explain } from "./ask.js";
import { figure, say } from "./text.js";

const byId = (id) => document.getElementById(id);
const PATH = "/api/v1/optics";
const PATIENCE_MS = 330000; // the device gives a forgotten measurement up after 300 s
const LOOK_MS = 400;
let chosen = null;
let told = null;
let busy = false;

/** Open the window with what was measured. */
export async function openOptics() {
  byId("optics-dialog").showModal();
  if (!busy) await attempt(() => askJson(PATH));
}

/** Wire the window's buttons. */
export function wireOptics() {
  const dialog = byId("optics-dialog");
  const tasks = [...dialog.querySelectorAll("[data-task]")];
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  tasks.forEach((task, index) => {
    task.addEventListener("click", () => choose(task));
    task.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = tasks[(index + step + tasks.length) % tasks.length];
      choose(next);
      next.focus();
    });
  });
  byId("optics-run").addEventListener("click", () => measure());
  byId("optics-stop").addEventListener("click", () => ask(`${PATH}/stop`, { method: "POST" }).catch((error) => tell(explain(error))));
  byId("optics-undo").addEventListener("click", () => attempt(() => askJson(`${PATH}/undo`, { method: "POST", body: { name: held().name } })));
  choose(tasks[0]);
}

function choose(task) {
  if (busy) return;
  chosen = task;
  for (const other of byId("optics-dialog").querySelectorAll("[data-task]")) {
    other.setAttribute("aria-selected", other === task);
    other.tabIndex = other === task ? 0 : -1;
  }
  byId("optics-how").textContent = task.dataset.how;
  byId("optics-division").hidden = task.dataset.task !== "micrometer";
  tell("");
  show();
}

async function measure() {
  const body = { task: chosen.dataset.task };
  if (body.task === "micrometer") body.division_um = Number(byId("optics-division-um").value);
  const looking = setInterval(look, LOOK_MS);
  byId("optics-progress").removeAttribute("value");
  byId("optics-count").textContent = say("optics.waiting");
  await attempt(() => askJson(PATH, { method: "POST", body, timeoutMs: PATIENCE_MS }));
  clearInterval(looking);
  byId("optics-count").textContent = "";
}

async function look() {
  const { running } = await askJson(PATH).catch(() => ({}));
  if (!busy || !running?.wanted) return;
  byId("optics-progress").max = running.wanted;
  byId("optics-progress").value = running.count;
  byId("optics-count").textContent = say("optics.count", { count: figure(running.count), wanted: figure(running.wanted) });
}

async function attempt(request) {
  busy = true;
  tell("");
  showBusy();
  try {
    told = await request();
  } catch (error) {
    tell(explain(error));
  } finally {
    busy = false;
    showBusy();
    show();
  }
}

function tell(problem) {
  byId("optics-error").textContent = problem;
  byId("optics-error").hidden = !problem;
}

function showBusy() {
  byId("optics-progress").hidden = byId("optics-stop").hidden = !busy;
  for (const id of ["optics-run", "optics-undo"]) byId(id).disabled = busy;
}

function held() {
  return told?.measured[chosen.dataset.kind];
}

function sayWhen(measured) {
  const when = new Date(measured.measured_at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  return say("optics.when", { how: measured.how, when });
}

function show() {
  if (!told) return;
  for (const task of byId("optics-dialog").querySelectorAll("[data-task]")) {
    task.querySelector("small").textContent = sayLast(task.dataset);
  }
  const measured = held();
  byId("optics-result").hidden = byId("optics-undo").hidden = !measured;
  byId("optics-holds").textContent = sayHolding();
  if (!measured) return;
  byId("optics-undo").textContent = measured.before ? say("optics.undo_to") : say("optics.undo");
  byId("optics-when").textContent = sayWhen(measured);
  byId("optics-words").replaceChildren(...measured.words.map((word) => {
    const line = document.createElement("li");
    line.textContent = word;
    return line;
  }));
  if (byId("optics-picture").getAttribute("src") !== measured.picture) byId("optics-picture").src = measured.picture;
}

function sayLast({ kind, by }) {
  const measured = told.measured[kind];
  if (!measured) return say("optics.never");
  if (by && by !== measured.how) return say("optics.otherwise", { how: measured.how });
  return new Date(measured.measured_at).toLocaleDateString(document.documentElement.lang, { dateStyle: "medium" });
}

function sayHolding() {
  const um = told.um_per_px_of_picture ?? told.um_per_px;
  const words = { um: um ? figure(um, 4) : say("none"), correction: told.correction ?? say("none") };
  return say(told.measured.scale && um !== told.um_per_px ? "optics.holds_other" : "optics.holds", words);
}
