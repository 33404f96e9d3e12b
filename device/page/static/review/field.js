// A cell in its field: the kept picture, the outlines of all its cells, the asked one thick; zoomed and moved by keys.

import { html } from "../vendor/htm-preact-3.1.1/standalone.module.js";
import { figure, say, sayType } from "../text.js";
import { change, state } from "./state.js";

const STEP = 0.15; // of what is seen
const CLOSEST = 12;
const VIEW = { zoom: 3, x: 0, y: 0, of: "" };
const HELD = { at: null };

/** Draw the field. */
export function Field() {
  const { facts, cell: id } = state.field;
  const own = facts.cells.find((one) => one.id === id);
  if (VIEW.of !== id) centre(own, facts);
  return html`<section class="field" aria-label=${say("review.field_title", { seq: facts.frame_seq })}>
    <svg id="field-view" viewBox=${seen(facts)} preserveAspectRatio="xMidYMid meet" role="img" aria-label=${say("review.field_of", { seq: facts.frame_seq, type: sayType(own.type_now), count: facts.cells.length })} onPointerDown=${hold} onPointerMove=${(event) => drag(event, facts)} onPointerUp=${release} onWheel=${(event) => zoom(event.deltaY < 0 ? 1.25 : 0.8)}>
      ${facts.picture ? html`<image href=${facts.picture} width=${facts.width} height=${facts.height} />` : html`<rect class="gone" width=${facts.width} height=${facts.height} />`}
      ${facts.cells.map((one) => html`<g key=${one.id} class=${one.id === id ? "outlined own" : "outlined"} data-type=${one.type_now}><path class="casing" d=${path(one)} /><path class="outline" d=${path(one)} /></g>`)}
    </svg>
    ${!facts.picture && html`<p class="nothing">${say("review.no_picture")}</p>`}
    <div class="zooms" role="toolbar" aria-label=${say("layers.title")}>
      <button type="button" aria-label=${say("layers.zoom_in")} onClick=${() => zoom(1.5)}>+</button>
      <button type="button" aria-label=${say("layers.zoom_out")} onClick=${() => zoom(1 / 1.5)}>−</button>
      <button type="button" onClick=${() => zoom(0)}>${say("layers.whole")} <kbd aria-hidden="true">0</kbd></button>
      <button type="button" onClick=${() => change({ field: null })}>${say("actions.close")} <kbd aria-hidden="true">Esc</kbd></button>
      <span class="scale">${figure(facts.um_per_px, 3)} µm/px</span>
    </div>
  </section>`;
}

/** Take a key while a field is open; false: it means nothing here. */
export function takeFieldKey(key) {
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (key in moves) move(...moves[key].map((by) => by * STEP));
  else if (key === "+" || key === "=") zoom(1.5);
  else if (key === "-") zoom(1 / 1.5);
  else if (key === "0") zoom(0);
  else return false;
  return true;
}

function centre(own, facts) {
  const [x0, y0, x1, y1] = own.box;
  const zoomed = Math.min(CLOSEST, Math.max(1.5, facts.height / (4 * (y1 - y0))));
  Object.assign(VIEW, { of: own.id, zoom: zoomed, x: (x0 + x1) / 2, y: (y0 + y1) / 2 });
}

function seen(facts) {
  const [width, height] = [facts.width / VIEW.zoom, facts.height / VIEW.zoom];
  VIEW.x = keepIn(VIEW.x, width / 2, facts.width);
  VIEW.y = keepIn(VIEW.y, height / 2, facts.height);
  return `${VIEW.x - width / 2} ${VIEW.y - height / 2} ${width} ${height}`;
}

const keepIn = (middle, half, whole) => Math.min(whole - half, Math.max(half, middle));

function zoom(by) {
  VIEW.zoom = by ? Math.min(CLOSEST, Math.max(1, VIEW.zoom * by)) : 1;
  change({});
}

function move(right, down) {
  const { facts } = state.field;
  VIEW.x += (right * facts.width) / VIEW.zoom;
  VIEW.y += (down * facts.height) / VIEW.zoom;
  change({});
}

function hold(event) {
  event.currentTarget.setPointerCapture(event.pointerId);
  HELD.at = [event.clientX, event.clientY];
}

function drag(event, facts) {
  if (!HELD.at) return;
  const view = event.currentTarget;
  const scale = Math.min(view.clientWidth / facts.width, view.clientHeight / facts.height); // of the whole field, fitted
  const [x, y] = HELD.at;
  HELD.at = [event.clientX, event.clientY];
  move((x - event.clientX) / (scale * facts.width), (y - event.clientY) / (scale * facts.height));
}

function release() {
  HELD.at = null;
}

const path = (cell) => `M${cell.contour.map((point) => point.join(" ")).join("L")}Z`;
