// The keys of the review page. Letters of types come from the device (device/page/review_keys.py).

import { listen } from "../scanner.js";
import { say } from "../text.js";
import { isElsewhere } from "../typing.js";
import * as actions from "./actions.js";
import { closeOver } from "./bars.js";
import { takeFieldKey } from "./field.js";
import { selectAll, takeMove, toggle } from "./moving.js";
import { state } from "./state.js";
import { tell } from "./telling.js";
import { openHelp, openOrder } from "./windows.js";
import { keyOf } from "./wishes.js";

const COMMANDS = {
  w: actions.walk,
  z: actions.undo,
  v: actions.compare,
  f: actions.openField,
  c: actions.comment,
  i: () => actions.filter(),
  s: actions.sort,
  k: openOrder,
  a: () => selectAll(true),
  o: () => document.getElementById("do-sign").click(),
  "?": openHelp,
};

/** Listen for keys, except where somebody types or a window is open. */
export function wireKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !event.ctrlKey || event.altKey || event.metaKey || isElsewhere(event)) return;
    if (takeWithControl(event.key.toLowerCase())) event.preventDefault();
  });
  listen({ pressed: take, scanned: (code) => tell(say("scanner.nothing", { code }), true) });
}

function take(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Enter" && event.target.closest("button, a")) return false; // presses what has the focus
  if (key === "Escape") return closeOver();
  if (state.field && takeFieldKey(event.key)) return true;
  if (event.repeat && !key.startsWith("Arrow")) return false; // a key that is held names one cell, not twenty
  if (takeName(key)) return true;
  if (key in COMMANDS) return run(COMMANDS[key]);
  if (state.field || state.compared) return false;
  if (state.walk) return takeInWalk(key);
  if (key === " ") return run(toggle);
  return takeMove(key, event.shiftKey);
}

function takeWithControl(key) {
  if (key === "z") return run(actions.undo);
  if (key === "a" && !state.walk) return run(() => selectAll(false));
  return false;
}

function takeName(key) {
  if (state.field || state.compared) return false;
  if (key === "Enter") return run(() => actions.name(null));
  const type = state.types.find((one) => keyOf(one, state.types, state.digits) === key);
  return Boolean(type) && run(() => actions.name(type.name));
}

function takeInWalk(key) {
  const by = { ArrowRight: 1, ArrowDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, Backspace: -1 }[key];
  return Boolean(by) && run(() => actions.skip(by));
}

function run(act) {
  act();
  return true;
}
