// Naming by hand: cells are dragged to a section or to a type's button, by mouse, pen or finger.

import * as actions from "./actions.js";
import { goTo, toggle } from "./moving.js";
import { chosen, state } from "./state.js";

const FAR_PX = 7; // less is a click
const LONG_MS = 350; // a finger that rests so long drags; one that does not scrolls
const EDGE_PX = 40;
const held = { id: null, x: 0, y: 0, dragging: false, timer: 0, ghost: null, target: null };

/** Wire pointers over an element that holds the gallery and the buttons of the types. */
export function wireDragging(root) {
  root.addEventListener("pointerdown", begin);
  addEventListener("pointermove", move);
  addEventListener("pointerup", drop);
  addEventListener("pointercancel", cancel);
  addEventListener("keydown", (event) => held.dragging && event.key === "Escape" && cancel());
  root.addEventListener("touchmove", (event) => held.dragging && event.preventDefault(), { passive: false });
  root.addEventListener("contextmenu", (event) => held.id && event.preventDefault());
}

function begin(event) {
  const tile = event.target.closest(".tile");
  if (!tile || event.button !== 0) return;
  Object.assign(held, { id: tile.dataset.id, x: event.clientX, y: event.clientY, dragging: false });
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
}

function move(event) {
  if (!held.id) return;
  const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR_PX;
  if (!held.dragging && far && event.pointerType !== "mouse") return cancel(); // scrolls
  if (!held.dragging && far) start(event);
  if (held.dragging) follow(event);
}

function follow(event) {
  held.ghost.style.transform = `translate(${event.clientX + 8}px, ${event.clientY + 8}px)`;
  const target = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-drop]") ?? null;
  if (target !== held.target) {
    held.target?.classList.remove("dropping");
    target?.classList.add("dropping");
    held.target = target;
  }
  const list = document.getElementById("cells");
  const { top, bottom } = list.getBoundingClientRect();
  if (event.clientY < top + EDGE_PX) list.scrollTop -= 12;
  else if (event.clientY > bottom - EDGE_PX && event.clientY < bottom) list.scrollTop += 12;
}

function drop(event) {
  if (!held.id) return;
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
  Object.assign(held, { id: null, dragging: false, ghost: null, target: null });
}

const idsHeld = () => (state.selected.has(held.id) ? chosen() : [held.id]);
