// The results as a file: written by the browser, for the device keeps none.

import { toast } from "./picture.js";
import { say } from "./text.js";
import { limits, state, those } from "./upload_state.js";

const FORMULA = /^[=+\-@\t\r]/; // a spreadsheet would run what begins so
const COLUMNS = ["picture", "result", "width_px", "height_px", "um_per_px", "um_per_px_error", "field_class", "field_confidence",
  "cell", "x0", "y0", "x1", "y1", "cell_type", "confidence", "candidates", "nucleus_fraction", "area_um2", "touches_border", "counted", "bundle_id", "sha256", "notice"];

/** Save all that is known as JSON. */
export function saveJson() {
  const notice = readNotice();
  if (!notice) return;
  const pictures = state.entries.map(({ name, state: how, facts, reason }) => ({ name, state: how, reason: reason || null, facts: facts && { ...facts, preview: undefined } }));
  const told = { notice, signed: false, made_at: new Date().toISOString(), bundle_id: limits.bundle_id, quality_limits: limits.quality, differential: state.differential, pictures };
  save("json", "application/json", JSON.stringify(told, null, 1));
}

/** Save a line for each cell as CSV; a picture without one has a line of its own. */
export function saveCsv() {
  const notice = readNotice();
  if (!notice) return;
  const lines = state.entries.flatMap((entry) => describe(entry)).map((line) => ({ ...line, bundle_id: limits.bundle_id, notice }));
  const text = [COLUMNS, ...lines.map((line) => COLUMNS.map((name) => line[name] ?? ""))].map((row) => row.map(write).join(",")).join("\r\n");
  save("csv", "text/csv", `${text}\r\n`);
}

function describe({ name, state: how, facts, reason }) {
  if (!facts) return [{ picture: name, result: reason || how }];
  const of = {
    picture: name, result: facts.rejected === null ? "analysed" : `not analysed: ${facts.rejected}`, width_px: facts.width, height_px: facts.height,
    um_per_px: facts.um_per_px, um_per_px_error: facts.scale.error, field_class: facts.field?.name, field_confidence: facts.field?.confidence, sha256: facts.sha256,
  };
  if (facts.rejected !== null || !facts.cells.length) return [of];
  return facts.cells.map((cell, place) => {
    const [x0, y0, x1, y1] = cell.box;
    const counted = !cell.touches_border && cell.cell_type !== "smudge";
    return { ...of, ...cell, cell: place + 1, x0, y0, x1, y1, counted, candidates: cell.candidates.join(" ") };
  });
}

function write(value) {
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function readNotice() {
  if (!those("done").length && !those("refused").length) toast(say("upload.nothing_to_save"), true);
  else return document.querySelector("footer .notice").textContent;
}

function save(kind, mimetype, text) {
  const name = `leukoscope-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, "")}.${kind}`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: mimetype }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading it
  toast(say("upload.saved", { name }));
}
