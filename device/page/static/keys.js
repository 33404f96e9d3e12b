// Keys: each presses the button that says the same.

import { listen } from "./scanner.js";

const BUTTONS = {
  c: "capture", " ": "pause", z: "undo", n: "new-slide", e: "evidence", r: "review", g: "menu",
  1: "layer-outlines", 2: "layer-nuclei", 3: "layer-names", "+": "zoom-in", "-": "zoom-out", 0: "zoom-whole",
  s: "go-slides", u: "go-upload", m: "map", i: "doing", o: "optics", d: "drift", k: "calibrate", f: "full", b: "sound", "?": "help",
};

/** Listen for keys, except where somebody types or a window is open; `scanned` is given what a scanner typed. */
export function wireKeys({ scanned }) {
  const pressed = (event) => {
    const id = BUTTONS[event.key.toLowerCase()];
    if (id && !event.repeat) document.getElementById(id).click();
  };
  listen({ pressed, scanned });
  // a button clicked by hand gives the focus back, so that space holds the picture and does not press it again
  document.querySelector(".actions").addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest("button")?.blur();
  });
}
