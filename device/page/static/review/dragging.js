// Naming by hand: cells are dragged to a section or to a type's button, by mouse, pen or finger.

import * as actions from "./actions.js";
import { goTo, toggle } from "./moving.js";
import { chosen, state } from "./state.js";

const FAR_PX = { mouse: 7, pen: 7, touch: 14 }; // less is a click; a finger that rests rolls this far
const LONG_MS = 350; // a finger that rests so long drags; one that does not scrolls
const EDGE_PX = 40;
const EDGE_STEP_PX = 6; // a picture of the screen, as long as something is held at the edge
const ABOVE_PX = { mouse: -8, pen: -8, touch: 110 }; // what a finger holds is shown above it
const held = { id: null, pointer: null, x: 0, y: 0, dragging: false, timer: 0, ghost: null, target: null };

/** Wire pointers over an element that holds the gallery and the buttons of the types. */
export function wireDragging(root) {
  root.addEventListener("pointerdown", begin);
  addEventListener("pointermove", move);
  addEventListener("pointerup", drop);
  addEventListener("pointercancel", (event) => event.pointerId === held.pointer && cancel());
  addEventListener("keydown", (event) => held.dragging && event.key === "Escape" && cancel());
  root.addEventListener("touchmove", (event) => held.dragging && event.preventDefault(), { passive: false });
  root.addEventListener("contextmenu", (event) => held.id && event.preventDefault());
}

function begin(event) {
  const tile = event.target.closest(".tile");
  if (!tile || event.button !== 0 || held.id) return; // a second finger holds nothing
  Object.assign(held, { id: tile.dataset.id, pointer: event.pointerId, x: event.clientX, y: event.clientY, dragging: false });
  if (event.pointerType !== "mouse") held.timer = setTimeout(() => start(event), LONG_MS);
}

function start(event) {
  held.dragging = true;
  if (!state.selected.has(held.id)) goTo(held.id);
  held.ghost = document.createElement("div");
  held.ghost.className = "ghost";
  held.ghost.textContent = String(idsHeld().length);
  const picture = document.querySelector(`#cell-${CSS.escape(held.id)} img`)?.cloneNode();
  if (picture) held.ghost.prepend(picture);
  document.body.append(held.ghost);
  follow(event);
  requestAnimationFrame(scroll);
}

function move(event) {
  if (!held.id || event.pointerId !== held.pointer) return;
  const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR_PX[event.pointerType];
  if (!held.dragging && far && event.pointerType !== "mouse") return cancel(); // scrolls
  if (!held.dragging && far) start(event);
  if (held.dragging) follow(event);
}

function follow(event) {
  Object.assign(held, { x: event.clientX, y: event.clientY });
  held.ghost.style.transform = `translate(${held.x + 8}px, ${held.y - ABOVE_PX[event.pointerType]}px)`;
  aim();
}

function aim() {
  const target = document.elementFromPoint(held.x, held.y)?.closest("[data-drop]") ?? null;
  if (target === held.target) return;
  held.target?.classList.remove("dropping");
  target?.classList.add("dropping");
  held.target = target;
}

function scroll() {
  if (!held.dragging) return;
  const list = document.getElementById("cells");
  const { top, bottom } = list.getBoundingClientRect();
  const before = list.scrollTop;
  if (held.y > top && held.y < top + EDGE_PX) list.scrollTop -= EDGE_STEP_PX;
  else if (held.y > bottom - EDGE_PX && held.y < bottom) list.scrollTop += EDGE_STEP_PX;
  if (list.scrollTop !== before) aim(); // another section has come under it
  requestAnimationFrame(scroll);
}

function drop(event) {
  if (!held.id || event.pointerId !== held.pointer) return;
  const { id, dragging, target } = held;
  const ids = idsHeld();
  cancel();
  if (dragging) {
    if (target) actions.name(target.dataset.drop, ids.filter((one) => state.cells.get(one).type_now !== target.dataset.drop));
  } else if (event.target.closest(".tile")) {
    if (event.shiftKey) goTo(id, true);
    else if (event.ctrlKey || event.metaKey || event.pointerType === "touch") toggle(id);
    else goTo(id);
    document.getElementById("cells").focus({ preventScroll: true });
  }
}

function cancel() {
  clearTimeout(held.timer);
  held.ghost?.remove();
  held.target?.classList.remove("dropping");
  Object.assign(held, { id: null, pointer: null, dragging: false, ghost: null, target: null });
}

const idsHeld = () => (state.selected.has(held.id) ? chosen() : [held.id]);
