// The list of slides: searched, newest first, one page after the other.

import { askJson, explain } from "./ask.js";
import { readQuery, tell, wireFinding, wireSearch } from "./finding.js";
import { sayMoment } from "./review/words.js";
import { figure, say } from "./text.js";
import { html, render } from "./vendor/htm-preact-3.1.1/standalone.module.js";

const FEWEST = 20; // a search for something rare goes on by itself until it has so many, or has seen all
const found = document.getElementById("found");
const offer = document.getElementById("offer");
const form = document.getElementById("finding");
let slides = [];
let next = null;
let search = 0;
let scanned = false;

async function begin() {
  [slides, next] = [[], null];
  if (document.activeElement === form.accession) form.accession.select(); // the next code takes the place of this one
  await goOn(++search);
}

/** Look for the slide a scanner has read, whatever else was looked for before. */
function find(code) {
  for (const field of form.elements) if (field.name) field.value = "";
  form.accession.value = code.slice(0, form.accession.maxLength);
  scanned = true;
  form.requestSubmit();
}

/** Offer a new slide where none is called what was looked for; one that was scanned gets the focus, Enter opens it. */
function showExact() {
  const code = form.accession.value.trim();
  const place = slides.findIndex(({ accession }) => accession.toLowerCase() === code.toLowerCase());
  offer.hidden = !code || place >= 0 || next !== null;
  const link = offer.querySelector("a");
  link.textContent = say("slides.begin", { accession: code });
  link.href = `/?${new URLSearchParams({ new: code })}`;
  if (scanned) (offer.hidden ? found.querySelectorAll("tbody th a")[place] : link)?.focus();
  scanned = false;
}

async function goOn(mine) {
  const wanted = slides.length + FEWEST;
  do {
    const said = await askJson(`/api/v1/slides?${readQuery({ before: next, limit: FEWEST })}`);
    if (mine !== search) return; // another search began meanwhile
    slides = [...slides, ...said.slides];
    next = said.next;
  } while (next !== null && slides.length < wanted);
  draw();
}

function draw() {
  render(slides.length ? html`<${Table} />` : null, found);
  tell(slides.length ? say(next === null ? "slides.all" : "slides.some", { count: figure(slides.length) }) : say("slides.none"));
  showExact();
}

function Table() {
  const numbers = ["cells", "unidentified", "reviewed"];
  return html`<table class="slides">
    <thead><tr>${["accession", "operator", "opened"].map((name) => html`<th scope="col">${say(`slides.${name}`)}</th>`)}${numbers.map((name) => html`<th scope="col" class="number">${say(`slides.${name}`)}</th>`)}<th scope="col">${say("captures.title")}</th></tr></thead>
    <tbody>${slides.map((slide) => html`<${Row} key=${slide.id} slide=${slide} />`)}</tbody>
  </table>
  ${next !== null && html`<p><button type="button" class="more" onClick=${() => goOn(search).catch((error) => tell(explain(error), true))}>${say("slides.more")}</button></p>`}`;
}

function Row({ slide }) {
  const cells = say("slides.of", { count: figure(slide.counted_cells), target: figure(slide.target) });
  return html`<tr>
    <th scope="row"><a href=${`/slides/${slide.id}`}>${slide.accession}${slide.simulated && html`<span class="badge simulated">${say("simulated")}</span>`}</a></th>
    <td>${slide.operator || say("none")}</td>
    <td><time datetime=${slide.opened_at}>${sayMoment(slide.opened_at)}</time></td>
    <td class="number">${cells}</td>
    <td class=${slide.unidentified ? "number open" : "number"}>${figure(slide.unidentified)}</td>
    <td class="number">${figure(slide.reviewed)}</td>
    <td><a href=${`/captures?slide_id=${slide.id}`}>${say("slides.show")}</a></td>
  </tr>`;
}

wireFinding(() => [...found.querySelectorAll("tbody th a")], find);
wireSearch(begin);
