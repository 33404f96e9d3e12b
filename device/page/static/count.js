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
  showFlag(top.querySelector("th"), row);
  top.querySelector(".range").textContent = known ? `${figure(low, 1)}–${figure(high, 1)}` : say("none");
  const [, usual, span, point] = below.querySelectorAll("rect");
  showUsual(usual, row.reference_percent);
  span.toggleAttribute("hidden", !known);
  point.toggleAttribute("hidden", !known);
  if (!known) return;
  span.setAttribute("x", low);
  span.setAttribute("width", Math.max(0.5, high - low));
  point.setAttribute("x", Math.min(99.2, Math.max(0, (100 * row.count) / total - 0.4)));
}

/** Beside the name: outside the reference range, and whether the whole interval is. */
function showFlag(label, { flag, flag_sure: sure, reference_percent: usual }) {
  const words = flag ? say(`flag.${flag}`) : "";
  let mark = label.querySelector(".flag");
  if (!words) return mark?.remove();
  if (!mark) label.append(mark = Object.assign(document.createElement("span"), { className: "flag" }));
  mark.textContent = flag === "high" ? "▲" : "▼";
  mark.append(Object.assign(document.createElement("span"), { textContent: ` ${words}` }));
  mark.classList.toggle("unsure", !sure);
  mark.title = say(sure ? "flag.sure" : "flag.unsure", { low: usual[0], high: usual[1] });
}

function showUsual(band, usual) {
  band.toggleAttribute("hidden", !usual);
  if (!usual) return;
  band.setAttribute("x", usual[0]);
  band.setAttribute("width", usual[1] - usual[0]);
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
  const more = byId("more-needed"); // the review page has no such line
  if (more) more.textContent = said.more_needed ? say("differential.more_needed", { more: figure(said.more_needed), width: said.interval_width_percent }) : "";
}

function makeBar() {
  const bar = document.createElementNS(SVG, "svg");
  bar.setAttribute("viewBox", "0 0 100 8");
  bar.setAttribute("preserveAspectRatio", "none");
  bar.append(rect("axis", 3, 2, 100), rect("usual", 2, 4), rect("span", 1, 6), rect("point", 0, 8, 0.8));
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
