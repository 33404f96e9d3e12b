// The differential: a table in the fixed order, each share with its count and its exact interval.

import { figure, say, sayType } from "./text.js";

const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

/** Show what GET /api/v1/differential said. */
export function showDifferential(said) {
  const body = byId("rows");
  const names = said.rows.map((row) => row.cell_type).join();
  if (body.dataset.names !== names) {
    body.replaceChildren(...said.rows.flatMap((row) => makeRows(row.cell_type)));
    body.dataset.names = names;
  }
  said.rows.forEach((row, index) => fillRows(body.children[2 * index], body.children[2 * index + 1], row, said.total));
  showApart(said.unidentified);
  showProgress(said);
}

/** Show what a screening bundle says of the whole field; null: nothing to say. */
export function showFieldClass(field) {
  const line = byId("field-class");
  line.hidden = !field;
  if (!field) return;
  line.querySelector("strong").textContent = sayType(field.name);
  line.querySelector(".confidence").textContent = `${figure(100 * field.confidence)} %`;
}

function makeRows(name) {
  const top = document.createElement("tr");
  const label = document.createElement("th");
  label.scope = "row";
  label.append(swatch(), sayType(name));
  top.append(label, cell("number count"), cell("percent"), cell("range"));
  const below = document.createElement("tr");
  below.className = "interval";
  const wide = document.createElement("td");
  wide.colSpan = 4;
  wide.append(makeBar());
  below.append(wide);
  for (const row of [top, below]) row.dataset.type = name;
  below.setAttribute("aria-hidden", "true"); // the figures say the same
  return [top, below];
}

function fillRows(top, below, row, total) {
  const [low, high] = row.interval_percent;
  const known = row.percent !== null;
  top.querySelector(".count").textContent = figure(row.count);
  top.querySelector(".percent").textContent = known ? `${figure(row.percent)} %` : say("none");
  top.querySelector(".range").textContent = known ? `${figure(low, 1)}–${figure(high, 1)}` : say("none");
  const [, span, point] = below.querySelectorAll("rect");
  span.toggleAttribute("hidden", !known);
  point.toggleAttribute("hidden", !known);
  if (!known) return;
  span.setAttribute("x", low);
  span.setAttribute("width", Math.max(0.5, high - low));
  point.setAttribute("x", Math.min(99.2, Math.max(0, (100 * row.count) / total - 0.4)));
}

function showApart(count) {
  const body = byId("unidentified");
  if (!body.children.length) {
    const row = document.createElement("tr");
    row.dataset.type = "unidentified";
    const label = document.createElement("th");
    label.scope = "row";
    label.append(swatch(), say("differential.unidentified"));
    const hint = cell("hint");
    hint.colSpan = 2;
    hint.textContent = say("differential.unidentified_hint");
    row.append(label, cell("number count"), hint);
    body.append(row);
  }
  body.querySelector(".count").textContent = figure(count);
}

function showProgress(said) {
  const { target } = said.slide;
  const bar = byId("progress");
  bar.max = target;
  bar.value = Math.min(said.total, target);
  bar.classList.toggle("reached", said.reached);
  const done = document.createElement("b");
  done.textContent = say("differential.progress", { done: figure(said.total), target: figure(target) });
  const left = said.reached ? say("differential.reached") : say("differential.to_go", { left: figure(target - said.total) });
  byId("progress-words").replaceChildren(done, ` ${left}`);
}

function makeBar() {
  const bar = document.createElementNS(SVG, "svg");
  bar.setAttribute("viewBox", "0 0 100 8");
  bar.setAttribute("preserveAspectRatio", "none");
  bar.append(rect("axis", 3, 2, 100), rect("span", 1, 6), rect("point", 0, 8, 0.8));
  return bar;
}

function rect(name, y, height, width = 0) {
  const made = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({ class: name, y, height, width })) made.setAttribute(key, value);
  return made;
}

function swatch() {
  const made = document.createElement("span");
  made.className = "swatch";
  return made;
}

function cell(name) {
  const made = document.createElement("td");
  made.className = name;
  return made;
}
