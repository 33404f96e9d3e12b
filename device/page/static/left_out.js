// Changes of settings that a start left out: told on the live page, mended on the settings page.

import { askJson, explain } from "./ask.js";
import { make } from "./made.js";
import { say } from "./text.js";

const SEEN = "leukoscope.left_out.seen"; // in this window: the banner would lie over the picture all day

const byId = (id) => document.getElementById(id);

/** Say what was left out for one reason. */
function sayLeftOut(why, ...changes) {
  const what = changes.map(({ key, value }) => {
    const name = key.replace(/^device\./, "");
    return value === null ? name : say("left_out.value", { name, value });
  });
  return say("left_out.why", { what: what.join(", "), why: why || say("left_out.silent") });
}

/** Give the banner of the live page; null: nothing was left out, or it was read. */
export function findBanner(leftOut) {
  for (const id of ["menu", "go-settings"]) byId(id).classList.toggle("warned-of-settings", leftOut.length > 0);
  if (!leftOut.length || sessionStorage.getItem(SEEN) === JSON.stringify(leftOut)) return null;
  return [say("left_out.banner"), `${[...new Set(leftOut.map(({ why }) => why))].map((why) => sayLeftOut(why, ...leftOut.filter((one) => one.why === why))).join(" ")} ${say("left_out.where")}`, "", "close"];
}

/** Let a person put the banner away once it is read. */
export function wireBanner(read) {
  byId("banner-close").addEventListener("click", () => {
    sessionStorage.setItem(SEEN, JSON.stringify(read()));
    byId("menu").focus();
  });
}

/** Show on the settings page what was left out; an administrator can try it again or give it up. */
export function showLeftOut({ left_out: leftOut, settings, may_change: mayChange }, { tell, again }) {
  byId("left-out").hidden = !leftOut.length;
  const put = async (key, value) => {
    try {
      await askJson("/api/v1/settings", { method: "PUT", body: { changes: { [key]: value } } });
      await again();
      tell(say("settings.saved_next"));
    } catch (error) {
      tell(say("settings.failed", { reason: explain(error) }), true);
    }
  };
  byId("left-out-list").replaceChildren(...leftOut.map((one) => {
    const setting = settings.find(({ key }) => key === one.key);
    const kept = setting?.next_origin === "page" ? setting.next : null;
    const press = (name, value) => make("button", { type: "button", "data-act": name, onclick: () => put(one.key, value) }, say(`left_out.${name}`));
    const buttons = mayChange && setting ? [press("try_again", one.value), press("give_up", kept)] : [];
    return make("li", { "data-key": one.key }, make("span", {}, sayLeftOut(one.why, one)), ...buttons);
  }));
}
