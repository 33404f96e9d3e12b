// What finding slides and finding captures have in common: a form that says what, pages that follow one another.

import { explain } from "./ask.js";
import { listen } from "./scanner.js";
import { say } from "./text.js";
import { isTyping } from "./typing.js";

const form = document.getElementById("finding");
const told = document.getElementById("told");

/** Say how the search stands. */
export function tell(words, wrong = false) {
  told.textContent = words;
  told.classList.toggle("wrong", wrong);
}

/** Give what the form asks for as a query; empty fields are left out. */
export function readQuery(more = {}) {
  const asked = [...new FormData(form), ...Object.entries(more)].filter(([, value]) => value !== "" && value !== null);
  return new URLSearchParams(asked.map(([name, value]) => [name, String(value).trim()]));
}

/** Call `search` when the form is sent or emptied, and give its fields what the address asks for. */
export function wireSearch(search) {
  for (const [name, value] of new URLSearchParams(location.search)) if (form.elements[name]) form.elements[name].value = value;
  const begin = async () => {
    tell(say("slides.searching"));
    try {
      await search();
    } catch (error) {
      tell(explain(error), true);
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin();
  });
  form.addEventListener("reset", () => setTimeout(begin));
  begin();
}

/** Let arrows go from entry to entry and a slash to the first field; `links` gives the entries' links. */
export function wireFinding(links, scanned = (code) => tell(say("scanner.nothing", { code }), true)) {
  listen({ pressed: goSearch, scanned });
  document.addEventListener("keydown", (event) => {
    if (isTyping(event, "[type=date], select, dialog") || event.ctrlKey || event.altKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = links();
    const at = all.findIndex((link) => link.closest("tr, article").contains(document.activeElement));
    if (all.length) take(event, all[Math.min(all.length - 1, Math.max(0, at + step))]);
  });
}

function goSearch(event) {
  if (event.key !== "/") return false;
  form.querySelector("[aria-keyshortcuts='/']").focus();
  return true;
}

function take(event, element) {
  event.preventDefault();
  element.focus();
}
