// The bundles: which runs, which there are, and another from the next start on.

import { askJson, explain } from "./ask.js";
import { make } from "./made.js";
import { figure, say } from "./text.js";

const PATIENCE_MS = 120000; // a self-test on an old Pi under load takes its time

/** Show the bundles of the device. */
export async function showBundles(section, { tell, again, mayChange }) {
  const said = await askJson("/api/v1/bundles");
  const words = (name, filled) => make("p", { className: "intro" }, say(`settings_bundle.${name}`, filled));
  section.append(words("in_use", { name: said.in_use }), said.named ? words("named", { name: said.named }) : words("why", { why: said.why }));
  const change = async (path, body, button) => {
    button.disabled = true;
    tell(say("settings_bundle.trying"));
    try {
      await askJson(path, { method: "POST", body, timeoutMs: PATIENCE_MS });
      await again();
      tell(say("settings_bundle.done", { name: body?.name ?? said.previous }));
    } catch (error) {
      button.disabled = false;
      tell(say("settings_bundle.failed", { reason: explain(error) }), true);
    }
  };
  const heads = ["name", "version", "task", "size", "since"].map((name) => make("th", { scope: "col" }, say(`settings_bundle.${name}`)));
  const rows = said.bundles.map((one) => makeRow(one, mayChange && !said.named, change));
  section.append(make("div", { className: "wide" }, make("table", { className: "listing", id: "bundles" }, make("thead", {}, make("tr", {}, ...heads, make("th", {}))), make("tbody", {}, ...rows))));
  if (mayChange && said.previous && !said.named) {
    const button = make("button", { type: "button", id: "bundle-back" }, say("settings_bundle.back", { name: said.previous }));
    button.addEventListener("click", () => change("/api/v1/calibration/rollback", undefined, button));
    section.append(make("div", { className: "buttons" }, button));
  }
}

function makeRow(one, mayChoose, change) {
  const state = one.in_use ? "runs" : one.next_start ? "next" : null;
  const last = make("td", { className: "do" });
  if (one.in_use) last.append(make("span", { className: "mark" }, say("settings_bundle.runs")), " ");
  if (one.next_start && !one.in_use) last.append(make("span", { className: "mark" }, say("settings_bundle.next")));
  if (mayChoose && !one.next_start && !one.trouble) {
    const button = make("button", { type: "button" }, say("settings_bundle.use"));
    button.addEventListener("click", () => change("/api/v1/bundles/use", { name: one.name }, button));
    last.append(button);
  }
  const since = one.since ? one.since.slice(0, 16).replace("T", " ") : say("settings_bundle.shipped");
  const facts = one.trouble ? [make("td", { colSpan: 4 }, one.trouble)] : [one.version, one.task, `${figure(one.size_mb, 1)} MB`, since].map((text) => make("td", {}, text));
  return make("tr", { "data-bundle": one.name, "data-state": state }, make("th", { scope: "row" }, one.name), ...facts, last);
}
