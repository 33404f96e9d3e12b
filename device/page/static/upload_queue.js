// Pictures on their way to the device: one after the other, each by itself, none kept there.

import { ask, askJson, explain, Refused } from "./ask.js";
import { change, choose, limits, state, those } from "./upload_state.js";
import { toast } from "./picture.js";
import { figure, say } from "./text.js";

const COME_AGAIN_MS = 1500; // the device reads somebody else's picture
const LONGEST_MS = 180_000; // the largest picture on the slowest device, behind the live loop
const MEGABYTE = 2 ** 20;
let stopping = null; // an AbortController while the queue runs
let numbered = 0;
let asked = 0;

/** Add files and begin; of a folder only those that are called like pictures. */
export function add(files, { ofFolder = false } = {}) {
  const pictures = ofFolder ? files.filter(isPicture) : files;
  const room = limits.at_once - state.entries.length;
  const taken = pictures.slice(0, room);
  const told = [];
  if (files.length && !pictures.length) told.push(say("upload.none_found"));
  else if (pictures.length < files.length) told.push(say("upload.left_out", { count: files.length - pictures.length }));
  if (taken.length < pictures.length) told.push(say("upload.too_many", { count: pictures.length - taken.length, most: limits.at_once }));
  if (told.length) toast(told.join(" "), true);
  if (!taken.length) return;
  const entries = taken.map(makeEntry);
  change({ entries: [...state.entries, ...entries] });
  if (state.at === null) choose(entries[0].id);
  run();
}

/** Read what still waits; where nothing does, read all pictures again at the scale that is given now. */
export function again() {
  if (state.running || !state.entries.length) return;
  if (!those("waiting").length) begin();
  run();
}

function begin() {
  for (const entry of state.entries) {
    if (!isTooLarge(entry.file)) Object.assign(entry, { state: "waiting", facts: null, reason: "" });
  }
  change({ cell: -1, differential: null });
}

/** Stop; the picture on its way waits again. */
export function cancel() {
  stopping?.abort();
}

/** Give the scale a person typed: a number, null for none, undefined for something else, which is then told. */
export function readScale() {
  const field = document.getElementById("scale");
  const given = field.value.trim().replace(",", ".");
  const [least, most] = limits.um_per_px;
  const wrong = given !== "" && !(Number(given) >= least && Number(given) <= most);
  field.setAttribute("aria-invalid", wrong);
  if (wrong) toast(say("upload.scale_wrong", { given: field.value.trim(), least, most }), true);
  return wrong ? undefined : given === "" ? null : Number(given);
}

async function run() {
  const scale = readScale();
  if (state.running || scale === undefined) return;
  stopping = new AbortController();
  change({ running: true, stopped: "" });
  try {
    let entry;
    while ((entry = those("waiting")[0]) && !stopping.signal.aborted) await read(entry, scale);
  } finally {
    stopping = null;
    change({ running: false });
  }
}

async function read(entry, scale) {
  entry.state = "working";
  change();
  try {
    entry.facts = await send(entry, scale);
    entry.state = "done";
  } catch (error) {
    settle(entry, error);
  }
  change();
  await count();
}

async function send(entry, scale) {
  const query = new URLSearchParams({ name: entry.name.slice(-80) });
  if (scale !== null) query.set("um_per_px", scale);
  if (await isTiff(entry.file)) query.set("preview", "true"); // hardly a browser shows one
  const late = AbortSignal.timeout(LONGEST_MS);
  const signal = AbortSignal.any([stopping.signal, late]);
  for (;;) {
    try {
      return await askJson(`/api/v1/uploads?${query}`, { method: "POST", body: entry.file, signal });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 429) throw error;
      await rest(signal);
    }
  }
}

/** A refused picture keeps its reason and the next one is read; a device that is gone ends the queue. */
function settle(entry, error) {
  const refused = error instanceof Refused && error.status !== 401 && error.status !== 403;
  if (refused || error.name === "NotReadableError" || error.name === "NotFoundError") {
    Object.assign(entry, { state: "refused", reason: refused ? explain(error) : `${entry.name}: ${error.message}` });
    return;
  }
  entry.state = "waiting";
  if (!stopping.signal.aborted) state.stopped = explain(error);
  stopping.abort();
}

/** Ask for the differential over all that is read. */
async function count() {
  const mine = ++asked;
  const counts = {};
  for (const { facts } of those("done")) {
    for (const [type, cells] of Object.entries(facts.counts)) counts[type] = (counts[type] ?? 0) + cells;
  }
  try {
    const answer = await ask("/api/v1/uploads/differential", { method: "POST", body: { counts } });
    const differential = await answer.json();
    if (mine === asked) change({ differential });
  } catch (error) {
    if (mine === asked) change({ differential: { failed: explain(error) } });
  }
}

function makeEntry(file) {
  const name = file.webkitRelativePath || file.name;
  const entry = { id: ++numbered, name, file, state: "waiting", facts: null, reason: "" };
  if (!isTooLarge(file)) return entry;
  const megabytes = figure(file.size / MEGABYTE, 1);
  return { ...entry, state: "refused", reason: say("upload.too_large", { name, megabytes, most: limits.bytes / MEGABYTE }) };
}

const isTooLarge = (file) => file.size > limits.bytes;

const isPicture = (file) => limits.suffixes.some((suffix) => file.name.toLowerCase().endsWith(suffix)) && !file.name.startsWith(".");

async function isTiff(file) {
  const [a, b, c, d] = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return (a === 0x49 && b === 0x49 && c === 0x2a && d === 0) || (a === 0x4d && b === 0x4d && c === 0 && d === 0x2a);
}

function rest(signal) {
  return new Promise((resolve, reject) => {
    const waiting = setTimeout(resolve, COME_AGAIN_MS);
    signal.addEventListener("abort", () => { clearTimeout(waiting); reject(signal.reason); }, { once: true });
  });
}
