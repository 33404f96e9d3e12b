// How the page speaks to the device.

import { say } from "./text.js";

const SESSION = "/api/v1/session";
let token; // of this session: what changes something brings it; asked for when it is first needed
let touched = false; // by a person since the last question: asking for pictures all day keeps nobody signed in
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { touched = true; }, true);

const TIMEOUT_MS = 8000; // the device answers within a second; a network that takes longer counts as lost

/** The device answered, and said no; the message is its own sentence. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Ask for an answer as it comes; no answer at all is a TypeError or an AbortError, as fetch has it. */
export async function ask(path, { method = "GET", body, timeoutMs = TIMEOUT_MS, signal = AbortSignal.timeout(timeoutMs) } = {}) {
  const headers = { "X-Leukoscope": touched ? "person" : "page" }; // no other site can send it: the device's proof that we ask
  touched = false;
  if (method !== "GET") headers["X-Leukoscope-Token"] = await findToken();
  const isFile = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = isFile ? "application/octet-stream" : "application/json";
  const answer = await fetch(path, { method, headers, signal, body: isFile || body === undefined ? body : JSON.stringify(body), cache: "no-store" });
  if (answer.status === 401 || answer.status === 403) token = undefined; // signed in again in another window: there is a new one
  if (!answer.ok) throw new Refused(answer.status, await reason(answer));
  return answer;
}

async function findToken() {
  if (token === undefined) {
    const answer = await fetch(SESSION, { headers: { "X-Leukoscope": "page" }, signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store" });
    token = answer.ok ? (await answer.json()).token : "";
  }
  return token;
}

/** Ask for JSON. */
export async function askJson(path, options) {
  return (await ask(path, options)).json();
}

/** Give what went wrong as a sentence. */
export function explain(error) {
  return error instanceof Refused ? error.message : say("trouble.network");
}

async function reason(answer) {
  const said = await answer.json().catch(() => null);
  if (Array.isArray(said) && said.length) return `${said[0].loc?.join(".") ?? ""}: ${said[0].msg}`;
  return said?.message ?? `${say("trouble.forbidden")} (${answer.status})`;
}
