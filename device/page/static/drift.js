// Lamp, colour, focus, cover and stain over days: medians and quartiles, limits, and when the optics were calibrated.

import { askJson, explain } from "./ask.js";
import { figure, say } from "./text.js";

const LIBRARY = "/static/vendor/uplot-1.6.32/uPlot.iife.min.js";
const LIBRARY_STYLE = "/static/vendor/uplot-1.6.32/uPlot.min.css";
const HEIGHT_PX = 128;
const INK = "#f4f4f4";
const FAINT = "#9b9b9b";
const GRID = "#313131";
const LIMIT = "#ffc15e";
const MARK = "#8ecbff";
// three colours that differ to every eye, and three kinds of line, for colour is never alone
const LAMP = [["red", "#ff9d94", []], ["green", "#9be3b0", [8, 4]], ["blue", "#8ecbff", [2, 3]]];
const PLOTS = [
  { name: "lamp", lines: LAMP, factor: 1, decimals: 0 },
  { name: "focus", lines: [["focus", INK, []]], factor: 1, decimals: 1 },
  { name: "cover", lines: [["cover", INK, []]], factor: 100, decimals: 0 },
  { name: "stain", lines: [["stain", INK, []]], factor: 1, decimals: 1 },
];

const byId = (id) => document.getElementById(id);
let drawn = [];
let loading;

/** Say in the menu, and on the button that opens it, whether something drifted. */
export function showDrift(warnings) {
  const words = warnings.length ? say("drift.warned", { what: warnings.join("; ") }) : "";
  const label = byId("drift").querySelector("span");
  if (label.textContent !== (words || say("drift.open"))) label.textContent = words || say("drift.open");
  for (const id of ["drift", "menu"]) {
    byId(id).classList.toggle("warned", warnings.length > 0);
    byId(id).title = words;
  }
}

/** Wire the window and the button that opens it. */
export function wireDrift() {
  const dialog = byId("drift-dialog");
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", clear);
  byId("drift-days").addEventListener("change", show);
  byId("drift").addEventListener("click", () => {
    dialog.showModal();
    show();
  });
}

async function show() {
  const days = document.querySelector("[name=drift-days]:checked").value;
  try {
    const [said] = await Promise.all([askJson(`/api/v1/drift?days=${days}`), load()]);
    tell("");
    const words = byId("drift-words");
    const fields = said.fields.reduce((sum, one) => sum + one, 0);
    words.textContent = said.warnings.length ? say("drift.warned", { what: said.warnings.join("; ") })
      : said.at.length ? say(said.step === "hour" ? "drift.by_hour" : "drift.by_day", { camera: said.camera, count: figure(fields) })
        : say("drift.nothing");
    words.classList.toggle("poor", said.warnings.length > 0);
    clear();
    if (!said.at.length) return;
    const places = PLOTS.map((plot) => makePlace(plot, said));
    byId("drift-plots").append(...places); // all of them before the first is drawn: then each has its width
    drawn = PLOTS.map((plot, index) => draw(plot, said, places[index]));
  } catch (error) {
    tell(explain(error));
  }
}

function tell(problem) {
  byId("drift-problem").textContent = problem;
  byId("drift-problem").hidden = !problem;
}

function clear() {
  for (const plot of drawn) plot.destroy();
  drawn = [];
  byId("drift-plots").replaceChildren();
}

/** The library comes when it is first wanted: the live picture does without. */
function load() {
  loading ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    Object.assign(style, { rel: "stylesheet", href: LIBRARY_STYLE });
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(style, script);
  });
  return loading;
}

function makePlace(plot, said) {
  const place = document.createElement("div");
  place.id = `drift-${plot.name}`;
  place.append(makeCaption(plot, said));
  return place;
}

function draw(plot, said, place) {
  const scale = (values) => values.map((value) => (value === null ? null : value * plot.factor));
  const columns = plot.lines.flatMap(([name]) => ["median", "high", "low"].map((part) => scale(said.series[name][part])));
  const limits = (said.limits[plot.name] ?? []).map((limit) => limit * plot.factor);
  const times = said.at.map((at) => Date.parse(at) / 1000);
  const marks = said.calibrations.map(({ at, kind }) => [Date.parse(at) / 1000, kind]);
  return new window.uPlot(makeOptions(plot, place, limits, marks, times), [times, ...columns], place);
}

