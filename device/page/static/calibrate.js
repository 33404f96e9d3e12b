// Calibrating on this microscope: what there is to learn from, the fit, its figures, and the way back.

import { askJson, explain } from "./ask.js";
import { figure, say, sayType } from "./text.js";

const byId = (id) => document.getElementById(id);
const PATH = "/api/v1/calibration";
const PATIENCE_MS = 180000; // a fit on 500 cells takes seconds, on an old Pi under load a minute or two
const PERCENT = new Set(["macro_accuracy", "named_share", "named_accuracy", "set_coverage"]);

/** Say below the picture where confidence was fitted; the same line opens the window. */
export function showFitting(bundle) {
  const button = byId("calibrate");
  const here = bundle.fitted_here !== null;
  button.textContent = here ? say("calibration.here", { microscope: bundle.fitted_here }) : say("calibration.elsewhere");
  button.title = say("help.fitted", { where: bundle.confidence_fitted_on });
  button.classList.toggle("elsewhere", !here);
}

/** Open the window with what there is to learn from. */
export async function openCalibration() {
  tell("");
  byId("calibration-dialog").showModal();
  await attempt(() => askJson(PATH));
}

/** Wire the window's buttons. */
export function wireCalibration() {
  const dialog = byId("calibration-dialog");
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  byId("calibration-run").addEventListener("click", () => attempt(() => askJson(PATH, { method: "POST", timeoutMs: PATIENCE_MS })));
  byId("calibration-back").addEventListener("click", () => attempt(() => askJson(`${PATH}/rollback`, { method: "POST", timeoutMs: PATIENCE_MS })));
}

async function attempt(request) {
  const button = byId("calibration-run");
  for (const id of ["calibration-run", "calibration-back"]) byId(id).disabled = true;
  button.textContent = say("calibration.running");
  tell("");
  try {
    show(await request());
  } catch (error) {
    tell(explain(error));
    button.disabled = false;
  } finally {
    button.textContent = say("calibration.run");
  }
}

function tell(problem) {
  byId("calibration-error").textContent = problem;
  byId("calibration-error").hidden = !problem;
}

function show(said) {
  const fitted = said.fitted_here === null ? say("calibration.elsewhere") : say("calibration.here", { microscope: said.fitted_here });
  byId("calibration-fitted").textContent = `${fitted} ${say("calibration.fitted", { where: said.confidence_fitted_on })}`;
  fillRows("calibration-classes", said.classes.map((one) => [sayType(one.cell_type), figure(one.confirmed), figure(one.corrected)]));
  const short = said.classes.map((one) => one.confirmed + one.corrected < said.expected);
  [...byId("calibration-classes").tBodies[0].rows].forEach((row, index) => {
    for (const cell of row.querySelectorAll("td")) cell.classList.toggle("short", short[index]);
  });
  const few = short.some(Boolean);
  byId("calibration-hint").textContent = few ? say("calibration.too_few", { expected: said.expected }) : say("calibration.enough");
  byId("calibration-run").disabled = few || said.running;
  byId("calibration-back").disabled = !said.previous;
  byId("calibration-back").textContent = said.previous ? say("calibration.back_to", { bundle: said.previous }) : say("calibration.back");
  byId("calibration-next").textContent = say("calibration.next", { now: said.in_use, next: said.next_start ?? say("none") });
  showResult(said.result);
}

function showResult(result) {
  byId("calibration-result").hidden = !result;
  if (!result) return;
  byId("calibration-verdict").textContent = result.installed
    ? say("calibration.better", { gains: result.gains.join("; "), bundle: result.installed })
    : say("calibration.not_better");
  fillRows("calibration-figures", result.figures.map((one) => [say(`site_figure.${one.name}`), sayFigure(one.name, one.before), sayFigure(one.name, one.after)]));
  byId("calibration-scored").textContent = say("calibration.scored", {
    scored: figure(result.scored), cells: figure(result.cells), by: result.divided_by, told: result.told,
  });
}

function sayFigure(name, { value, low, high }) {
  if (value === null) return say("none");
  const [factor, decimals, unit] = PERCENT.has(name) ? [100, 1, " %"] : [1, 2, ""];
  const range = low === null ? "" : ` (${figure(factor * low, decimals)}–${figure(factor * high, decimals)})`;
  return `${figure(factor * value, decimals)}${unit}${range}`;
}

function fillRows(id, rows) {
  byId(id).tBodies[0].replaceChildren(...rows.map(([name, ...values]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    row.append(head, ...values.map((value) => {
      const cell = document.createElement("td");
      cell.textContent = value;
      return cell;
    }));
    return row;
  }));
}
