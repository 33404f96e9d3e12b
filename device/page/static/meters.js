// What the instrument is doing: rate, age, inference, focus, exposure. A poor value is said in words, not by colour alone.

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
  const allowed = meter("exposure").querySelector(".allowed");
  allowed.setAttribute("x", low / 2.55);
  allowed.setAttribute("width", (high - low) / 2.55);
  meter("exposure").querySelector(".tick").setAttribute("x", Math.min(98, light / 2.55));
}
