// The windows: a new slide, the keys; and the tabs of a small screen.

import { askJson, explain } from "./ask.js";
import { toast } from "./picture.js";
import { figure, say } from "./text.js";

const byId = (id) => document.getElementById(id);
const OPERATOR = "leukoscope.operator";

/** Ask for a new slide; told are the slide and the count that end with it, and the code where it was scanned. */
export function openSlideDialog({ slide, cells, operator, code = "" }) {
  const form = byId("slide-form");
  form.accession.value = code.slice(0, form.accession.maxLength);
  form.operator.value = localStorage.getItem(OPERATOR) ?? slide?.operator ?? operator ?? "";
  if (slide && form.querySelector(`[name="target"][value="${slide.target}"]`)) form.target.value = slide.target;
  byId("slide-error").hidden = true;
  byId("slide-ends").textContent = slide ? say("slide.ends", { accession: slide.accession, count: figure(cells) }) : say("slide.first");
  byId("slide-dialog").showModal();
  form.accession.select(); // scanned a second time, a code takes its own place
}

/** Wire the slide form; `opened` is called with the new slide. */
export function wireSlideForm(opened) {
  const form = byId("slide-form");
  form.querySelector("[data-close]").addEventListener("click", () => byId("slide-dialog").close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { accession: form.accession.value.trim(), operator: form.operator.value.trim(), target: Number(form.target.value) };
    try {
      const slide = await askJson("/api/v1/slides", { method: "POST", body });
      localStorage.setItem(OPERATOR, body.operator);
      byId("slide-dialog").close();
      toast(say("slide.done", { accession: slide.accession }));
      opened();
    } catch (error) {
      byId("slide-error").textContent = say("slide.failed", { reason: explain(error) });
      byId("slide-error").hidden = false;
    }
  });
}

/** Wire the two tabs, which a small screen shows in place of two panels. */
export function wireTabs() {
  const tabs = [byId("tab-differential"), byId("tab-captures")];
  const choose = (chosen) => tabs.forEach((tab) => {
    tab.setAttribute("aria-selected", tab === chosen);
    tab.tabIndex = tab === chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).classList.toggle("behind", tab !== chosen);
  });
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = tabs[1 - index];
      choose(other);
      other.focus();
    });
  });
  choose(tabs[0]);
}
