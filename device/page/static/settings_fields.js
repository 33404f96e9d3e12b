// The settings of a section: each with its value, unit, reason, default and where it comes from.

import { askJson, explain } from "./ask.js";
import { make } from "./made.js";
import { say } from "./text.js";

const ORIGIN = { default: "from_default", file: "from_file", page: "from_page", "command line": "from_command" };
const PATH = "/api/v1/settings";
const UNIT_AT_END = /_(um_per_px|um|us|ms|s|min|hours|px|mb|percent)$/; // stands behind the field

/** Show settings, and a button that keeps what was changed. */
export function showFields(section, settings, { tell, again, mayChange, file }) {
  const form = make("form", { className: "fields", noValidate: true });
  form.append(...settings.map((one) => makeRow(one, mayChange, (changes) => put(changes, settings, { tell, again }))));
  if (mayChange && settings.some((one) => one.changeable)) {
    form.append(make("div", { className: "buttons" }, make("button", { type: "submit", className: "primary" }, say("settings.save"))));
  } else if (!mayChange) {
    form.append(make("p", { className: "hint" }, say("settings.look_only")));
  }
  form.append(make("p", { className: "hint" }, say("settings.order", { file })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const changes = {};
    for (const one of settings) {
      const wanted = read(form.elements[one.key], one);
      if (wanted !== undefined && wanted !== one.next) changes[one.key] = wanted;
    }
    if (Object.keys(changes).length) put(changes, settings, { tell, again });
  });
  section.append(form);
}

async function put(changes, settings, { tell, again }) {
  try {
    await askJson(PATH, { method: "PUT", body: { changes } });
    const atOnce = settings.filter((one) => one.key in changes).every((one) => one.at_once);
    await again();
    tell(say(atOnce ? "settings.saved_at_once" : "settings.saved_next"));
  } catch (error) {
    tell(say("settings.failed", { reason: explain(error) }), true);
  }
}

function makeRow(one, mayChange, change) {
  const name = one.key.split(".").at(-1).replace(one.unit ? UNIT_AT_END : "", "");
  const may = mayChange && one.changeable;
  const head = make("div", { className: "head" }, make("label", { for: one.key }, name.replaceAll("_", " ")), make("code", {}, one.key.replace(/^device\./, "")));
  const entry = make("div", { className: "entry" }, may ? makeInput(one) : make("output", { id: one.key, name: one.key }, write(one.value)), make("span", { className: "unit" }, one.unit));
  const facts = [say("settings.default", { value: write(one.default) })];
  if (one.origin !== "default") facts.push(say(`settings.${ORIGIN[one.origin]}`));
  if (JSON.stringify(one.value) !== JSON.stringify(one.next)) facts.push(say("settings.next", { value: write(one.next) }));
  if (one.at_once) facts.push(say("settings.at_once"));
  if (!one.changeable) facts.push(say("settings.only_file"));
  if (one.next_origin === "command line") facts.push(say("settings.over_command"));
  const row = make("div", { className: "setting", "data-key": one.key, "data-origin": one.next_origin }, head, entry, make("p", { className: "reason", id: `${one.key}-reason` }, one.reason), make("p", { className: "facts-line" }, [...new Set(facts)].join(" · ")));
  if (may && one.next_origin === "page") {
    entry.append(make("button", { type: "button", className: "plain reset", onclick: () => change({ [one.key]: null }) }, say("settings.reset", { value: say(`settings.${ORIGIN.default}`) })));
  }
  return row;
}

function makeInput(one) {
  const shared = { id: one.key, name: one.key, "aria-describedby": `${one.key}-reason` };
  if (one.kind === "choice") {
    const select = make("select", shared, ...one.choices.map((choice) => make("option", { value: choice }, choice || say("settings.empty"))));
    select.value = one.next;
    return select;
  }
  if (one.kind === "switch") return make("input", { ...shared, type: "checkbox", checked: one.next });
  if (one.kind === "text") return make("input", { ...shared, value: one.next, maxLength: 64, spellcheck: false });
  return make("input", { ...shared, type: "number", value: one.next, step: one.kind === "whole" ? 1 : "any", inputMode: "decimal", min: one.least ?? "", max: one.most ?? "" });
}

function read(input, one) {
  if (!input || input.tagName === "OUTPUT") return undefined;
  if (one.kind === "switch") return input.checked;
  if (one.kind === "number" || one.kind === "whole") return input.value.trim() === "" ? undefined : Number(input.value);
  return input.value;
}

function write(value) {
  if (Array.isArray(value)) return value.length ? value.join(", ") : say("settings.empty");
  return value === "" ? say("settings.empty") : String(value);
}
