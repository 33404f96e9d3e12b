// The pictures: asked for one by one, so that a slow viewer sees fewer and never old ones.

import { ask, askJson, Refused } from "./ask.js";

const RETRY_MS = 1000;
const BREATH_MS = 150; // a device whose waiting places are taken answers "none newer" at once

const rest = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Show one frame after the other, for ever.
 *
 * show({ seq, sha256, ageS, simulated, url, facts }) is called when picture and facts of one frame are both here.
 */
export async function pullFrames({ picture, isHeld, show, answered, lost }) {
  let seq = 0;
  for (;;) {
    if (isHeld() || document.hidden) {
      await rest(BREATH_MS);
      continue;
    }
    const began = performance.now();
    try {
      const answer = await ask(`/api/v1/view.jpg?after=${seq}`);
      answered();
      if (answer.status === 200) {
        const frame = await receive(answer, picture);
        if (!isHeld()) show(frame);
        seq = frame.seq;
      } else if (performance.now() - began < BREATH_MS) {
        await rest(BREATH_MS);
      }
    } catch (error) {
      lost(error);
      await rest(RETRY_MS);
    }
  }
}

async function receive(answer, picture) {
  const received = performance.now();
  const head = answer.headers;
  const seq = Number(head.get("X-Frame-Seq"));
  const [url, facts] = await Promise.all([decode(await answer.blob(), picture), askFacts(seq)]);
  return {
    seq, url, facts, received,
    sha256: head.get("X-Frame-Sha256"),
    ageS: Number(head.get("X-Age-Ms")) / 1000,
    simulated: head.get("X-Simulated") === "true",
  };
}

async function decode(blob, picture) {
  const url = URL.createObjectURL(blob);
  const probe = picture.cloneNode();
  probe.src = url;
  await probe.decode(); // so that the swap is one step and the number beside the picture is the picture's
  return url;
}

async function askFacts(seq) {
  try {
    return await askJson(`/api/v1/frame.json?seq=${seq}`);
  } catch (error) {
    if (error instanceof Refused && error.status === 410) return null; // gone meanwhile: the picture still counts
    throw error;
  }
}
