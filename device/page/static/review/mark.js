// The mark of a type: a shape and a short name as well as a colour, so that none of them stands alone.

import { html } from "../vendor/htm-preact-3.1.1/standalone.module.js";
import { findShape, isLine } from "../shapes.js";
import { state } from "./state.js";

/** Draw the shape of a type. */
export function Shape({ name }) {
  return html`<svg class=${isLine(name) ? "shape unknown" : "shape"} viewBox="0 0 20 20" data-type=${name} aria-hidden="true"><path d=${findShape(name, find(name)?.shape)} /></svg>`;
}

/** Give the short name of a type. */
export function shorten(name) {
  return find(name)?.short ?? name.slice(0, 3).toUpperCase();
}

const find = (name) => state.slide?.types.find((type) => type.name === name);
