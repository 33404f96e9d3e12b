// A barcode scanner is a keyboard that types a whole code in a moment: what it types are no shortcuts.

const GAP_MS = 35; // between two keys of a scanner at most; one finger needs twice as long for two keys
const LEAST = 4; // characters of a code: two fingers that come down together are no scanner

/**
 * Tell a scanner from fingers; returns what takes each keydown and says whether it took it.
 *
 * pressed(event) is called a moment after each key pressed by hand, scanned(code) once for a code, which mostly ends
 * with Enter or Tab. Moments are those of the keys themselves: a busy page makes nobody a slower typist.
 */
export function tellApart({ pressed, scanned }) {
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

  return (event) => {
    if (event.timeStamp - last > GAP_MS) settle();
    if (event.key === "Enter" || event.key === "Tab") return settle();
    if (event.key.length !== 1 && event.key !== "Shift") return false;
    last = event.timeStamp;
    if (event.key === "Shift") return false;
    burst.push(event);
    clearTimeout(ending);
    ending = setTimeout(settle, GAP_MS);
    return true;
  };
}
