// What lies over the picture: outlines, nuclei and names of the frame's own cells, each a layer one can switch off.

import { figure, sayType } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const LAYERS = ["outlines", "nuclei", "names"];
const STORED = "leukoscope.layers";
const MOST_CANDIDATES = 3; // more say little besides "?", and would hide the next cell

const byId = (id) => document.getElementById(id);
const layers = byId("layers");
const palette = JSON.parse(byId("palette").textContent);

/** Wire the switches; what a person switched off stays off on this screen. */
export function wireLayers() {
  const off = new Set(JSON.parse(localStorage.getItem(STORED) ?? "[]"));
  for (const name of LAYERS) {
    const button = byId(`layer-${name}`);
    const apply = () => {
      button.setAttribute("aria-pressed", !off.has(name));
      layers.classList.toggle(`no-${name}`, off.has(name));
    };
    button.addEventListener("click", () => {
      if (!off.delete(name)) off.add(name);
      localStorage.setItem(STORED, JSON.stringify([...off]));
      apply();
    });
    apply();
  }
  new ResizeObserver(setScale).observe(layers);
}

/** Draw the cells of a frame; facts are those of the very picture under them, or null: then nothing is drawn. */
export function drawCells(facts) {
  layers.replaceChildren();
  if (!facts || facts.rejected !== null) return;
  layers.setAttribute("viewBox", `0 0 ${facts.width} ${facts.height}`);
  setScale();
  layers.append(...facts.cells.map(drawOutline));
  const taken = [];
  for (const cell of facts.cells) taken.push(placeName(cell, facts, taken));
}

function setScale() {
  const { width, height } = layers.viewBox.baseVal ?? {};
  if (!width) return;
  const zoom = Math.min(layers.clientWidth / width, layers.clientHeight / height);
  if (zoom > 0) layers.style.setProperty("--px", `${1 / zoom}px`); // one pixel of the screen, in pixels of the field
}

function drawOutline(cell) {
  const group = make("g", { class: `cell${cell.touches_border ? " cut" : ""}`, "data-type": cell.cell_type });
  const outline = `M${cell.contour.join("L")}Z`;
  group.append(make("path", { class: "casing", d: outline }), make("path", { class: "outline", d: outline }));
  for (const nucleus of cell.nucleus_contours) group.append(make("path", { class: "nucleus", d: `M${nucleus.join("L")}Z` }));
  return group;
}

function placeName(cell, facts, taken) {
  const label = make("g", { class: "name", "data-type": cell.cell_type, "data-ink": palette[cell.cell_type]?.ink ?? "black" });
  const text = make("text", {});
  text.textContent = nameCell(cell);
  const back = make("rect", {});
  label.append(back, text);
  layers.append(label);
  const px = Number.parseFloat(layers.style.getPropertyValue("--px")) || 1;
  const size = { width: text.getComputedTextLength() + 8 * px, height: 18 * px };
  const place = findPlace(cell.box, size, facts, taken, 3 * px);
  set(back, { x: place.x, y: place.y, width: size.width, height: size.height, rx: 3 * px });
  set(text, { x: place.x + 4 * px, y: place.y + 13.5 * px });
  return { ...place, ...size };
}

/** Above the cell, else below, right, left: where it lies in the field and on no other name. */
function findPlace([x0, y0, x1, y1], { width, height }, facts, taken, gap) {
  const middle = (y0 + y1 - height) / 2;
  const wanted = [[x0, y0 - height - gap], [x0, y1 + gap], [x1 + gap, middle], [x0 - width - gap, middle]].map(([x, y]) => ({
    x: Math.min(Math.max(0, x), facts.width - width),
    y: Math.min(Math.max(0, y), facts.height - height),
  }));
  const isFree = (place) => taken.every((other) => place.x + width <= other.x || other.x + other.width <= place.x
    || place.y + height <= other.y || other.y + other.height <= place.y);
  const hidesCell = ({ x, y }) => x < x1 && x + width > x0 && y < y1 && y + height > y0;
  return wanted.find((place) => isFree(place) && !hidesCell(place)) ?? wanted.find(isFree) ?? wanted[0];
}

function nameCell(cell) {
  const percent = `${figure(100 * cell.confidence)} %${cell.mark?.in_count ? " ✓" : ""}`;
  if (cell.cell_type === "smudge") return sayType("smudge"); // how sure the likeliest type is says nothing of it
  if (cell.cell_type !== "unidentified") return `${sayType(cell.cell_type)} ${percent}`;
  const short = cell.candidates.slice(0, MOST_CANDIDATES).map((name) => palette[name]?.short ?? name);
  return `? ${short.join("/")} ${percent}`;
}

function make(tag, attributes) {
  return set(document.createElementNS(SVG, tag), attributes);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
