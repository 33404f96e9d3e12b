// A second reading: one cell at a time, without its name; a letter names it and goes on.

import { askJson, explain } from "./ask.js";
import { listen } from "./scanner.js";
import { figure, say, sayType } from "./text.js";

const byId = (id) => document.getElementById(id);
const { slide, user } = byId("second").dataset;
const PATH = `/api/v1/slides/${slide}/reading`;
const OPERATOR = "leukoscope.second_reader";
const LARGE = "size=480&span_um=24";
const buttons = [...document.querySelectorAll(".types button")];
let operator = "";
let cells = [];
let at = 0;
let busy = false;

async function begin(event) {
  event.preventDefault();
  operator = user || byId("operator").value.trim();
  const said = await tryTo(() => askJson(`${PATH}?operator=${encodeURIComponent(operator)}`));
  if (!said) return;
  if (said.refused || !said.cells.length) {
    complain(said.refused ?? say("second.nothing"));
    return;
  }
  localStorage.setItem(OPERATOR, operator);
  cells = said.cells;
  byId("begin").hidden = true;
  byId("reading").hidden = false;
  byId("signed").hidden = !said.signed;
  const unread = cells.findIndex((one) => one.own_type === null);
  go(Math.max(0, unread));
}

function go(to) {
  at = Math.min(Math.max(0, to), cells.length - 1);
  const now = cells[at];
  const picture = byId("picture");
  picture.hidden = !now.picture;
  byId("gone").hidden = Boolean(now.picture);
  if (now.picture) picture.src = `${now.picture}?${LARGE}`;
  picture.alt = say("second.picture", { number: at + 1 });
  byId("place").textContent = say("second.cell", { number: figure(at + 1), count: figure(cells.length) });
  byId("said").textContent = now.own_type ? say("second.said", { type: sayType(now.own_type) }) : "";
  for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.name === now.own_type);
  const next = cells[at + 1];
  if (next?.picture) new Image().src = `${next.picture}?${LARGE}`; // there when it is asked for
  showLeft();
}

function showLeft() {
  const unread = cells.filter((one) => one.own_type === null).length;
  byId("left").hidden = false;
  byId("left").className = unread ? "mark preliminary" : "mark signed";
  byId("left").textContent = unread ? say("second.unread", { count: figure(unread) }) : say("second.complete");
  byId("done").hidden = unread > 0 || !byId("signed").hidden;
  byId("compare").hidden = unread > 0;
}

async function name(type) {
  if (busy) return; // one at a time, so that a quick hand names the cell it sees
  busy = true;
  const done = await tryTo(() => askJson(PATH, { method: "POST", body: { cell_id: cells[at].id, new_type: type, operator } }));
  busy = false;
  if (!done) return;
  cells[at].own_type = done.own_type;
  go(at + 1);
}

async function sign() {
  const counts = {};
  for (const one of cells) counts[one.own_type] = (counts[one.own_type] ?? 0) + 1;
  const body = { operator, role: "second reader", counts };
  if (await tryTo(() => askJson(`/api/v1/slides/${slide}/signatures`, { method: "POST", body }))) {
    byId("signed").hidden = false;
    byId("done").hidden = true;
  }
}

async function tryTo(work) {
  byId("error").hidden = true;
  try {
    return await work();
  } catch (error) {
    complain(say("second.failed", { reason: explain(error) }));
    return null;
  }
}

function complain(words) {
  byId("error").textContent = words;
  byId("error").hidden = false;
  byId("error").scrollIntoView({ block: "nearest" }); // a small screen shows a part of the page
}

function take(event) {
  if (byId("reading").hidden || event.repeat) return false;
  if (event.key === "ArrowLeft") go(at - 1);
  else if (event.key === "ArrowRight") go(at + 1);
  else {
    const button = buttons.find((one) => one.dataset.key && one.dataset.key === event.key.toLowerCase());
    if (!button) return false;
    name(button.dataset.name);
  }
  return true;
}

listen({ pressed: take, scanned: (code) => complain(say("scanner.nothing", { code })) });
for (const button of buttons) button.addEventListener("click", () => name(button.dataset.name));
byId("back").addEventListener("click", () => go(at - 1));
byId("forward").addEventListener("click", () => go(at + 1));
byId("sign").addEventListener("click", sign);
byId("begin").addEventListener("submit", begin);
byId("whom").hidden = Boolean(user);
byId("operator").required = !user;
byId("operator").value = localStorage.getItem(OPERATOR) ?? "";
