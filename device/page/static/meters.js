// What the instrument is doing: rate, age, inference, focus, exposure, cover, stain. A poor value is said in words, not by colour alone.

import { figure, say } from "./text.js";

const PEAK_S = 60; // long enough to turn the focus through and come back, short enough to forget the last slide
const peaks = []; // [moment, focus], falling

const meter = (name) => document.getElementById(`meter-${name}`);
const write = (name, text) => { meter(name).querySelector("output").textContent = text; };

/** Show the loop's rate. */
export function showRate(framesPerS) {
  write("rate", figure(framesPerS, 1));
}

/** Show the age of the picture, as a text; poor: it is too old to be live. */
export function showAge(text, poor) {
  write("age", text);
  meter("age").classList.toggle("poor", poor);
}

/** Show what one frame said of itself, against the device's limits. */
export function showQuality(facts, limits) {
  write("infer", facts.rejected === null ? figure(facts.infer_ms) : say("none"));
  showFocus(facts.quality.focus, limits?.min_focus ?? 0);
  showExposure(facts.quality, limits);
  showCover(facts.quality, limits);
  showStain(facts.quality.stain, limits?.max_stain_distance ?? Infinity);
}

function showFocus(focus, least) {
  const now = performance.now() / 1000;
  while (peaks.length && peaks.at(-1)[1] <= focus) peaks.pop();
  peaks.push([now, focus]);
  while (peaks[0][0] < now - PEAK_S) peaks.shift();
  const best = Math.max(peaks[0][1], 1e-9);
  const poor = focus < least;
  write("focus", figure(focus, focus < 10 ? 1 : 0));
  document.getElementById("focus-note").textContent = poor ? say("meters.focus_low") : `/ ${figure(best, best < 10 ? 1 : 0)}`;
  meter("focus").title = say("meters.focus_hint");
  meter("focus").classList.toggle("poor", poor);
  meter("focus").querySelector(".fill").setAttribute("width", (85 * focus) / best);
  meter("focus").querySelector(".tick").setAttribute("x", 85);
}

function showExposure(quality, limits) {
  const low = limits?.min_mean_luminance ?? 0;
  const high = limits?.max_mean_luminance ?? 255;
  const most = limits?.max_saturated_fraction ?? 1;
  const light = quality.mean_luminance;
  const clipped = quality.saturated_fraction;
  const dark = light < low;
  const bright = light > high || clipped > most;
  write("exposure", figure(light));
  document.getElementById("exposure-note").textContent = dark ? say("meters.exposure_dark")
    : bright ? say("meters.exposure_bright") : say("meters.clipped", { percent: figure(100 * clipped) });
  meter("exposure").classList.toggle("poor", dark || bright);
  point("exposure", light / 255, low / 255, high / 255);
}

/** Thick or thin: how much of the field is not plasma, and how much of that lies on top of each other. */
function showCover({ cover, overlap }, limits) {
  const low = limits?.min_cover ?? 0;
  const high = limits?.max_cover ?? 1;
  const known = cover !== null;
  const thin = known && cover < low;
  const thick = known && cover > high;
  const piled = known && overlap > (limits?.max_overlap ?? 1);
  write("cover", known ? figure(100 * cover) : say("none"));
  document.getElementById("cover-note").textContent = !known ? say("meters.cover_small") : thick ? say("meters.cover_thick")
    : thin ? say("meters.cover_thin") : piled ? say("meters.cover_piled") : say("meters.cover_good");
  meter("cover").title = known ? say("meters.cover_hint", { overlap: figure(100 * overlap) }) : "";
  meter("cover").classList.toggle("poor", thin || thick || piled);
  point("cover", cover ?? -1, low, high);
}

function showStain(stain, most) {
  const known = stain !== null;
  const far = known && stain > most;
  write("stain", known ? figure(stain, 1) : say("none"));
  document.getElementById("stain-note").textContent = !known ? say("meters.stain_unknown") : far ? say("meters.stain_far") : say("meters.stain_near");
  meter("stain").title = say("meters.stain_hint", { most: figure(most, 1) });
  meter("stain").classList.toggle("poor", far);
  point("stain", known ? stain / (1.5 * most) : -1, 0, 1 / 1.5);
}

/** Set a gauge's pointer and the stretch that is allowed; shares of its width. */
function point(name, at, low, high) {
  const allowed = meter(name).querySelector(".allowed");
  allowed.setAttribute("x", 100 * low);
  allowed.setAttribute("width", 100 * (high - low));
  meter(name).querySelector(".tick").setAttribute("x", at < 0 ? -5 : Math.min(98, 100 * at));
}
