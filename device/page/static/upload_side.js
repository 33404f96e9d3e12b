// What is known of the pictures, at the side: the list of them, the cells and quality of one, the differential of all.

import { fillShares } from "./share_table.js";
import { figure, say, sayType } from "./text.js";
import { change, choose, current, limits, sayScale, state, summarise, those } from "./upload_state.js";
import { html, render } from "./vendor/htm-preact-3.1.1/standalone.module.js";

const byId = (id) => document.getElementById(id);
const PARTS = { pictures: Pictures, cells: Cells, differential: Differential };

/** Draw the part that is open. */
export function drawSide() {
  for (const [name, Part] of Object.entries(PARTS)) {
    const open = state.part === name;
    byId(name).hidden = !open;
    byId(`tab-${name}`).setAttribute("aria-selected", open);
    byId(`tab-${name}`).tabIndex = open ? 0 : -1;
    if (open) render(html`<${Part} />`, byId(name));
  }
}

function Pictures() {
  if (!state.entries.length) return html`<p class="nothing">${say("upload.none")}</p>`;
  return html`<ul class="names">${state.entries.map((entry) => html`<${Picture} key=${entry.id} entry=${entry} />`)}</ul>`;
}

function Picture({ entry }) {
  const why = (entry.facts?.rejected ?? entry.reason).replace(`${entry.name}: `, ""); // the name stands above
  return html`<li><button type="button" data-state=${entry.state} aria-current=${entry.id === state.at} onClick=${() => choose(entry.id)}>
    <span class="name">${entry.name}</span><span class="state">${summarise(entry)}</span>
    ${why && html`<span class="why">${why}</span>`}
  </button></li>`;
}

function Cells() {
  const entry = current();
  if (!entry) return html`<p class="nothing">${say("upload.none")}</p>`;
  const { facts } = entry;
  return html`<h2 class="of">${say("upload.in_picture", { name: entry.name, summary: summarise(entry) })}</h2>
    ${entry.reason && html`<p class="note">${entry.reason}</p>`}
    ${facts && facts.rejected === null && html`<${CellList} cells=${facts.cells} />`}
    ${facts && html`<${Quality} facts=${facts} />`}`;
}

function CellList({ cells }) {
  if (!cells.length) return html`<p class="nothing">${say("upload.no_cells")}</p>`;
  return html`<table class="cell-list">
    <thead><tr><th scope="col">${say("differential.type")}</th><th scope="col">${say("upload.confidence")}</th><th scope="col">${say("upload.candidates")}</th></tr></thead>
    <tbody>${cells.map((cell, place) => html`<${Cell} key=${place} cell=${cell} place=${place} />`)}</tbody>
  </table>`;
}

function Cell({ cell, place }) {
  const open = place === state.cell;
  const candidates = cell.candidates.map(sayType).join(", ");
  return html`<tr data-type=${cell.cell_type} class=${open ? "at" : ""} ref=${open && ((row) => row?.scrollIntoView({ block: "nearest" }))} onClick=${() => change({ cell: open ? -1 : place })}>
      <th scope="row"><button type="button" aria-expanded=${open}><span class="swatch"></span>${place + 1} ${sayType(cell.cell_type)}</button></th>
      <td>${cell.cell_type === "smudge" ? say("none") : `${figure(100 * cell.confidence)} %`}</td>
      <td>${candidates}</td>
    </tr>
    ${open && html`<tr data-type=${cell.cell_type}><td colspan="3"><p class="evidence">${cell.evidence}${cell.touches_border && html`<br />${say("upload.cut")}`}</p></td></tr>`}`;
}

function Quality({ facts }) {
  const [w, h] = [facts.width, facts.height].map((side) => figure(side * facts.um_per_px));
  const size = say("upload.fact_size_words", { width: figure(facts.width), height: figure(facts.height), width_um: w, height_um: h });
  const field = facts.field && say("upload.summary_field", { type: sayType(facts.field.name), percent: figure(100 * facts.field.confidence) });
  return html`<dl class="quality">
    ${field && html`<dt>${say("upload.fact_field")}</dt><dd><strong>${field}</strong></dd>`}
    <dt>${say("upload.fact_scale")}</dt><dd>${sayScale(facts)}</dd>
    <dt>${say("upload.fact_size")}</dt><dd>${size}</dd>
    ${measures(facts.quality).map(([name, words, poor]) => html`<dt>${say(`upload.fact_${name}`)}</dt><dd class=${poor ? "poor" : ""}>${words}</dd>`)}
  </dl>`;
}

/** Each measure beside its limit; what lies outside is marked by the words of the reason and by weight. */
function measures(q) {
  const l = limits.quality;
  const percent = (value) => `${figure(100 * value)} %`;
  const low = (value, least, write) => [say("upload.from", { value: write(value), least: write(least) }), value < least];
  const high = (value, most, write) => (value === null ? [say("upload.unknown"), false] : [say("upload.up_to", { value: write(value), most: write(most) }), value > most]);
  const both = (value, least, most, write) => (value === null ? [say("upload.unknown"), false] : [say("upload.between", { value: write(value), least: write(least), most: write(most) }), value < least || value > most]);
  return [
    ["focus", ...low(q.focus, l.min_focus, (value) => `${figure(value, 1)} %`)],
    ["luminance", ...both(q.mean_luminance, l.min_mean_luminance, l.max_mean_luminance, (value) => figure(value))],
    ["saturated", ...high(q.saturated_fraction, l.max_saturated_fraction, percent)],
    ["contrast", ...low(q.contrast, l.min_contrast, (value) => figure(value, 1))],
    ["cover", ...both(q.cover, l.min_cover, l.max_cover, percent)],
    ["overlap", ...high(q.overlap, l.max_overlap, percent)],
    ["stain", ...high(q.stain, l.max_stain_distance, (value) => figure(value, 1))],
  ];
}

function Differential() {
  const said = state.differential;
  if (!said) return html`<p class="nothing">${say("upload.none")}</p>`;
  if (said.failed) return html`<p class="nothing">${say("upload.differential_failed", { reason: said.failed })}</p>`;
  const analysed = those("done").filter(({ facts }) => facts.rejected === null).length;
  const words = say("upload.differential_words", { pictures: figure(analysed), others: figure(state.entries.length - analysed) });
  const heads = ["type", "count", "percent", "interval", "usual", "flag"];
  return html`<p class="fields">${words}</p>
    <table class="shares"><thead><tr>${heads.map((name) => html`<th scope="col">${say(`sign.${name}`)}</th>`)}</tr></thead><tbody ref=${(body) => body && fillShares(body, said)}></tbody></table>
    <p class="unsigned">${say("upload.unsigned")}</p>
    <p class="note">${say("upload.small")} ${say("sign.source", { source: said.reference_source })}</p>`;
}
