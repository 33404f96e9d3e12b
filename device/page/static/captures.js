// The captures: browsed by slide and day, taken out one by one or as an archive, deleted after a question.

import { ask, askJson, explain } from "./ask.js";
import { readQuery, tell, wireFinding, wireSearch } from "./finding.js";
import { listNewest } from "./newest.js";
import { sayMoment } from "./review/words.js";
import { figure, say } from "./text.js";
import { html, render } from "./vendor/htm-preact-3.1.1/standalone.module.js";

const SLIDES = 100; // to choose from; others are reached from the list of slides
const byId = (id) => document.getElementById(id);
const found = byId("found");
const { user, role } = byId("finding").dataset;
let captures = [];
let next = null;

async function fillSlides() {
  const slides = await listNewest("/api/v1/slides", "slides", SLIDES);
  const wanted = new URLSearchParams(location.search).get("slide_id");
  if (wanted && !slides.some((slide) => slide.id === wanted)) slides.push(await askJson(`/api/v1/slides/${wanted}`));
  for (const slide of slides) byId("slide").append(new Option(`${slide.accession} · ${sayMoment(slide.opened_at)}`, slide.id));
  byId("slide").value = wanted ?? "";
}

async function begin() {
  [captures, next] = [[], null];
  await goOn();
  const slide = byId("slide").value;
  byId("archive").hidden = !slide || !captures.length;
  byId("archive").href = slide ? `/api/v1/slides/${slide}/captures.zip` : "";
}

async function goOn() {
  const said = await askJson(`/api/v1/captures?${readQuery({ before: next })}`);
  captures = [...captures, ...said.captures];
  next = said.next;
  draw();
}

function draw() {
  const more = () => goOn().catch((error) => tell(explain(error), true));
  render(html`<div class="shots">${captures.map((one) => html`<${Shot} key=${one.id} one=${one} />`)}</div>${next !== null && html`<p><button type="button" class="more" onClick=${more}>${say("slides.more")}</button></p>`}`, found);
  tell(captures.length ? say("capture_list.count", { count: figure(captures.length) + (next === null ? "" : "+") }) : say("capture_list.none"));
}

function Shot({ one }) {
  const words = say("captures.of", { seq: one.frame_seq, time: sayMoment(one.captured_at) });
  const mayDelete = role === "administrator" || one.operator === user;
  const press = (event) => event.key === "Delete" && mayDelete && remove(one);
  return html`<article class="shot" aria-label=${words} onKeyDown=${press}>
    <a class="large" href=${one.annotated} target="_blank" rel="noopener"><img src=${one.annotated} alt=${words} loading="lazy" /></a>
    <h3>${one.accession} · ${say("captures.field", { seq: one.frame_seq })}</h3>
    <p><time datetime=${one.captured_at}>${sayMoment(one.captured_at)}</time> · ${one.operator || say("none")}${one.simulated && ` · ${say("simulated")}`}</p>
    <p class="files">
      <a href=${one.annotated} download=${`${one.id}_annotated.jpg`}>${say("captures.annotated")}</a>
      <a href=${one.raw} download=${`${one.id}_raw.png`}>${say("captures.raw")}</a>
      <a href=${one.facts} download=${`${one.id}.json`}>JSON</a>
      ${mayDelete && html`<button type="button" aria-keyshortcuts="Delete" onClick=${() => remove(one)}>${say("capture_list.delete")}</button>`}
    </p>
  </article>`;
}

async function remove(one) {
  const dialog = byId("delete-dialog");
  byId("delete-what").textContent = say("capture_list.delete_what", { accession: one.accession, seq: one.frame_seq, time: sayMoment(one.captured_at) });
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => { dialog.addEventListener("close", resolve, { once: true }); });
  if (dialog.returnValue !== "delete") return;
  try {
    await ask(`/api/v1/captures/${one.id}`, { method: "DELETE" });
    captures = captures.filter((other) => other !== one);
    draw();
    tell(say("capture_list.deleted", { accession: one.accession, seq: one.frame_seq }));
  } catch (error) {
    tell(explain(error), true);
  }
}

wireFinding(() => [...found.querySelectorAll(".large")]);
fillSlides().catch((error) => tell(explain(error), true)).finally(() => wireSearch(begin));
