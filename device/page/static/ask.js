// How the page speaks to the device.

import { say } from "./text.js";

const TIMEOUT_MS = 8000; // the device answers within a second; a network that takes longer counts as lost

/** The device answered, and said no; the message is its own sentence. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Ask for an answer as it comes; no answer at all is a TypeError or an AbortError, as fetch has it. */
export async function ask(path, { method = "GET", body, timeoutMs = TIMEOUT_MS } = {}) {
  const headers = { "X-Leukoscope": "page" }; // no other site can send it: the device's proof that we ask
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
  if (!answer.ok) throw new Refused(answer.status, await reason(answer));
  return answer;
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
