// All that is known of one cell: both labels with who and when, probabilities, form, attributes, what was said before.

import { html } from "../vendor/htm-preact-3.1.1/standalone.module.js";
import { figure, say, sayType } from "../text.js";
import { Shape } from "./mark.js";
import { cellAtCursor, state } from "./state.js";
import { Crop } from "./tiles.js";
import { percent, sayCandidates, sayLikeliest, sayMoment } from "./words.js";

const FORM = [
  ["diameter_um", 1, "µm"],
  ["area_um2", 0, "µm²"],
  ["nucleus_fraction", 2, ""],
  ["nucleus_lobes", 0, ""],
  ["circularity", 2, ""],
  ["solidity", 2, ""],
  ["eccentricity", 2, ""],
  ["nucleus_solidity", 2, ""],
];

/** Draw the cell at the cursor. */
export function Details() {
  const cell = cellAtCursor();
  const count = state.selected.size;
  return html`<section class="details" aria-label=${say("review.details")} tabindex="0">
    ${count > 1 && html`<p class="chosen">${say("review.selected", { count: figure(count) })}</p>`}
    ${cell ? html`<${About} cell=${cell} large=${!state.walk} />` : html`<p class="note">${say("review.no_cell")}</p>`}
  </section>`;
}

/** Draw all that is known of a cell. */
export function About({ cell, large }) {
  return html`<div class="about">
    ${large && html`<${Crop} cell=${cell} size=${320} />`}
    <${Labels} cell=${cell} />
    <${Chances} cell=${cell} />
    <${Form} cell=${cell} />
    <${Said} cell=${cell} />
  </div>`;
}

/** Draw both labels, always both: the machine's stays beside the human's. */
export function Labels({ cell }) {
  const { machine, human } = cell;
  const unknown = machine.cell_type === "unidentified";
  return html`<dl class="labels">
    <dt>${say("review.machine")}</dt>
    <dd><${Shape} name=${machine.cell_type} /> ${sayType(machine.cell_type)} ${unknown ? html`<br /><small>${sayLikeliest(cell)}<br />${say("review.candidates", { types: sayCandidates(cell) })}</small>` : percent(machine.confidence)}</dd>
    <dt>${say("review.human")}</dt>
    <dd>${human ? html`<${Shape} name=${human.new_type} /> ${sayType(human.new_type)}<br /><small>${say("review.who_when", { operator: human.operator, when: sayMoment(human.reviewed_at) })}${human.comment && ` · ${human.comment}`}</small>` : say("review.nobody_yet")}</dd>
  </dl>`;
}

function Chances({ cell }) {
  const likely = Object.entries(cell.machine.probabilities).sort((a, b) => b[1] - a[1]).slice(0, 3);
  return html`<table class="chances"><caption>${say("review.chances")}</caption><tbody>
    ${likely.map(([name, share]) => html`<tr key=${name} data-type=${name}><th scope="row"><${Shape} name=${name} /> ${sayType(name)}</th><td class="chance"><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6" /><rect class="span" width=${100 * share} height="6" /></svg></td><td>${percent(share)}</td></tr>`)}
  </tbody></table>`;
}

function Form({ cell }) {
  const known = FORM.filter(([name]) => cell.measured[name] !== null);
  const attributes = Object.entries(cell.attributes ?? {});
  return html`<table class="form"><caption>${say("review.form")}</caption><tbody>
    ${known.map(([name, decimals, unit]) => html`<tr key=${name}><th scope="row">${say(`review.form_${name}`)}</th><td>${figure(cell.measured[name], decimals)} ${unit}</td></tr>`)}
    ${attributes.map(([name, reading]) => html`<tr key=${name}><th scope="row">${name.replaceAll("_", " ")}</th><td>${reading.value} (${figure(reading.probability, 2)})</td></tr>`)}
  </tbody></table>`;
}

function Said({ cell }) {
  if (!cell.reviews.length) return null;
  const tell = (one) => say("review.said", { operator: one.operator, when: sayMoment(one.reviewed_at), old: sayType(one.old_type), new: sayType(one.new_type) });
  return html`<div class="said"><h3>${say("review.history")}</h3><ol>${cell.reviews.map((one) => html`<li key=${one.id}>${tell(one)}${one.comment && ` · ${one.comment}`}</li>`)}</ol></div>`;
}
