// Why a cell is called what it is: a tap on a cell, or a key, shows its evidence and its heat map.

import { ask, explain } from "./ask.js";
import { toast } from "./picture.js";
import { figure, say, sayType } from "./text.js";

const byId = (id) => document.getElementById(id);
const picture = byId("picture");
let shown = null; // { seq, index } of the cell in the window

/**
 * Wire taps on cells, the button and the way out.
 *
 * now() gives the frame on the screen, hold(seq) keeps it at the device, note() says from where attributes come.
 */
export function wireCells({ now, hold, note }) {
  picture.classList.add("explains");
  const open = (frame, index) => openCell(frame, index, { hold, note });
  byId("stage").addEventListener("click", (event) => {
    const frame = now();
    if (event.target.closest("#cell")) return event.stopImmediatePropagation();
    const index = frame?.facts ? findCell(frame.facts, place(event, frame.facts)) : -1;
    if (index < 0) return close();
    event.stopImmediatePropagation(); // a tap on a cell does not leave the full screen
    return open(frame, index);
  });
  byId("evidence").addEventListener("click", () => {
    const frame = now();
    const count = frame?.facts?.rejected === null ? frame.facts.cells.length : 0;
    if (!count) return toast(say("cell.none"), true);
    return open(frame, shown?.seq === frame.seq ? (shown.index + 1) % count : 0);
  });
  byId("cell-close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown && !document.querySelector("dialog[open]")) close();
  });
}

async function openCell(frame, index, { hold, note }) {
  const { cells } = frame.facts;
  const cell = cells[index];
  shown = { seq: frame.seq, index };
  const chosen = shown;
  const likeliest = Object.entries(cell.probabilities).sort((a, b) => b[1] - a[1])[0][0];
  const title = say("cell.title", { type: sayType(cell.cell_type), percent: figure(100 * cell.confidence) });
  byId("cell-type").textContent = say("cell.number", { number: index + 1, count: cells.length, title });
  byId("cell-evidence").textContent = cell.evidence;
  const types = cell.candidates.map(sayType).join(", ");
  byId("cell-candidates").textContent = cell.candidates.length > 1 ? say("cell.candidates", { types }) : "";
  byId("cell-note").textContent = Object.keys(cell.attributes).length ? note() ?? "" : "";
  const middle = (cell.box[0] + cell.box[2]) / 2 / frame.facts.width;
  byId("cell").classList.toggle("left", middle > 0.5); // never over the cell it explains
  byId("cell").hidden = false;
  showHeat(null);
  await hold(frame.seq);
  try {
    const answer = await ask(`/api/v1/frames/${frame.seq}/cells/${index}/heat_map.png`);
    const url = URL.createObjectURL(await answer.blob());
    if (chosen === shown) showHeat(url, say("cell.heat", { type: sayType(likeliest) }));
    else URL.revokeObjectURL(url);
  } catch (error) {
    if (chosen === shown) byId("cell-note").textContent = say("cell.gone", { reason: explain(error) });
  }
}

function showHeat(url, words = "") {
  const heat = byId("cell-heat");
  if (heat.src) URL.revokeObjectURL(heat.src);
  heat.hidden = !url;
  heat.alt = words;
  if (url) heat.src = url;
  else heat.removeAttribute("src");
}

function close() {
  shown = null;
  byId("cell").hidden = true;
  showHeat(null);
}

/** Give the field pixel under a tap; the picture keeps its proportions inside its box. */
function place(event, { width, height }) {
  const box = picture.getBoundingClientRect();
  const zoom = Math.min(box.width / width, box.height / height);
  const left = box.left + (box.width - zoom * width) / 2;
  const top = box.top + (box.height - zoom * height) / 2;
  return [(event.clientX - left) / zoom, (event.clientY - top) / zoom];
}

function findCell({ cells, rejected }, [x, y]) {
  if (rejected !== null) return -1;
  return cells.findIndex(({ box }) => x >= box[0] && x < box[2] && y >= box[1] && y < box[3]);
}
