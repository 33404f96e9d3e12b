// Cells in words.

import { figure, say, sayType } from "../text.js";

/** Give a share as whole percent. */
export const percent = (share) => `${figure(100 * share)} %`;

/** Say what cannot be ruled out. */
export const sayCandidates = (cell) => cell.machine.candidates.map(sayType).join(", ");

/** Say which type an unidentified cell is most like, and how sure that is. */
export function sayLikeliest(cell) {
  const [name] = Object.entries(cell.machine.probabilities).sort((a, b) => b[1] - a[1])[0] ?? ["unidentified"];
  return say("review.likeliest", { type: sayType(name), percent: percent(cell.machine.confidence) });
}

/** Say day and time of a moment. */
export function sayMoment(moment) {
  const options = { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };
  return new Date(moment).toLocaleString(document.documentElement.lang, options);
}

/** Say a cell in one sentence, for whoever does not see it. */
export function describe(cell) {
  const unknown = cell.machine.cell_type === "unidentified";
  const machine = say("review.machine_says", { type: sayType(cell.machine.cell_type) }) + (unknown ? "" : ` ${percent(cell.machine.confidence)}.`);
  const open = unknown ? ` ${sayLikeliest(cell)} ${say("review.candidates", { types: sayCandidates(cell) })}` : "";
  const human = cell.human ? ` ${say("review.human_says", { type: sayType(cell.human.new_type), operator: cell.human.operator })}` : "";
  return `${sayType(cell.type_now)}. ${machine}${open}${human}`;
}
