// What the review page asks of the device, and says to it: one thing after the other, in the order of the keys.

import { askJson } from "../ask.js";
import { change, state } from "./state.js";

const PAGE = 200;
let last = Promise.resolve();

/** Read the slide, then its cells page by page; each page is shown at once. */
export async function readSlide(slideId) {
  const slide = await askJson(`/api/v1/slides/${slideId}`);
  const path = `/api/v1/slides/${slideId}/cells?limit=${PAGE}`;
  for (let after = ""; after !== null;) {
    const page = await askJson(`${path}&after=${encodeURIComponent(after)}`);
    for (const cell of page.cells) state.cells.set(cell.id, cell);
    after = page.next;
    change({ slide, complete: after === null });
  }
}

/** Read what was counted since; seq is a place in the order of time. */
export async function readNewer() {
  const newest = Math.max(0, ...[...state.cells.values()].map((cell) => cell.seq));
  const page = await askJson(`/api/v1/slides/${state.slide.id}/cells?limit=${PAGE}&after=${newest}`);
  if (!page.cells.length) return false;
  for (const cell of page.cells) state.cells.set(cell.id, cell);
  change({ slide: await askJson(`/api/v1/slides/${state.slide.id}`) });
  return true;
}

/** Name cells; no type: the machine is right. */
export function sendReviews(ids, newType, comment) {
  const body = { cell_ids: ids, operator: state.operator, comment };
  if (newType !== null) body.new_type = newType;
  return queue(() => askJson("/api/v1/reviews/batch", { method: "POST", body }).then(keep));
}

/** Take back one's last action; gives the cells. */
export function sendUndo() {
  const body = { slide_id: state.slide.id, operator: state.operator, reason: state.reason };
  return queue(() => askJson("/api/v1/reviews/undo", { method: "POST", body }).then(keep));
}

/** Read cells again, after the device refused what was already shown. */
export function readAgain(ids) {
  return queue(async () => {
    for (const id of ids) state.cells.set(id, await askJson(`/api/v1/cells/${id}`));
    change({});
  });
}

/** Read a field with its outlines. */
export const readField = (cell) => askJson(cell.field);

function keep(done) {
  for (const cell of done.cells) {
    const shown = state.cells.get(cell.id);
    // a later key may have named it otherwise: its own answer is on the way
    if (!shown?.pending || --shown.pending === 0) state.cells.set(cell.id, cell);
  }
  change({ slide: { ...state.slide, differential: done.differential } });
  return done.cells;
}

function queue(request) {
  last = last.catch(() => {}).then(request);
  return last;
}
