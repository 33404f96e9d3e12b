// Reference ranges: everybody sees them, an administrator sets them.

import { askJson, explain } from "./ask.js";
import { makeCell, makeType } from "./share_table.js";
import { say, sayType } from "./text.js";

const byId = (id) => document.getElementById(id);
const PATH = "/api/v1/reference";
const { user, role } = byId("form").dataset;
const mayWrite = role === "administrator";

function show(said) {
  byId("source").value = said.source;
  byId("set").textContent = sayWho(said);
  byId("ranges").tBodies[0].replaceChildren(...said.types.map((name) => {
    const line = document.createElement("tr");
    line.dataset.name = name;
    const ends = said.percent[name] ?? ["", ""];
    line.append(makeType(name), ...ends.map((end, at) => makeCell(makeInput(name, end, at ? "high" : "low"))));
    return line;
  }));
  for (const input of document.querySelectorAll("#form input")) input.readOnly = !mayWrite;
  byId("save").hidden = !mayWrite;
}

function sayWho(said) {
  if (!said.set_at) return say("reference.configured");
  const time = new Date(said.set_at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", hour12: false });
  return said.set_by ? say("reference.set", { operator: said.set_by, time }) : say("reference.set_nobody", { time });
}

function makeInput(name, value, end) {
  const input = document.createElement("input");
  Object.assign(input, { type: "number", min: 0, max: 100, step: "any", value });
  input.setAttribute("aria-label", `${sayType(name)}: ${say(`reference.${end}`)}`);
  return input;
}

function gather() {
  const percent = {};
  for (const line of byId("ranges").tBodies[0].rows) {
    const ends = [...line.querySelectorAll("input")].map((input) => input.value.trim());
    if (ends.every((end) => end === "")) continue;
    if (ends.some((end) => end === "")) throw new Error(say("reference.half", { type: sayType(line.dataset.name) }));
    percent[line.dataset.name] = ends.map(Number);
  }
  return { source: byId("source").value.trim(), percent, operator: user || (localStorage.getItem("leukoscope.operator") ?? "") };
}

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("error").hidden = true;
  byId("saved").textContent = "";
  try {
    show(await askJson(PATH, { method: "PUT", body: gather() }));
    byId("saved").textContent = say("reference.saved");
  } catch (error) {
    byId("error").textContent = say("reference.failed", { reason: error.status || error instanceof TypeError ? explain(error) : error.message });
    byId("error").hidden = false;
  }
});
askJson(PATH).then(show, (error) => {
  byId("error").textContent = explain(error);
  byId("error").hidden = false;
});
