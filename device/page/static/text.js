// The page's sentences, which the server took from one file (device/page/strings).

const strings = JSON.parse(document.getElementById("strings").textContent);

/** Look a sentence up, "banner.stale", and fill its {words} in. */
export function say(key, words = {}) {
  const sentence = key.split(".").reduce((part, name) => part?.[name], strings);
  if (typeof sentence !== "string") throw new Error(`strings: ${key} (expected a sentence)`);
  return sentence.replace(/\{(\w+)\}/g, (_, name) => words[name]);
}

/** Give a class of the bundle as people write it; a class the strings do not know keeps its own name. */
export function sayType(name) {
  return strings.cell_type[name] ?? name.replaceAll("_", " ");
}

/** Give a number with so many decimals. */
export function figure(value, decimals = 0) {
  return value.toLocaleString(strings.language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Give a duration as a person reads an age: tenths below ten seconds, then seconds, then minutes. */
export function sayAge(seconds) {
  if (seconds < 10) return `${figure(seconds, 1)} s`;
  if (seconds < 120) return `${figure(Math.floor(seconds))} s`;
  return `${figure(Math.floor(seconds / 60))} min`;
}

/** Give the day of an ISO moment, so written that nobody takes the month for the day. */
export function sayDay(moment) {
  return new Date(moment).toLocaleDateString(strings.language, { dateStyle: "medium" });
}

/** Give the time of day of an ISO moment. */
export function sayTime(moment) {
  return new Date(moment).toLocaleTimeString(strings.language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}
