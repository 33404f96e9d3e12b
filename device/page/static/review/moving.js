// How the cursor and the selection move through the gallery.

import { change, listOrder, listSections, state } from "./state.js";

const ROW_PX = 8; // tiles whose tops differ by less stand in one row

/** Put the cursor on a cell; `extend` selects all from where it began. */
export function goTo(id, extend = false) {
  if (!id) return;
  if (!extend) return show({ cursor: id, anchor: id });
  const order = listOrder();
  const anchor = order.includes(state.anchor) ? state.anchor : state.cursor ?? id;
  const [from, to] = [order.indexOf(anchor), order.indexOf(id)].sort((a, b) => a - b);
  show({ cursor: id, anchor, selected: new Set(order.slice(from, to + 1)) });
}

/** Take a key that moves; false: it does not. */
export function takeMove(key, extend) {
  const order = listOrder();
  if (!order.length) return false;
  const at = order.indexOf(state.cursor);
  const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: order.length - 1 };
  if (key in steps) goTo(order[Math.min(order.length - 1, Math.max(0, steps[key]))], extend);
  else if (key === "ArrowDown" || key === "ArrowUp") goTo(at < 0 ? order[0] : findInRow(key === "ArrowDown"), extend);
  else if (key === "PageDown" || key === "PageUp") goTo(findSection(key === "PageDown"), extend);
  else return false;
  return true;
}

/** Select the cell at the cursor, or not any more. */
export function toggle(id = state.cursor) {
  if (!id) return;
  const selected = new Set(state.selected);
  if (!selected.delete(id)) selected.add(id);
  show({ selected, cursor: id, anchor: id });
}

/** Select all that is shown, or all of the section at the cursor. */
export function selectAll(section) {
  const name = state.cells.get(state.cursor)?.type_now;
  const ids = section ? listSections().find((one) => one.name === name)?.cells.map((cell) => cell.id) ?? [] : listOrder();
  change({ selected: new Set(ids) });
}

/** Bring the cursor's cell into view. */
export function reveal() {
  document.getElementById(`cell-${state.cursor}`)?.scrollIntoView({ block: "nearest" });
}

function show(patch) {
  change(patch);
  reveal();
}

function findInRow(down) {
  const tiles = [...document.querySelectorAll("#cells .tile")].map((tile) => ({ id: tile.dataset.id, box: tile.getBoundingClientRect() }));
  const here = tiles.find((tile) => tile.id === state.cursor);
  if (!here) return tiles[0]?.id;
  const beyond = tiles.filter((tile) => (down ? tile.box.top > here.box.top + ROW_PX : tile.box.top < here.box.top - ROW_PX));
  const row = (down ? beyond[0] : beyond.at(-1))?.box.top;
  const inRow = beyond.filter((tile) => Math.abs(tile.box.top - row) < ROW_PX);
  const distance = (tile) => Math.abs(tile.box.left - here.box.left);
  return inRow.sort((a, b) => distance(a) - distance(b))[0]?.id ?? state.cursor;
}

function findSection(down) {
  const sections = listSections().filter((section) => section.cells.length);
  const at = sections.findIndex((section) => section.cells.some((cell) => cell.id === state.cursor));
  return sections[Math.min(sections.length - 1, Math.max(0, at + (down ? 1 : -1)))]?.cells[0].id;
}
