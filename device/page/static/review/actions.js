// What a person does with cells; every key, button and drop comes here.

import { askJson, explain } from "../ask.js";
import { say, sayType } from "../text.js";
import { readAgain, readField, sendReviews, sendUndo } from "./device.js";
import { FILTERS, SORTS, cellAtCursor, change, chosen, listOrder, state } from "./state.js";
import { tell } from "./telling.js";
import { askComment, askOperator, askReason } from "./windows.js";

/** Name the chosen cells, or others, and go to the next; no type: the machine is right. */
export async function name(type, ids = chosen(), comment = "") {
  if (!ids.length || !(await mayWrite())) return;
  const unnamed = type === null && ids.some((id) => state.cells.get(id).machine.cell_type === "unidentified");
  if (unnamed) return tell(say("review.nothing_to_confirm"), true);
  const order = listOrder();
  for (const id of ids) show(id, type);
  stepOn(ids, order);
  try {
    await sendReviews(ids, type, comment || state.reason);
  } catch (error) {
    fail(error, ids);
  }
}

/** Take back one's last action, and go to its cells. */
export async function undo() {
  if (!(await mayWrite())) return;
  try {
    const cells = await sendUndo();
    const first = cells[0];
    if (state.walk && state.walk.queue.includes(first.id)) change({ walk: { ...state.walk, at: state.walk.queue.indexOf(first.id) } });
    else change({ cursor: first.id, anchor: first.id, selected: new Set() });
    tell(say(cells.length === 1 ? "review.undone_one" : "review.undone", { count: cells.length, type: sayType(first.type_now) }));
  } catch (error) {
    tell(explain(error), true);
  }
}

/** Lay this slide on the stage again and go to the live page. */
export async function countOn() {
  try {
    await askJson(`/api/v1/slides/${state.slide.id}/resume`, { method: "POST", body: {} });
    location.assign("/");
  } catch (error) {
    tell(explain(error), true);
  }
}

/** Write a comment to the chosen cells; their names stay. */
export async function comment() {
  const ids = chosen();
  if (!ids.length || !(await mayWrite())) return;
  const words = await askComment(ids.map((id) => state.cells.get(id)));
  if (!words) return;
  const typeNow = (id) => state.cells.get(id).type_now;
  const same = (type) => ids.filter((id) => typeNow(id) === type);
  const groups = [...new Set(ids.map(typeNow))].map((type) => [type, same(type)]);
  for (const [type, cells] of groups) await name(type, cells, words);
}

/** Let cells come one by one: the selected ones, else those without a name, else those nobody reviewed. */
export function walk() {
  if (state.walk) return endWalk();
  const order = listOrder();
  const pick = (filter) => order.filter((id) => filter(state.cells.get(id)));
  const options = [state.selected.size > 1 ? chosen() : [], pick(FILTERS.unidentified), pick(FILTERS.unreviewed), order];
  const queue = options.find((ids) => ids.length) ?? [];
  if (!queue.length) return tell(say("review.empty"), true);
  change({ walk: { queue, at: 0 }, selected: new Set() });
}

/** Go back to the gallery. */
export function endWalk() {
  const cursor = cellAtCursor()?.id ?? state.cursor;
  change({ walk: null, cursor, anchor: cursor });
}

/** Go through the queue without naming. */
export function skip(by) {
  const at = Math.min(state.walk.queue.length - 1, Math.max(0, state.walk.at + by));
  change({ walk: { ...state.walk, at } });
}

/** Put two cells side by side: the selected ones, else the one at the cursor and the next of its type. */
export function compare() {
  if (state.compared) return change({ compared: null });
  const ids = chosen();
  const order = listOrder();
  if (ids.length === 1) ids.push(order[order.indexOf(ids[0]) + 1] ?? order[order.indexOf(ids[0]) - 1]);
  if (ids.length !== 2 || !ids[1]) return tell(say("review.compare_two"), true);
  change({ compared: ids });
}

/** Show the cell in its field. */
export async function openField() {
  const cell = cellAtCursor();
  if (!cell) return;
  try {
    change({ field: { facts: await readField(cell), cell: cell.id } });
  } catch (error) {
    tell(explain(error), true);
  }
}

/** Show other cells: the filter of that name, else the next one. */
export function filter(wanted) {
  const names = Object.keys(FILTERS);
  change({ filter: wanted ?? names[(names.indexOf(state.filter) + 1) % names.length], selected: new Set() });
  const order = listOrder();
  if (!order.includes(state.cursor)) change({ cursor: order[0] ?? null, anchor: order[0] ?? null });
  tell(say("review.shown", { count: order.length, filter: say(`review.filter_${state.filter}`) }));
}

/** Bring the cells into the next order. */
export function sort() {
  const names = Object.keys(SORTS);
  change({ sort: names[(names.indexOf(state.sort) + 1) % names.length] });
  tell(say(`review.sort_${state.sort}`));
}

async function mayWrite() {
  if (!state.operator && !(await askOperator())) return false;
  return !state.slide.signed || Boolean(state.reason) || askReason();
}

/** Show at once what the device is about to confirm. */
function show(id, type) {
  const cell = state.cells.get(id);
  const named = type ?? cell.machine.cell_type;
  const human = { operator: state.operator, reviewed_at: new Date().toISOString(), new_type: named, old_type: cell.type_now, comment: "" };
  state.cells.set(id, { ...cell, type_now: named, human, pending: (cell.pending ?? 0) + 1 });
}

function stepOn(ids, order) {
  if (state.walk) {
    const { queue, at } = state.walk;
    if (at + 1 < queue.length) return change({ walk: { queue, at: at + 1 } });
    change({ walk: null, cursor: queue[at], anchor: queue[at] });
    return tell(say("review.walked", { count: queue.length }));
  }
  const from = Math.max(...ids.map((id) => order.indexOf(id)));
  const rest = (id) => !ids.includes(id);
  const next = order.slice(from + 1).find(rest) ?? order.slice(0, from).reverse().find(rest) ?? order[from] ?? null;
  change({ cursor: next, anchor: next, selected: new Set() });
}

async function fail(error, ids) {
  tell(explain(error), true);
  for (const id of ids) state.cells.get(id).pending = 0;
  await readAgain(ids).catch(() => {});
}
