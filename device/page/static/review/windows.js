// The windows of the review page: who reviews, a comment, the reason for an amendment, keys and order, help.

import { say, sayType } from "../text.js";
import { change, state } from "./state.js";
import { keepDigits, keepOperator, keepOrder } from "./wishes.js";

const byId = (id) => document.getElementById(id);

/** Ask who reviews; false: nobody says. */
export async function askOperator() {
  const name = await askWords("operator", state.operator);
  if (!name) return false;
  keepOperator(name);
  change({ operator: name });
  return true;
}

/** Ask why a signed slide is changed; asked once, said with each change. */
export async function askReason() {
  const reason = await askWords("reason", state.reason);
  if (reason) change({ reason });
  return Boolean(reason);
}

/** Ask for a comment to cells; empty: none. */
export function askComment(cells) {
  const types = [...new Set(cells.map((cell) => sayType(cell.type_now)))].join(", ");
  byId("comment-hint").textContent = say("review.comment_hint", { count: cells.length, types });
  return askWords("comment", "");
}

/** Open the window of keys and order. */
export function openOrder() {
  fillOrder();
  byId("order-dialog").showModal();
}

/** Open the list of keys. */
export function openHelp() {
  byId("review-help").showModal();
}

/** Wire the windows. */
export function wireWindows() {
  for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close(""));
  for (const choice of document.querySelectorAll("#order-dialog [name=keys]")) {
    choice.addEventListener("change", () => {
      keepDigits(choice.value === "digits");
      change({ digits: choice.value === "digits" });
      fillOrder();
    });
  }
}

function askWords(id, given) {
  const dialog = byId(`${id}-dialog`);
  const input = dialog.querySelector("input");
  input.value = given;
  dialog.returnValue = "";
  dialog.showModal();
  input.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? input.value.trim() : ""), { once: true });
  });
}

function fillOrder() {
  byId("order-dialog").querySelector(`[value=${state.digits ? "digits" : "letters"}]`).checked = true;
  byId("order-list").replaceChildren(...state.types.map(makeRow));
}

function makeRow(type, place) {
  const row = document.createElement("li");
  row.dataset.type = type.name;
  const key = document.createElement("kbd");
  key.textContent = state.digits ? place + 1 : type.key.toUpperCase();
  const swatch = document.createElement("span");
  swatch.className = "swatch";
  const name = document.createElement("span");
  name.textContent = sayType(type.name);
  row.append(key, swatch, name, moveButton(place, -1, type), moveButton(place, 1, type));
  return row;
}

function moveButton(place, by, type) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = by < 0 ? "↑" : "↓";
  button.setAttribute("aria-label", say(by < 0 ? "review.earlier" : "review.later", { type: sayType(type.name) }));
  button.disabled = place + by < 0 || place + by >= state.types.length;
  button.addEventListener("click", () => {
    const types = [...state.types];
    types.splice(place + by, 0, ...types.splice(place, 1));
    keepOrder(types);
    change({ types });
    fillOrder();
    const again = byId("order-list").children[place + by].querySelectorAll("button")[by < 0 ? 0 : 1];
    (again.disabled ? again.parentElement.querySelector("button:not([disabled])") : again).focus();
  });
  return button;
}
