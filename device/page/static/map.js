// The map: which fields of the slide were seen, which cells counted, where the stage is.

import { askJson, explain } from "./ask.js";
import { findShape, isLine } from "./shapes.js";
import { figure, say, sayType } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const ASK_MS = 1000;
const GAP_UM = 120; // between stretches of the slide of which nobody knows how they lie to each other
const CELL_PX = 12;
const SHAPE_UNITS = 20; // a shape's square
const BAR_PX = 110; // the scale bar is at most so long
const STATES = ["passed", "rejected", "counted"]; // drawn in this order, what matters most on top

const byId = (id) => document.getElementById(id);
const palette = JSON.parse(byId("palette").textContent);
let asking = 0;

/** Wire the window and the button that opens it. */
export function wireMap() {
  const dialog = byId("map-dialog");
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => clearTimeout(asking));
  byId("map").addEventListener("click", () => {
    dialog.showModal();
    showForEver();
  });
}

async function showForEver() {
  try {
    draw(await askJson("/api/v1/map"));
  } catch (error) {
    byId("map-words").textContent = explain(error);
  }
  if (byId("map-dialog").open) asking = setTimeout(showForEver, ASK_MS);
}

function draw(facts) {
  const picture = byId("map-picture");
  const lay = layOut(facts);
  const counted = facts.fields.filter((field) => field.state === "counted").length;
  byId("map-words").textContent = say(facts.here ? "map.words" : "map.none", {
    fields: figure(counted), cells: figure(facts.cells.length), parts: figure(lay.parts),
  });
  byId("map-parts").hidden = lay.parts < 2;
  picture.setAttribute("viewBox", `${lay.x} ${lay.y} ${lay.width} ${lay.height}`);
  const px = Math.max(lay.width / picture.clientWidth, lay.height / picture.clientHeight) || 1; // um a pixel of the screen
  picture.style.setProperty("--px", `${px}px`);
  const fields = STATES.flatMap((state) => facts.fields.filter((field) => field.state === state).map((field) => drawField(field, lay, state)));
  const cells = facts.cells.map((cell) => drawCell(cell, lay, px));
  const here = facts.here ? [drawField(facts.here, lay, facts.still ? "here still" : "here")] : [];
  picture.replaceChildren(...fields, ...cells, ...here);
  showScale(px);
  showLegend(facts.cells);
}

/** Put stretches side by side, the one with the field in view first. */
function layOut({ fields, here }) {
  const boxes = new Map();
  for (const field of here ? [here, ...fields] : fields) {
    const box = boxes.get(field.region) ?? { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
    box.x0 = Math.min(box.x0, field.x_um);
    box.y0 = Math.min(box.y0, field.y_um);
    box.x1 = Math.max(box.x1, field.x_um + field.width_um);
    box.y1 = Math.max(box.y1, field.y_um + field.height_um);
    boxes.set(field.region, box);
  }
  const moves = new Map();
  let x = 0;
  let height = 0;
  for (const [region, box] of boxes) {
    moves.set(region, { x: x - box.x0, y: -box.y0 });
    x += box.x1 - box.x0 + GAP_UM;
    height = Math.max(height, box.y1 - box.y0);
  }
  const width = Math.max(x - GAP_UM, 1);
  const rim = 0.03 * Math.max(width, height, 1);
  return { moves, parts: boxes.size, x: -rim, y: -rim, width: width + 2 * rim, height: Math.max(height, 1) + 2 * rim };
}

function drawField(field, lay, state) {
  const move = lay.moves.get(field.region);
  return make("rect", { class: state, x: field.x_um + move.x, y: field.y_um + move.y, width: field.width_um, height: field.height_um });
}

function drawCell(cell, lay, px) {
  const move = lay.moves.get(cell.region) ?? { x: 0, y: 0 };
  const scale = (CELL_PX * px) / SHAPE_UNITS;
  const middle = SHAPE_UNITS / 2;
  const shape = drawShape(cell.cell_type);
  shape.setAttribute("transform", `translate(${cell.x_um + move.x} ${cell.y_um + move.y}) scale(${scale}) translate(${-middle} ${-middle})`);
  const words = make("title", {});
  words.textContent = sayType(cell.cell_type);
  shape.append(words);
  return shape;
}

/** A shape with a dark rim, on which lines are read as surfaces are. */
function drawShape(name) {
  const path = findShape(name, palette[name]?.shape);
  const group = make("g", { class: isLine(name) ? "mark line" : "mark", "data-type": name });
  group.append(make("path", { class: "rim", d: path }), make("path", { d: path }));
  return group;
}

/** The longest round length that fits: 1, 2 or 5 times a power of ten. */
function showScale(px) {
  const most = BAR_PX * px;
  const ten = 10 ** Math.floor(Math.log10(most));
  const um = ten * ([5, 2, 1].find((times) => times * ten <= most) ?? 1);
  byId("map-bar").style.width = `${um / px}px`;
  byId("map-scale").textContent = um >= 1000 ? `${figure(um / 1000)} mm` : `${figure(um)} µm`;
}

function showLegend(cells) {
  const counts = new Map();
  for (const cell of cells) counts.set(cell.cell_type, (counts.get(cell.cell_type) ?? 0) + 1);
  const place = ([name]) => palette[name]?.shape ?? Infinity; // shapes are numbered in the order of the differential
  byId("map-legend").replaceChildren(...[...counts].sort((a, b) => place(a) - place(b)).map(([name, count]) => {
    const item = document.createElement("li");
    const mark = make("svg", { viewBox: "-2 -2 24 24", "aria-hidden": "true" });
    mark.append(drawShape(name));
    item.append(mark, `${sayType(name)} ${figure(count)}`);
    return item;
  }));
}

function make(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
