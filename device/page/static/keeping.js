// Keeping: a capture of the very frame on the screen, and the strip of what was kept.

import { ask, askJson, explain } from "./ask.js";
import { flash, toast } from "./picture.js";
import { say, sayTime } from "./text.js";

const byId = (id) => document.getElementById(id);
const SHOWN = 24;
let shownSlide = "";

/** Keep the frame with this number, which is the one on the screen. */
export async function capture(seq) {
  if (!seq) {
    toast(say("captures.nothing"), true);
    return;
  }
  try {
    await askJson("/api/v1/captures", { method: "POST", body: { seq } });
    flash();
    toast(say("captures.done", { seq }));
    await showCaptures(shownSlide);
  } catch (error) {
    toast(say("captures.failed", { reason: explain(error) }), true);
  }
}

/** Ask the device to keep a frame while the page is paused on it, so that it can still be captured. */
export async function hold(seq) {
  try {
    await ask(`/api/v1/frames/${seq}/hold`, { method: "PUT" });
  } catch (error) {
    toast(explain(error), true);
  }
}

/** Show the newest captures of a slide. */
export async function showCaptures(slideId) {
  shownSlide = slideId;
  const said = await askJson(`/api/v1/captures?limit=${SHOWN}&slide_id=${slideId}`);
  const names = said.captures.map((one) => one.id).join();
  if (byId("strip").dataset.names === names) return;
  byId("strip").dataset.names = names;
  byId("strip").replaceChildren(...said.captures.map(makeEntry));
  byId("captures-none").hidden = said.captures.length > 0;
  const count = said.captures.length;
  byId("captures-count").textContent = count ? `(${count}${said.next === null ? "" : "+"})` : "";
}

function makeEntry(one) {
  const entry = document.createElement("li");
  const words = say("captures.of", { seq: one.frame_seq, time: sayTime(one.captured_at) });
  const picture = document.createElement("img");
  Object.assign(picture, { src: one.annotated, alt: words, loading: "lazy" });
  const large = link(one.annotated, "");
  large.append(picture);
  large.title = words;
  const time = document.createElement("time");
  time.dateTime = one.captured_at;
  time.textContent = `${sayTime(one.captured_at)} · ${say("captures.field", { seq: one.frame_seq })}`;
  const links = document.createElement("p");
  links.className = "links";
  links.append(link(one.annotated, say("captures.annotated")), link(one.raw, say("captures.raw")));
  entry.append(large, time, links);
  return entry;
}

function link(path, words) {
  const made = document.createElement("a");
  Object.assign(made, { href: path, target: "_blank", rel: "noopener", textContent: words });
  return made;
}
