// Signing a slide: what is in the way, what is signed, who signed and what was changed since.

import { askJson, explain } from "./ask.js";
import { listen } from "./scanner.js";
import { fillShares } from "./share_table.js";
import { figure, say, sayType } from "./text.js";

const byId = (id) => document.getElementById(id);
const { slide, user } = byId("signing").dataset;
const PATH = `/api/v1/slides/${slide}/signatures`;
const OPERATOR = "leukoscope.operator";
const MOST_CHANGES = 8;
let seen = {};

function show(said) {
  seen = said.counts;
  byId("state").textContent = say(`sign.state_${said.state}`);
  byId("state").className = `mark ${said.state}`;
  fillShares(byId("count").tBodies[0], said.differential);
  showHints(said.differential);
  byId("signatures").replaceChildren(...said.signatures.map(makeSignature));
  byId("locked").hidden = said.state === "preliminary";
  showChanges(said.amendments);
  showObstacles(said);
  byId("statement").textContent = said.statement;
  byId("sign").textContent = say(said.state === "preliminary" ? "sign.sign" : "sign.again");
}

function showHints(said) {
  byId("source").textContent = say("sign.source", { source: said.reference_source });
  const width = figure(said.interval_width_percent);
  byId("width").textContent = said.more_needed ? say("sign.more_needed", { count: figure(said.more_needed), width }) : say("sign.narrow", { width });
}

function makeSignature(one) {
  const item = document.createElement("li");
  const words = document.createElement("strong");
  words.textContent = say("sign.signed_by", { version: one.version, operator: one.operator, time: sayDay(one.signed_at) });
  item.append(words);
  if (one.override_reason) item.append(" ", say("sign.override", { reason: one.override_reason }));
  return item;
}

function showChanges(amendments) {
  byId("changes").hidden = !amendments.length;
  const newest = amendments.slice(-MOST_CHANGES).reverse();
  const items = newest.map((one) => {
    const item = document.createElement("li");
    item.textContent = say("sign.change", { time: sayDay(one.reviewed_at), operator: one.operator, old: sayType(one.old_type), new: sayType(one.new_type), comment: one.comment });
    return item;
  });
  if (amendments.length > newest.length) {
    const item = document.createElement("li");
    item.textContent = say("sign.more", { count: amendments.length - newest.length });
    items.push(item);
  }
  byId("amendments").replaceChildren(...items);
}

function showObstacles(said) {
  const blocked = said.obstacles.length > 0;
  const line = byId("obstacle");
  line.textContent = blocked ? say("sign.obstacle", { what: said.obstacles.join(", ") }) : say("sign.clear");
  line.classList.toggle("clear", !blocked);
  line.hidden = said.state === "signed"; // nothing stands in the way of what is signed already
  byId("look").hidden = !blocked || line.hidden;
  byId("why").hidden = !blocked;
  byId("reason").required = blocked;
  const { total, reached, slide: { target } } = said.differential;
  byId("short").hidden = reached;
  byId("short").textContent = say("sign.short", { total: figure(total), target: figure(target) });
}

async function sign(event) {
  event.preventDefault();
  const operator = user || byId("operator").value.trim();
  const reason = byId("why").hidden ? "" : byId("reason").value.trim();
  byId("error").hidden = true;
  try {
    show(await askJson(PATH, { method: "POST", body: { operator, counts: seen, override_reason: reason } }));
    localStorage.setItem(OPERATOR, operator);
    byId("reason").value = "";
  } catch (error) {
    complain(say("sign.failed", { reason: explain(error) }));
    if (error.status === 409) await load(); // the count may be another now: show what there is to sign
  }
}

async function load() {
  try {
    show(await askJson(PATH));
  } catch (error) {
    complain(explain(error));
  }
}

function sayDay(moment) {
  return new Date(moment).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", hour12: false });
}

function goSign(event) {
  if (event.key.toLowerCase() !== "s") return false;
  const first = [byId("reason"), byId("operator"), byId("sign")].find((one) => one.offsetParent && (one === byId("sign") || !one.value.trim()));
  first.focus();
  return true;
}

function complain(words) {
  byId("error").textContent = words;
  byId("error").hidden = false;
  byId("error").scrollIntoView({ block: "nearest" }); // a small screen shows a part of the page
}

listen({ pressed: goSign, scanned: (code) => complain(say("scanner.nothing", { code })) });
byId("whom").hidden = Boolean(user);
byId("operator").required = !user;
byId("operator").value = localStorage.getItem(OPERATOR) ?? "";
byId("form").addEventListener("submit", sign);
load();
