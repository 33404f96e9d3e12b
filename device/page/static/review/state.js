// What the review page knows and shows; who changes it calls `change`, and everything is drawn again.

const listeners = [];

export const state = {
  slide: null, // GET /api/v1/slides/<id>
  types: [], // that can be named, in the order this person chose
  cells: new Map(), // by id, as GET /api/v1/slides/<id>/cells gives them
  complete: false, // all cells are here
  filter: "all",
  sort: "time",
  cursor: null, // id of the cell the keys speak of
  anchor: null, // where a selection with Shift began
  selected: new Set(),
  walk: null, // { queue: ids, at } while cells come one by one
  compared: null, // two ids
  field: null, // { facts, cell }
  operator: "",
  reason: "", // for amending a signed slide
  digits: false, // keys are digits in place of letters
  trouble: "", // why cells cannot be had
};

/** Change what is known, and draw it. */
export function change(patch) {
  Object.assign(state, patch);
  for (const listener of listeners) listener();
}

/** Be told of every change. */
export function follow(listener) {
  listeners.push(listener);
}

/** Give the cell the keys speak of, or undefined. */
export function cellAtCursor() {
  return state.cells.get(state.walk ? state.walk.queue[state.walk.at] : state.cursor);
}

/** Give the ids a key names: the selected ones, else the one at the cursor. */
export function chosen() {
  if (state.walk) return [state.walk.queue[state.walk.at]];
  if (state.selected.size) return listOrder().filter((id) => state.selected.has(id));
  return state.cursor ? [state.cursor] : [];
}

export const FILTERS = {
  all: () => true,
  unidentified: (cell) => cell.type_now === "unidentified",
  unreviewed: (cell) => cell.human === null,
  low: (cell) => cell.machine.confidence < LOW,
};

export const LOW = 0.8; // a quarter to a third of a usual slide lies below

export const SORTS = {
  time: (a, b) => a.seq - b.seq,
  confidence: (a, b) => a.machine.confidence - b.machine.confidence || a.seq - b.seq,
  surest: (a, b) => b.machine.confidence - a.machine.confidence || a.seq - b.seq,
};

/** Give the sections of the gallery in their order: { name, cells }; types nobody expected come last. */
export function listSections() {
  const sections = new Map(state.types.map((type) => [type.name, []]));
  for (const cell of [...state.cells.values()].filter(FILTERS[state.filter]).sort(SORTS[state.sort])) {
    if (!sections.has(cell.type_now)) sections.set(cell.type_now, []);
    sections.get(cell.type_now).push(cell);
  }
  return [...sections].map(([name, cells]) => ({ name, cells }));
}

/** Give the ids of all cells that are shown, in the order in which arrows go through them. */
export function listOrder() {
  return listSections().flatMap((section) => section.cells.map((cell) => cell.id));
}
