// What takes the gallery's place for a while: cells one by one, two cells side by side, a cell in its field.

import { html } from "../vendor/htm-preact-3.1.1/standalone.module.js";
import { figure, say, sayType } from "../text.js";
import { About, Labels } from "./details.js";
import { Shape } from "./mark.js";
import { change, state } from "./state.js";
import { Crop } from "./tiles.js";
import { describe } from "./words.js";

const AHEAD = 5;

/** Draw the cell whose turn it is, large, and those that come. */
export function Walk() {
  const { queue, at } = state.walk;
  const cell = state.cells.get(queue[at]);
  const place = say("review.place", { number: figure(at + 1), count: figure(queue.length) });
  const coming = queue.slice(at + 1, at + 1 + AHEAD).map((id) => state.cells.get(id));
  return html`<section class="walk" aria-label=${say("review.walk_title")}>
    <div class="heading"><p class="place">${place}</p><progress max=${queue.length} value=${at} aria-label=${place}></progress></div>
    <div class="turn">
      <div class="large" data-type=${cell.type_now}><${Crop} key=${cell.id} cell=${cell} size=${320} /><p class="named"><${Shape} name=${cell.type_now} /> ${sayType(cell.type_now)}</p></div>
      <${Labels} cell=${cell} />
    </div>
    <ul class="coming" aria-hidden="true">${coming.map((one) => html`<li key=${one.id}><${Crop} cell=${one} size=${320} /></li>`)}</ul>
    <p class="heard" role="status">${place}. ${describe(cell)}</p>
  </section>`;
}

/** Draw two cells side by side, at one scale, with their numbers. */
export function Compare() {
  const cells = state.compared.map((id) => state.cells.get(id));
  return html`<section class="compare" aria-label=${say("review.compare_title")}>
    <div class="heading"><h2>${say("review.compare_title")}</h2><button type="button" class="plain" onClick=${() => change({ compared: null })}>${say("actions.close")} <kbd aria-hidden="true">Esc</kbd></button></div>
    ${cells.map((cell) => html`<article key=${cell.id} data-type=${cell.type_now} tabindex="0"><h3><${Shape} name=${cell.type_now} /> ${sayType(cell.type_now)}</h3><${About} cell=${cell} large=${true} /></article>`)}
  </section>`;
}