function makeCaption(plot, said) {
  const caption = document.createElement("p");
  const title = document.createElement("strong");
  title.textContent = say(`drift_plot.${plot.name}`);
  caption.append(title);
  for (const [name, colour] of plot.lines) {
    const last = said.series[name].median.findLast((value) => value !== null);
    const key = document.createElement("span");
    const value = last === undefined ? say("none") : figure(last * plot.factor, plot.decimals);
    key.textContent = plot.lines.length > 1 ? `${say(`drift_plot.${name}`)} ${value}` : say("drift.last", { value });
    if (plot.lines.length > 1) key.className = `key ${name}`;
    key.style.setProperty("--key", colour);
    caption.append(key);
  }
  return caption;
}

function makeOptions(plot, place, limits, marks, times) {
  const axis = { stroke: FAINT, grid: { stroke: GRID, width: 1 }, ticks: { stroke: GRID, width: 1 }, font: "11px system-ui, sans-serif" };
  const hidden = { show: true, points: { show: false }, stroke: "transparent" };
  return {
    width: place.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { range: () => spanOf(times) }, y: { range: (_, low, high) => rangeOf(low, high, limits) } },
    axes: [{ ...axis, size: 26, space: 70, values: (_, moments) => moments.map(sayMoment) }, { ...axis, size: 44, space: 28 }],
    series: [{}, ...plot.lines.flatMap(([name, colour, dash]) => [
      { label: name, stroke: colour, width: 1.5, dash, spanGaps: false, points: { show: true, size: 4, fill: colour } }, hidden, hidden,
    ])],
    bands: plot.lines.map(([, colour], index) => ({ series: [3 * index + 2, 3 * index + 3], fill: `${colour}30` })),
    hooks: { draw: [(chart) => { drawLimits(chart, limits); drawMarks(chart, marks); }] },
  };
}

/** Days by name, hours within a day; no order of day and month has to be guessed. */
function sayMoment(at) {
  const moment = new Date(at * 1000);
  const midnight = moment.getHours() === 0 && moment.getMinutes() === 0;
  return midnight ? moment.toLocaleDateString(undefined, { day: "numeric", month: "short" })
    : moment.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** A single point stands in the middle of a day. */
function spanOf(times) {
  const [first, last] = [times[0], times.at(-1)];
  const spare = Math.max((last - first) * 0.03, last === first ? 43200 : 0);
  return [first - spare, last + spare];
}

/** A limit is shown where it lies near what was measured; a far one would flatten the line. */
function rangeOf(low, high, limits) {
  const near = limits.filter((limit) => limit > low / 3 && limit < high * 2.5);
  const [least, most] = [Math.min(low, ...near), Math.max(high, ...near)];
  const spare = Math.max((most - least) * 0.1, 0.02 * Math.abs(most), 0.01);
  return [Math.max(0, least - spare), most + spare];
}

function drawLimits(chart, limits) {
  for (const limit of limits) {
    const y = chart.valToPos(limit, "y", true);
    if (y >= chart.bbox.top && y <= chart.bbox.top + chart.bbox.height) {
      drawLine(chart, [chart.bbox.left, y], [chart.bbox.left + chart.bbox.width, y], LIMIT, [6, 4], say("drift.limit", { value: figure(limit, limit < 10 ? 1 : 0) }));
    }
  }
}

function drawMarks(chart, marks) {
  for (const [at, kind] of marks) {
    const x = chart.valToPos(at, "x", true);
    if (x >= chart.bbox.left && x <= chart.bbox.left + chart.bbox.width) {
      drawLine(chart, [x, chart.bbox.top], [x, chart.bbox.top + chart.bbox.height], MARK, [], say(`calibrated.${kind}`));
    }
  }
}

function drawLine({ ctx, bbox }, from, to, colour, dash, words) {
  const ratio = devicePixelRatio;
  ctx.save();
  Object.assign(ctx, { strokeStyle: colour, fillStyle: colour, lineWidth: ratio, font: `${11 * ratio}px system-ui, sans-serif` });
  ctx.setLineDash(dash.map((length) => length * ratio));
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
  const level = from[1] === to[1];
  ctx.textAlign = level ? "right" : "left";
  ctx.fillText(words, level ? to[0] - 4 * ratio : from[0] + 4 * ratio, level ? from[1] + (from[1] < bbox.top + 16 * ratio ? 12 : -4) * ratio : from[1] + 11 * ratio);
  ctx.restore();
}
