// Keys: each presses the button that says the same.

const BUTTONS = { c: "capture", " ": "pause", n: "new-slide", e: "evidence", f: "full", "?": "help", k: "calibrate" };

/** Listen for keys, except where somebody types or a window is open. */
export function wireKeys() {
  document.addEventListener("keydown", (event) => {
    const id = BUTTONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!id || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (document.querySelector("dialog[open]") || event.target.closest("input, textarea, select")) return;
    if (event.key === " " && event.target.closest("button, a")) return; // space presses what has the focus
    event.preventDefault();
    document.getElementById(id).click();
  });
  // a button clicked by hand gives the focus back, so that space holds the picture and does not press it again
  document.querySelector(".actions").addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest("button")?.blur();
  });
}
