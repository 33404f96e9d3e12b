// The settings page: one section at a time, each told by the device.

import { askJson, explain } from "./ask.js";
import { make } from "./made.js";
import { showLeftOut } from "./left_out.js";
import { showBundles } from "./settings_bundles.js";
import { showFields } from "./settings_fields.js";
import { showUsers } from "./settings_users.js";
import { say } from "./text.js";
import { isElsewhere } from "./typing.js";

const byId = (id) => document.getElementById(id);
const ORDER = ["microscope", "camera", "optics", "bundle", "counting", "quality", "drift", "reference", "calibration", "users", "page", "records", "other"];
const LINKS = { optics: "/", reference: "/settings/reference" };
let chosen = ORDER.includes(location.hash.slice(1)) ? location.hash.slice(1) : ORDER[0];
let hiding;

/** Say what came of something, for some seconds; a failure stays until the next. */
export function tell(words, wrong = false) {
  const told = byId("told");
  clearTimeout(hiding);
  told.textContent = words;
  told.classList.toggle("wrong", wrong);
  told.hidden = false;
  if (!wrong) hiding = setTimeout(() => { told.hidden = true; }, 6000);
}

async function show() {
  const section = byId("section");
  try {
    const facts = await askJson("/api/v1/settings");
    showLeftOut(facts, { tell, again: show });
    const own = facts.settings.filter((one) => one.group === chosen);
    section.replaceChildren(make("h2", { id: "section-title" }, say(`settings_group.${chosen}`)));
    if (LINKS[chosen]) section.append(make("p", { className: "intro" }, `${say(`settings_${chosen}.words`)} `, make("a", { href: LINKS[chosen] }, say(`settings_${chosen}.link`))));
    if (chosen === "users") await showUsers(section, { tell, again: show, mayChange: facts.may_change });
    if (chosen === "bundle") await showBundles(section, { tell, again: show, mayChange: facts.may_change });
    if (own.length) showFields(section, own, { tell, again: show, mayChange: facts.may_change, file: facts.file });
  } catch (error) {
    tell(say("settings.not_loaded", { reason: explain(error) }), true);
  }
  section.setAttribute("aria-busy", "false");
}

function choose(name) {
  chosen = name;
  for (const tab of byId("sections").children) {
    const on = tab.dataset.section === name;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    if (on) tab.scrollIntoView({ block: "nearest", inline: "center" });
  }
  byId("section").setAttribute("aria-labelledby", `tab-${name}`);
  history.replaceState(null, "", `#${name}`);
  byId("told").hidden = true;
  return show();
}

function makeTabs(groups) {
  const names = ORDER.filter((name) => groups.has(name) || name === "users" || name === "reference");
  byId("sections").replaceChildren(...names.map((name) => make("button", { type: "button", role: "tab", id: `tab-${name}`, "data-section": name, "aria-controls": "section", onclick: () => choose(name) }, say(`settings_group.${name}`))));
  byId("sections").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = names[(names.indexOf(chosen) + step + names.length) % names.length];
    choose(next);
    byId(`tab-${next}`).focus();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || isElsewhere(event)) return;
  event.preventDefault();
  byId("settings-help").showModal();
});

try {
  const { settings } = await askJson("/api/v1/settings");
  makeTabs(new Set(settings.map((one) => one.group)));
  await choose(chosen);
} catch (error) {
  tell(say("settings.not_loaded", { reason: explain(error) }), true);
}
