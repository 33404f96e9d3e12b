// Zoom into the picture: wheel, pinch, keys and buttons; dragged when it is larger than its place.

import { figure } from "./text.js";

const MOST = 8; // a pixel of the field is then larger than any detail in it
const STEP = 1.3;
const DRAG_PX = 5; // a tap moves less

const byId = (id) => document.getElementById(id);
const now = { zoom: 1, x: 0, y: 0 };
const fingers = new Map();
let dragged = false;

/** Wire wheel, fingers and buttons. */
export function wireZoom() {
  const stage = byId("stage");
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomTo(now.zoom * (event.deltaY < 0 ? STEP : 1 / STEP), place(event));
  }, { passive: false });
  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    fingers.set(event.pointerId, place(event));
    dragged = false;
  });
  stage.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    stage.addEventListener(name, (event) => fingers.delete(event.pointerId));
  }
  stage.addEventListener("click", (event) => { // the end of a drag is no tap on a cell
    if (dragged) event.stopImmediatePropagation();
    dragged = false;
  }, { capture: true });
  byId("zoom-in").addEventListener("click", () => zoomTo(now.zoom * STEP));
  byId("zoom-out").addEventListener("click", () => zoomTo(now.zoom / STEP));
  byId("zoom-whole").addEventListener("click", () => zoomTo(1));
  new ResizeObserver(() => zoomTo(now.zoom)).observe(stage);
}

function move(event) {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const here = place(event);
  if (fingers.size === 2) {
    const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    const grown = distance(here, other) / Math.max(1, distance(before, other));
    zoomTo(now.zoom * grown, { x: (here.x + other.x) / 2, y: (here.y + other.y) / 2 });
  } else if (now.zoom > 1) {
    if (distance(here, before) < DRAG_PX && !dragged) return;
    now.x += here.x - before.x;
    now.y += here.y - before.y;
    apply();
  }
  dragged = now.zoom > 1 || fingers.size === 2;
  fingers.set(event.pointerId, here);
}

/** Zoom so that the point under `at` stays where it is; without one, the middle does. */
function zoomTo(wanted, at = { x: byId("stage").clientWidth / 2, y: byId("stage").clientHeight / 2 }) {
  const zoom = Math.min(MOST, Math.max(1, wanted));
  now.x = at.x - ((at.x - now.x) * zoom) / now.zoom;
  now.y = at.y - ((at.y - now.y) * zoom) / now.zoom;
  now.zoom = zoom;
  apply();
}

function apply() {
  const { clientWidth, clientHeight } = byId("stage");
  now.x = Math.min(0, Math.max(clientWidth * (1 - now.zoom), now.x));
  now.y = Math.min(0, Math.max(clientHeight * (1 - now.zoom), now.y));
  byId("canvas").style.transform = now.zoom === 1 ? "" : `translate(${now.x}px, ${now.y}px) scale(${now.zoom})`;
  byId("zoom-now").textContent = now.zoom === 1 ? "" : `${figure(now.zoom, 1)}×`;
  byId("zoom-whole").disabled = now.zoom === 1;
  byId("stage").classList.toggle("zoomed", now.zoom > 1);
}

function place(event) {
  const box = byId("stage").getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
