// A differential as a table: count, share, exact interval, reference range and flag of each type.

import { figure, say, sayType } from "./text.js";

/** Fill a table's body with what the API says of a differential. */
export function fillShares(body, said) {
  body.replaceChildren(...said.rows.map((row) => makeShare(row, said.total)), makeSum("sign.identified", said.total), makeSum("sign.unidentified", said.unidentified, "unidentified"));
}

/** Make a row's heading: the type's colour and its name. */
export function makeType(name, words = sayType(name)) {
  const heading = document.createElement("th");
  heading.scope = "row";
  if (name) heading.dataset.type = name;
  if (name) heading.append(makeSwatch());
  heading.append(words);
  return heading;
}

/** Make a cell of a table. */
export function makeCell(text, kind = "") {
  const cell = document.createElement("td");
  cell.className = kind;
  cell.append(text);
  return cell;
}

function makeShare(row, total) {
  const line = document.createElement("tr");
  const [low, high] = row.interval_percent;
  const usual = row.reference_percent;
  const interval = total ? `${figure(low, 1)}–${figure(high, 1)}` : say("none");
  line.append(makeType(row.cell_type), makeCell(figure(row.count), "number"), makeCell(row.percent === null ? say("none") : `${figure(row.percent)} %`), makeCell(interval, "range"));
  line.append(makeCell(usual ? `${usual[0]}–${usual[1]}` : say("none"), "range"), makeFlag(row));
  return line;
}

function makeFlag(row) {
  const cell = makeCell("", "flagged");
  if (!row.flag) return cell;
  cell.append(row.flag_sure ? `${say("sign.sure")} ${say(`sign.${row.flag}`)}` : say(`sign.${row.flag}`));
  if (row.flag_sure) cell.title = say("sign.sure_hint");
  return cell;
}

function makeSum(words, count, name = "") {
  const line = document.createElement("tr");
  if (!name) line.className = "sum";
  const rest = makeCell("");
  rest.colSpan = 4;
  line.append(makeType(name, say(words)), makeCell(figure(count), "number"), rest);
  return line;
}

function makeSwatch() {
  const made = document.createElement("span");
  made.className = "swatch";
  return made;
}
