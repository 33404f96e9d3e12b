// The menu of pages and windows, and the sound at the target.

import { toast } from "./picture.js";
import { say } from "./text.js";

const SOUND = "leukoscope.sound";
const FLASH_MS = 1500;
const TONES_HZ = [660, 880]; // two rising tones: done

const byId = (id) => document.getElementById(id);
let known = null; // the slide and whether it had reached its target when last looked at

/** Wire the menu; a choice in it closes it. */
export function wireMenu() {
  const dialog = byId("menu-dialog");
  byId("menu").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("button, a") && !event.target.closest("#sound")) dialog.close();
  }, { capture: true });
  byId("calibrate-open").addEventListener("click", () => byId("calibrate").click());
  const show = () => byId("sound").setAttribute("aria-pressed", isLoud());
  byId("sound").addEventListener("click", () => {
    localStorage.setItem(SOUND, isLoud() ? "off" : "on");
    show();
    toast(say(isLoud() ? "menu.sound_on" : "menu.sound_off"));
    if (isLoud()) play();
  });
  show();
}

/** Say once, by word, light and sound, that a slide has reached its target. */
export function tellTarget({ slide, reached, total }) {
  const before = known;
  known = { id: slide.id, reached };
  if (!reached || before?.id !== slide.id || before.reached) return;
  toast(say("menu.reached", { total, target: slide.target }));
  byId("stage").classList.add("reached");
  setTimeout(() => byId("stage").classList.remove("reached"), FLASH_MS);
  if (isLoud()) play();
}

function isLoud() {
  return localStorage.getItem(SOUND) !== "off";
}

function play() {
  const audio = new AudioContext();
  TONES_HZ.forEach((hertz, at) => {
    const tone = new OscillatorNode(audio, { frequency: hertz });
    const loudness = new GainNode(audio, { gain: 0.12 });
    tone.connect(loudness).connect(audio.destination);
    tone.start(audio.currentTime + at * 0.18);
    tone.stop(audio.currentTime + at * 0.18 + 0.15);
    tone.onended = at === TONES_HZ.length - 1 ? () => audio.close() : null;
  });
}
