// The mark of a type: a shape and a short name as well as a colour, so that none of them stands alone.

import { html } from "../vendor/htm-preact-3.1.1/standalone.module.js";
import { state } from "./state.js";

const SHAPES = [
  "M10 1a9 9 0 1 0 .01 0z",
  "M2 2h16v16H2z",
  "M10 1l9 17H1z",
  "M10 0l10 10-10 10L0 10z",
  "M5 1h10l5 9-5 9H5l-5-9z",
  "M7 1h6v6h6v6h-6v6H7v-6H1V7h6z",
  "M10 0l3 7 7 .5-5.500 4.600 2 7.400-6.500-4-6.500 4 2-7.400L0 7.500 7 7z",
  "M4 1l6 6 6-6 3 3-6 6 6 6-3 3-6-6-6 6-3-3 6-6-6-6z",
];
const UNKNOWN = "M6 7c0-6 9-6 9-1 0 3-4 3.500-4.200 7.500M10.700 16.500v2.200";

/** Draw the shape of a type. */
export function Shape({ name }) {
  if (name === "unidentified") return html`<svg class="shape unknown" viewBox="0 0 20 20" data-type=${name} aria-hidden="true"><path d=${UNKNOWN} /></svg>`;
  const place = (state.slide?.types ?? []).findIndex((type) => type.name === name); // the fixed order: a shape stays with its type
  return html`<svg class="shape" viewBox="0 0 20 20" data-type=${name} aria-hidden="true"><path d=${SHAPES.at(place % SHAPES.length)} /></svg>`;
}

/** Give the short name of a type. */
export function shorten(name) {
  return state.slide?.types.find((type) => type.name === name)?.short ?? name.slice(0, 3).toUpperCase();
}
