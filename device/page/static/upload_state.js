// What the upload page knows: its pictures, which of them is looked at, and what was said of all together.

import { say, sayType, figure } from "./text.js";

export const limits = JSON.parse(document.getElementById("limits").textContent);

/** Entries are { id, name, file, state, facts, reason }; state is waiting, working, done or refused. */
export const state = { entries: [], at: null, cell: -1, part: "pictures", running: false, stopped: "", differential: null };

const followers = [];

/** Call back after every change. */
export function follow(draw) {
  followers.push(draw);
}

/** Change what is known, and draw it. */
export function change(what = {}) {
  Object.assign(state, what);
  for (const draw of followers) draw();
}

/** Give the picture that is looked at, or undefined. */
export const current = () => state.entries.find((entry) => entry.id === state.at);

/** Give the entries in this state. */
export const those = (wanted) => state.entries.filter((entry) => entry.state === wanted);

/** Look at the picture before or after. */
export function step(by) {
  const { entries } = state;
  if (!entries.length) return;
  const place = entries.findIndex((entry) => entry.id === state.at);
  choose(entries[Math.min(entries.length - 1, Math.max(0, place + by))].id);
}

/** Look at a picture. */
export function choose(id) {
  if (id !== state.at) change({ at: id, cell: -1 });
}

/** Look at the cell before or after. */
export function stepCell(by) {
  const facts = current()?.facts;
  if (!facts || facts.rejected !== null || !facts.cells.length) return;
  const cell = Math.min(facts.cells.length - 1, Math.max(0, state.cell + by));
  change({ cell, part: "cells" });
}

/** Say in a few words how it is with a picture. */
export function summarise({ state: how, facts }) {
  if (how !== "done") return say(`upload.${how}`);
  if (facts.rejected !== null) return say("upload.not_analysed");
  const found = facts.cells.length ? say("upload.summary_cells", { count: facts.cells.length }) : say("picture.no_cells");
  if (!facts.field) return found;
  const field = say("upload.summary_field", { type: sayType(facts.field.name), percent: figure(100 * facts.field.confidence) });
  return `${field}, ${found}`;
}

/** Say how large a pixel is, and how that is known. */
export function sayScale({ scale }) {
  if (scale.error === null) return say("upload.scale_given", { um: figure(scale.um_per_px, 3) });
  return say("upload.scale_estimated", { um: figure(scale.um_per_px, 3), error: figure(scale.error, 3), cells: figure(scale.red_cells) });
}
