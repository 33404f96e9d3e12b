// Two readers of one slide, and two slides: where they part, and whether chance explains it.

import { askJson, explain } from "./ask.js";
import { listNewest } from "./newest.js";
import { makeCell, makeType } from "./share_table.js";
import { figure, say, sayType } from "./text.js";

const SLIDES = 100; // to choose from
const byId = (id) => document.getElementById(id);
const { slide } = byId("agreement").dataset;
const PATH = `/api/v1/slides/${slide}`;

function showAgreement(said) {
  byId("nobody").hidden = said.readers.length > 0;
  byId("figures").hidden = !said.readers.length;
  if (!said.readers.length) return;
  const options = said.readers.map((one) => new Option(say("agreement.read", { operator: one.operator, cells: figure(one.cells) }), one.operator, false, one.operator === said.operator));
  byId("reader").replaceChildren(...options);
  showKappa(said.figures);
  byId("unread").hidden = !said.unread;
  byId("unread").textContent = say("agreement.unread", { count: figure(said.unread) });
  showMatrix(said.figures);
  showTypes(said.figures.by_type);
  showRuemke("ruemke", said.compared);
}

function showKappa(said) {
  const told = said.kappa === null ? say("agreement.kappa_none") : say("agreement.kappa_words", { kappa: figure(said.kappa, 2), low: figure(said.kappa_low, 2), high: figure(said.kappa_high, 2) });
  byId("kappa").textContent = told;
  const percent = (share) => figure(100 * (share ?? 0), 1);
  byId("observed").textContent = say("agreement.observed", { same: percent(said.observed), cells: figure(said.cells), chance: percent(said.expected) });
}

function showMatrix(said) {
  const head = document.createElement("tr");
  head.append(document.createElement("td"), ...said.types.map((name) => {
    const heading = makeType(name);
    heading.scope = "col";
    return heading;
  }));
  byId("matrix").tHead.replaceChildren(head);
  byId("matrix").tBodies[0].replaceChildren(...said.table.map((cells, row) => {
    const line = document.createElement("tr");
    line.append(makeType(said.types[row]), ...cells.map((count, column) => makeCell(figure(count), row === column ? "same" : count ? "other" : "nought")));
    return line;
  }));
}

function showTypes(types) {
  byId("types").tBodies[0].replaceChildren(...types.map((one) => {
    const line = document.createElement("tr");
    const share = one.share === null ? say("none") : `${figure(100 * one.share)} %`;
    line.append(makeType(one.cell_type), ...[figure(one.first), figure(one.second), figure(one.both), share].map((text) => makeCell(text)));
    return line;
  }));
}

function showRuemke(id, compared) {
  const body = byId(id).tBodies[0];
  if (!compared.length) {
    const line = document.createElement("tr");
    const cell = makeCell(say("agreement.nothing"));
    cell.colSpan = 8;
    line.append(cell);
    body.replaceChildren(line);
    return;
  }
  body.replaceChildren(...compared.map((one) => {
    const line = document.createElement("tr");
    const [first, second] = one.limits_percent.map((limits) => limits.join("–"));
    const odds = one.probability < 0.001 ? say("agreement.below") : figure(one.probability, 3);
    const words = one.differs_surely ? "surely" : one.differs ? "differs" : "chance";
    const texts = [figure(one.counts[0]), first, figure(one.counts[1]), second, one.second_counts.join("–"), odds];
    line.append(makeType(one.cell_type), ...texts.map((text) => makeCell(text)), makeCell(say(`agreement.verdict_${words}`), one.differs ? "flagged" : ""));
    return line;
  }));
}

async function listOthers() {
  const newest = await listNewest("/api/v1/slides", "slides", SLIDES);
  const others = newest.filter((one) => one.id !== slide && one.counted_cells);
  const options = others.map((one) => new Option(say("agreement.slide", { accession: one.accession, total: figure(one.counted_cells) }), one.id));
  byId("other").replaceChildren(...options);
  byId("choose").hidden = !others.length;
  byId("no-other").hidden = others.length > 0;
}

async function compare(event) {
  event.preventDefault();
  const said = await askJson(`${PATH}/comparison?other=${encodeURIComponent(byId("other").value)}`);
  byId("slides").hidden = false;
  byId("pair").textContent = said.slides.map((one) => say("agreement.slide", { accession: one.accession, total: figure(one.total) })).join(" · ");
  showRuemke("ruemke-slides", said.compared);
}

function guard(work) {
  return async (event) => {
    event?.preventDefault();
    byId("error").hidden = true;
    try {
      await work(event);
    } catch (error) {
      byId("error").textContent = explain(error);
      byId("error").hidden = false;
    }
  };
}

const load = guard(async () => showAgreement(await askJson(`${PATH}/agreement?operator=${encodeURIComponent(byId("reader").value)}`)));
byId("reader").addEventListener("change", load);
byId("choose").addEventListener("submit", guard(compare));
load();
guard(listOthers)();
