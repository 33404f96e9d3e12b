// The picture and what is said over it: which frame it is, how old, and why it may not be trusted.

import { drawCells } from "./layers.js";
import { say } from "./text.js";

const byId = (id) => document.getElementById(id);
const picture = byId("picture");
let toastEnds;
let spoken = "";

/** Put one frame on the screen. */
export function showFrame(frame) {
  const old = picture.src;
  picture.src = frame.url;
  picture.hidden = false;
  drawCells(frame.facts); // of this frame, in the same step: never one frame's outlines on another's picture
  if (old) URL.revokeObjectURL(old);
  picture.dataset.seq = frame.seq;
  picture.dataset.sha256 = frame.sha256;
  byId("waiting").hidden = true;
  byId("badge-simulated").hidden = !frame.simulated;
  const summary = summarise(frame.facts);
  byId("meter-field").querySelector("output").textContent = frame.seq;
  byId("field-note").textContent = summary;
  picture.alt = say("picture.alt", { seq: frame.seq, summary });
}

/**
 * Say how things stand, and why: the gravest reason only.
 *
 * Each argument is what it says; frame is null before the first one.
 */
export function showState({ frame, ageS, staleS, lost, paused, troubles, signed, leftOut }) {
  const rejected = frame?.facts?.rejected ?? null;
  let state = "live";
  let banner = null;
  if (lost) [state, banner] = ["lost", [lost, frame ? say("banner.lost_more") : ""]];
  else if (paused) [state, banner] = ["paused", [say("banner.paused"), "", "calm"]];
  else if (frame && ageS > staleS) [state, banner] = ["stale", [say("banner.stale"), say("banner.stale_more")]];
  else if (troubles.length) banner = [say("banner.trouble", { reasons: troubles.join("; ") }), ""];
  else if (signed) banner = [say("banner.signed"), say("banner.signed_more"), "calm", "review"];
  else if (rejected) banner = [say("banner.rejected", { reason: rejected }), ""];
  else banner = leftOut;
  if (!frame && state === "live") state = "starting";
  document.documentElement.dataset.state = state;
  write(byId("state"), say(`header.${state}`));
  showBanner(banner);
}

/** Say for some seconds that something was done, or was not. */
export function toast(words, wrong = false) {
  const line = byId("toast");
  line.textContent = words;
  line.classList.toggle("wrong", wrong);
  line.classList.add("shown");
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => line.classList.remove("shown"), wrong ? 6000 : 2500);
}

/** Flash the picture's edge: this one was kept. */
export function flash() {
  byId("stage").classList.add("caught");
  setTimeout(() => byId("stage").classList.remove("caught"), 250);
}

function showBanner(banner) {
  const key = banner ? banner.join("|") : "";
  if (key === spoken) return; // written only when it changes, or a screen reader would say it four times a second
  spoken = key;
  byId("banner").hidden = !banner;
  if (!banner) return;
  const calm = banner[2] === "calm";
  byId("banner").classList.toggle("calm", calm);
  byId("banner").querySelector("use").setAttribute("href", calm ? `#icon-${banner[3] ?? "pause"}` : "#icon-warn");
  byId("banner-close").hidden = banner[3] !== "close";
  byId("banner-what").textContent = banner[0];
  byId("banner-more").textContent = banner[1];
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function summarise(facts) {
  if (!facts) return say("none");
  if (facts.rejected !== null) return say("picture.not_analysed");
  return facts.cells.length ? say("picture.cells", { count: facts.cells.length }) : say("picture.no_cells");
}
