// The live page: brings the parts together and keeps what they share.

import { askJson, explain, Refused } from "./ask.js";
import { wireCells } from "./cell.js";
import { openCalibration, showFitting, wireCalibration } from "./calibrate.js";
import { showDifferential, showFieldClass } from "./count.js";
import { openSlideDialog, wireSlideForm, wireTabs } from "./dialogs.js";
import { showDrift, wireDrift } from "./drift.js";
import { wireDoing } from "./doing.js";
import { capture, hold, showCaptures } from "./keeping.js";
import { wireKeys } from "./keys.js";
import { findBanner, wireBanner } from "./left_out.js";
import { tellTarget, wireMenu } from "./menu.js";
import { wireMap } from "./map.js";
import { showAge, showQuality, showRate } from "./meters.js";
import { showFrame, showState, toast } from "./picture.js";
import { wireLayers } from "./layers.js";
import { openOptics, wireOptics } from "./optics.js";
import { pullFrames } from "./pull.js";
import { say, sayAge } from "./text.js";
import { wireZoom } from "./zoom.js";

const TICK_MS = 250;
const ASK_MS = 1000;
const STATUS_EVERY = 2; // rounds: names and limits stay, troubles may be told after two seconds
const CAPTURES_EVERY = 5; // one's own are shown at once, those of another viewer after five seconds
const byId = (id) => document.getElementById(id);
const now = { frame: null, status: null, differential: null, paused: false, lost: "" };

function tick() {
  const { frame, status } = now;
  const ageS = frame ? frame.ageS + (performance.now() - frame.received) / 1000 : 0;
  const staleS = status?.stale_after_s ?? 3;
  showAge(frame ? sayAge(ageS) : say("none"), ageS > staleS);
  showRate(now.paused || ageS <= staleS ? status?.frames_per_s ?? 0 : 0);
  showState({
    frame, ageS, staleS, lost: now.lost, paused: now.paused,
    troubles: status?.reasons ?? [], signed: now.differential?.signed, leftOut: findBanner(status?.left_out ?? []),
  });
}

function show(frame) {
  now.frame = frame;
  showFrame(frame);
  if (frame.facts) {
    showQuality(frame.facts, now.status?.limits);
    showFieldClass(frame.facts.field);
  }
  tick();
}

function fill(id, text) {
  byId(id).textContent = text || say("none");
  byId(id).title = text ?? "";
}

function showFacts() {
  const { status, differential } = now;
  const { slide } = differential;
  fill("fact-slide", slide.accession);
  fill("fact-operator", slide.operator);
  fill("fact-bundle", `${status.bundle.name} ${status.bundle.version}`);
  fill("fact-camera", status.camera);
  const fitted = say("help.fitted", { where: status.bundle.confidence_fitted_on });
  fill("help-fitted", fitted);
  showFitting(status.bundle);
  showDrift(status.warnings);
  byId("help-bundle").textContent = say("help.bundle", { id: status.bundle.id });
  if (status.simulated) byId("badge-simulated").hidden = false;
  document.title = `${differential.total}/${slide.target} · ${slide.accession} · ${say("title")}`;
}

function lose(error) {
  const signedOut = error instanceof Refused && error.status === 401;
  now.lost = say(signedOut ? "banner.signed_out" : "banner.lost");
}

async function ask(round = 0) {
  try {
    const slideBefore = now.differential?.slide.id;
    now.differential = await askJson("/api/v1/differential");
    if (round % STATUS_EVERY === 0) now.status = await askJson("/api/v1/status");
    now.lost = "";
    showDifferential(now.differential);
    tellTarget(now.differential);
    showFacts();
    beginWanted();
    const { id } = now.differential.slide;
    if (round % CAPTURES_EVERY === 0 || id !== slideBefore) await showCaptures(id);
  } catch (error) {
    lose(error);
  }
}

async function askForEver(round = 0) {
  if (!document.hidden) await ask(now.status ? round : 0);
  tick();
  setTimeout(() => askForEver(round + 1), ASK_MS);
}

function pause() {
  if (!now.frame) return;
  now.paused = !now.paused;
  const button = byId("pause");
  button.setAttribute("aria-pressed", now.paused);
  button.querySelector(".label").textContent = say(now.paused ? "actions.resume" : "actions.pause");
  button.querySelector("use").setAttribute("href", now.paused ? "#icon-resume" : "#icon-pause");
  if (now.paused) hold(now.frame.seq);
  tick();
}

async function undo() {
  try {
    const { cells } = await askJson("/api/v1/differential/undo", { method: "POST", body: {} });
    toast(say("undo.done", { cells }));
    await ask();
  } catch (error) {
    toast(say("undo.failed", { reason: explain(error) }), true);
  }
}

function askSlide(code) {
  openSlideDialog({
    slide: now.differential?.slide,
    cells: (now.differential?.total ?? 0) + (now.differential?.unidentified ?? 0),
    operator: now.status?.operator,
    code,
  });
}

/** Ask for the new slide that the list of slides leads here for. */
function beginWanted() {
  const code = new URLSearchParams(location.search).get("new");
  if (!code) return;
  history.replaceState(null, "", location.pathname);
  askSlide(code);
}

function toggleFull() {
  if (document.fullscreenElement) document.exitFullscreen();
  else byId("stage").requestFullscreen().catch(() => {}); // a browser may forbid it; the page is whole without
}

byId("capture").addEventListener("click", () => capture(now.frame?.seq));
byId("pause").addEventListener("click", pause);
byId("undo").addEventListener("click", undo);
byId("review").addEventListener("click", () => {
  if (now.differential) location.assign(`/slides/${now.differential.slide.id}`);
});
byId("full").addEventListener("click", toggleFull);
wireCells({ now: () => now.frame, hold, note: () => now.status?.bundle.attributes_note });
byId("stage").addEventListener("click", () => document.fullscreenElement && document.exitFullscreen());
byId("help").addEventListener("click", () => byId("help-dialog").showModal());
byId("calibrate").addEventListener("click", openCalibration);
byId("optics").addEventListener("click", openOptics);
byId("new-slide").addEventListener("click", () => askSlide());

wireSlideForm(() => ask());
wireTabs();
wireBanner(() => now.status?.left_out ?? []);
wireCalibration();
wireDrift();
wireOptics();
wireLayers();
wireZoom();
wireDoing();
wireMap();
wireMenu();
wireKeys({ scanned: askSlide });
setInterval(tick, TICK_MS);
askForEver();
pullFrames({
  picture: byId("picture"),
  isHeld: () => now.paused,
  show,
  answered: () => { now.lost = ""; },
  lost: lose,
});
