// The gallery: sections by type, each a row of cells; a listbox of which one cell is active.

import { html } from "../vendor/htm-preact-3.1.1/standalone.module.js";
import { figure, say, sayType } from "../text.js";
import { Shape, shorten } from "./mark.js";
import { LOW, change, listSections, state } from "./state.js";
import { describe, percent } from "./words.js";

const CROP_PX = 160;

/** Draw the gallery. */
export function Gallery({ hidden }) {
  const sections = listSections();
  const shown = sections.some((section) => section.cells.length);
  const active = state.cursor && `cell-${state.cursor}`;
  const none = say(state.trouble ? "review.failed" : state.complete ? "review.empty" : "review.loading", { reason: state.trouble });
  return html`<div class="gallery" hidden=${hidden}>
    ${!shown && html`<p class="nothing" role="status">${none}</p>`}
    <div id="cells" class="cells" role=${shown ? "listbox" : "region"} tabindex="0" aria-multiselectable=${shown ? "true" : undefined} aria-label=${say("review.gallery")} aria-activedescendant=${shown ? active : undefined} aria-keyshortcuts="?">
      ${sections.map((section) => html`<${Section} key=${section.name} ...${section} />`)}
    </div>
  </div>`;
}

function Section({ name, cells }) {
  const title = `${sayType(name)} ${figure(cells.length)}`;
  return html`<div class="section" role=${cells.length ? "group" : "presentation"} aria-label=${cells.length ? title : undefined} data-type=${name} data-drop=${name}>
    <div class="section-title" role="presentation"><${Shape} name=${name} /> <b>${sayType(name)}</b> <span>${figure(cells.length)}</span></div>
    ${cells.map((cell) => html`<${Tile} key=${cell.id} cell=${cell} />`)}
  </div>`;
}

function Tile({ cell }) {
  const selected = state.selected.has(cell.id);
  const at = cell.id === state.cursor;
  return html`<div id=${`cell-${cell.id}`} class=${`tile${at ? " at" : ""}`} role="option" aria-selected=${String(selected)} data-id=${cell.id} data-type=${cell.type_now}>
    <span class="heard">${describe(cell)}</span>
    <${Crop} cell=${cell} />
    ${selected && html`<span class="ticked" aria-hidden="true">✓</span>`}
    <${Note} cell=${cell} />
    <span class="caption"><${Shape} name=${cell.type_now} />${cell.type_now !== "unidentified" && html`<b>${shorten(cell.type_now)}</b>`}<span class=${cell.machine.confidence < LOW ? "low" : ""}>${percent(cell.machine.confidence)}</span><${Said} cell=${cell} /></span>
  </div>`;
}

/** Draw the picture of a cell, or say that there is none any more. */
export function Crop({ cell, size = CROP_PX }) {
  if (!cell.picture || cell.lost) return html`<span class="crop gone">${say("review.no_picture")}</span>`;
  const lose = () => {
    state.cells.set(cell.id, { ...state.cells.get(cell.id), lost: true });
    change({});
  };
  return html`<img class="crop" src=${`${cell.picture}?size=${size}`} width=${size} height=${size} alt="" loading="lazy" decoding="async" draggable=${false} onError=${lose} />`;
}

/** What the caption has no room for: what cannot be ruled out, or what the machine said where a person said otherwise. */
function Note({ cell }) {
  const { machine, human } = cell;
  if (human && human.new_type !== machine.cell_type) return html`<span class="over">${say("review.machine_short", { type: shorten(machine.cell_type) })}</span>`;
  if (machine.cell_type !== "unidentified" || human) return null;
  return html`<span class="over">? ${machine.candidates.slice(0, 3).map(shorten).join(" ")}</span>`;
}

function Said({ cell }) {
  if (!cell.human) return null;
  const confirmed = cell.human.new_type === cell.machine.cell_type;
  return html`<i class=${confirmed ? "confirmed" : "corrected"} title=${cell.human.operator}>${confirmed ? "✓" : "✎"}</i>`;
}
