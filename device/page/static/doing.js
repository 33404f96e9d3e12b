// How the instrument is doing: where the time of a field goes, what is full, what happened lately.

import { askJson, explain } from "./ask.js";
import { figure, say, sayDay, sayTime } from "./text.js";

const ASK_MS = 1000;
const EVENTS = 30;
const NETWORK = "infer"; // what every other stage is measured by

const byId = (id) => document.getElementById(id);
let asking = 0;

/** Wire the window and the button that opens it. */
export function wireDoing() {
  const dialog = byId("doing-dialog");
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => clearTimeout(asking));
  byId("doing").addEventListener("click", () => {
    dialog.showModal();
    showForEver();
  });
}

async function showForEver() {
  try {
    const [health, said] = await Promise.all([askHealth(), askJson(`/api/v1/events?limit=${EVENTS}`)]);
    showState(health);
    showFacts(health);
    showStages(health.stage_ms);
    byId("doing-events").replaceChildren(...said.events.map(makeEvent));
  } catch (error) {
    byId("doing-state").textContent = explain(error);
  }
  if (byId("doing-dialog").open) asking = setTimeout(showForEver, ASK_MS);
}

/** The health page answers 503 with the same facts where something is wrong. */
async function askHealth() {
  try {
    return await askJson("/healthz");
  } catch (error) {
    if (error.status !== 503) throw error;
    return (await fetch("/healthz", { cache: "no-store" })).json();
  }
}

function showState({ ok, reasons }) {
  const line = byId("doing-state");
  const words = ok ? say("doing.well") : say("banner.trouble", { reasons: reasons.join("; ") });
  if (line.textContent !== words) line.textContent = words;
  line.classList.toggle("error", !ok);
}

function showFacts(health) {
  const facts = [
    [say("doing.rate"), figure(health.frames_per_s, 1)],
    [say("doing.frames"), figure(health.frames)],
    [say("doing.rejected"), figure(health.rejected)],
    [say("doing.skipped"), figure(health.skipped)],
    [say("doing.queued"), figure(health.queued)],
    [say("doing.free"), `${figure(health.free_mb / 1000, 1)} GB`],
  ];
  byId("doing-facts").replaceChildren(...facts.map(([name, value]) => {
    const group = document.createElement("div");
    group.append(write("dt", name), write("dd", value));
    return group;
  }));
}

function showStages(stages) {
  const most = Math.max(...Object.values(stages).map((ms, at) => (Object.keys(stages)[at] === "wait" ? 0 : ms)), 1);
  byId("doing-stages").replaceChildren(...Object.entries(stages).map(([name, ms]) => {
    const row = document.createElement("tr");
    const head = write("th", say(`stages.${name}`));
    head.scope = "row";
    const bar = document.createElement("meter");
    Object.assign(bar, { min: 0, max: most, value: Math.min(ms, most) });
    bar.setAttribute("aria-hidden", "true"); // the figure says the same
    const cell = document.createElement("td");
    cell.append(bar);
    row.classList.toggle("network", name === NETWORK);
    row.append(head, cell, write("td", `${figure(ms, 1)} ms`));
    return row;
  }));
}

function makeEvent(one) {
  const line = document.createElement("li");
  line.dataset.level = one.level;
  const time = write("time", `${sayDay(one.at)} ${sayTime(one.at)}`);
  time.dateTime = one.at;
  const detail = Object.entries(one.detail).map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  line.append(time, write("strong", `${one.level === "info" ? "" : "! "}${one.kind.replaceAll("_", " ")}`), write("span", detail.join(", ")));
  return line;
}

function write(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}
