// A barcode scanner is a keyboard that types a whole code in a moment: what it types are no shortcuts.

import { isElsewhere } from "./typing.js";

const GAP_MS = 35; // between two keys of a scanner at most; one finger needs twice as long for two keys
const LEAST = 4; // characters of a code: two fingers that come down together are no scanner

/**
 * Tell a scanner from fingers; returns what takes each keydown and says whether it took it, and whether keys wait.
 *
 * pressed(event) is called a moment after each key pressed by hand, scanned(code) once for a code, which mostly ends
 * with Enter or Tab. Moments are those of the keys themselves: a busy page makes nobody a slower typist.
 */
function tellApart({ pressed, scanned }) {
  let burst = [];
  let last = -Infinity;
  let ending = 0;

  function settle() {
    clearTimeout(ending);
    const keys = burst;
    burst = [];
    if (keys.length >= LEAST) scanned(keys.map(({ key }) => key).join("").trim());
    else keys.forEach(pressed);
    return keys.length >= LEAST;
  }

  const take = (event) => {
    if (event.timeStamp - last > GAP_MS) settle();
    if (event.key === "Enter" || event.key === "Tab") return settle(); // which a scanner ends a code with
    if (event.key.length !== 1 && event.key !== "Shift") {
      settle(); // what was pressed before comes first
      return false;
    }
    last = event.timeStamp;
    if (event.key === "Shift") return false;
    burst.push(event);
    clearTimeout(ending);
    ending = setTimeout(settle, GAP_MS);
    return true;
  };
  return { take, waits: () => burst.length > 0 };
}

/**
 * Listen for keys that are meant for the page, none of a scanner's among them.
 *
 * pressed(event) takes a key of a hand and says whether it did; scanned(code) gets what a scanner typed.
 */
export function listen({ pressed, scanned }) {
  const { take, waits } = tellApart({ pressed: (event) => isElsewhere(event) || pressed(event), scanned });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isElsewhere(event)) return;
    if (event.key === " " && event.target.closest("button, a") && !waits()) return; // presses what has the focus
    const byHand = event.repeat || event.key.length > 1; // a scanner holds no key, and types nothing but characters
    if (!event.repeat && take(event)) event.preventDefault();
    else if (byHand && !isElsewhere(event) && pressed(event)) event.preventDefault(); // what waited may have opened a window
  });
}
