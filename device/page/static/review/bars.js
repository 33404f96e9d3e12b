// What stands above the gallery (filters and commands) and below it (types with their keys).

import { html } from "../vendor/htm-preact-3.1.1/standalone.module.js";
import { figure, say, sayType } from "../text.js";
import * as actions from "./actions.js";
import { Shape } from "./mark.js";
import { FILTERS, change, state } from "./state.js";
import { askOperator, askReason, openHelp, openOrder } from "./windows.js";
import { keyOf } from "./wishes.js";

const COMMANDS = [
  ["walk", "W", actions.walk],
  ["undo", "Z", actions.undo],
  ["compare", "V", actions.compare],
  ["field", "F", actions.openField],
  ["comment", "C", actions.comment],
  ["keys", "K", openOrder],
  ["help", "?", openHelp],
];

const FEW = ["keys", "help"]; // a small screen shows their keys alone

/** Draw words in two lengths, of which a style sheet shows one. */
function Sized({ name }) {
  return html`<span class="long">${say(`review.${name}`)}</span><span class="short">${say(`review.${name}_short`)}</span>`;
}

/** Draw filters and commands. */
export function TopBar() {
  const cells = [...state.cells.values()];
  return html`<div class="bar top">
    <div class="filters" role="group" aria-label=${say("review.filters")}>
      ${Object.entries(FILTERS).map(([name, takes]) => html`<button type="button" class="chip" aria-pressed=${String(state.filter === name)} onClick=${() => actions.filter(name)}><${Sized} name=${`filter_${name}`} /> <span class="count">${figure(cells.filter(takes).length)}</span></button>`)}
      <button type="button" class="chip" aria-keyshortcuts="S" onClick=${actions.sort}><${Sized} name=${`sort_${state.sort}`} /> <kbd aria-hidden="true">S</kbd></button>
    </div>
    <div class="commands" role="toolbar" aria-label=${say("review.commands")}>
      ${COMMANDS.map(([name, key, act]) => html`<button type="button" id=${`do-${name}`} class=${FEW.includes(name) ? "command few" : "command"} aria-keyshortcuts=${key} aria-pressed=${isOn(name)} onClick=${act}><span class="label">${say(`review.${name}`)}</span> <kbd aria-hidden="true">${key}</kbd></button>`)}
    </div>
  </div>`;
}

/** Draw the types with their keys: the legend, buttons for a finger, and places to drop cells on. */
export function TypeBar() {
  const unnamed = state.types.length === 0;
  return html`<div class="bar types" role="toolbar" aria-label=${say("review.name_as")} hidden=${unnamed}>
    ${state.types.map((type) => html`<button type="button" key=${type.name} class="type" data-type=${type.name} data-drop=${type.name} aria-keyshortcuts=${keyOf(type, state.types, state.digits)} onClick=${() => actions.name(type.name)}>
      <${Shape} name=${type.name} /><span class="label">${sayType(type.name)}</span><kbd aria-hidden="true">${keyOf(type, state.types, state.digits).toUpperCase()}</kbd></button>`)}
    <button type="button" class="type confirm" aria-keyshortcuts="Enter" onClick=${() => actions.name(null)}><span class="tick" aria-hidden="true">✓</span><span class="label">${say("review.confirm")}</span><kbd aria-hidden="true">${say("review.enter")}</kbd></button>
  </div>`;
}

/** Draw which slide this is and who reviews it. */
export function Heading({ fixedName }) {
  const { slide, operator, reason } = state;
  if (!slide) return null;
  return html`<div class="slide-heading">
    <h2>${slide.accession}</h2>
    ${slide.simulated && html`<span class="badge simulated">${say("simulated")}</span>`}
    ${slide.signed && html`<button type="button" class="chip signed" onClick=${askReason}>${say(reason ? "review.amending" : "review.signed", { operator: slide.signed.operator, reason })}</button>`}
    ${fixedName ? html`<span class="as">${say("review.as", { operator })}</span>` : html`<button type="button" class="chip as" onClick=${askOperator}>${operator ? say("review.as", { operator }) : say("review.as_nobody")}</button>`}
    <a id="do-sign" class="chip" href=${`/slides/${slide.id}/sign`} aria-keyshortcuts="O">${say("sign.title")} <kbd aria-hidden="true">O</kbd></a>
    ${!slide.signed && html`<button type="button" class="chip" id="do-resume" onClick=${actions.countOn}>${say("review.count_on")}</button>`}
    <span class="links"><a href=${`/captures?slide_id=${slide.id}`}>${say("captures.title")}</a></span>
  </div>`;
}

function isOn(name) {
  const on = { walk: state.walk, compare: state.compared, field: state.field }[name];
  return on === undefined ? undefined : String(Boolean(on));
}

/** Close whatever lies over the gallery; false: nothing did. */
export function closeOver() {
  if (state.field) change({ field: null });
  else if (state.compared) change({ compared: null });
  else if (state.walk) actions.endWalk();
  else if (state.selected.size) change({ selected: new Set() });
  else return false;
  return true;
}
