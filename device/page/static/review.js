// The review page: reads a slide, draws it, listens.

import { explain } from "./ask.js";
import { showDifferential } from "./count.js";
import { Heading, TopBar, TypeBar } from "./review/bars.js";
import { Details } from "./review/details.js";
import { readNewer, readSlide } from "./review/device.js";
import { wireDragging } from "./review/dragging.js";
import { Field } from "./review/field.js";
import { wireKeys } from "./review/keys.js";
import { reveal } from "./review/moving.js";
import { Compare, Walk } from "./review/over.js";
import { change, follow, listOrder, state } from "./review/state.js";
import { Gallery } from "./review/tiles.js";
import { wireWindows } from "./review/windows.js";
import { orderTypes, readDigits, readOperator } from "./review/wishes.js";
import { html, render } from "./vendor/htm-preact-3.1.1/standalone.module.js";

const NEWER_MS = 4000; // the slide may still be counted
const root = document.getElementById("review");
const { slide: slideId, user } = root.dataset;
const count = document.getElementById("differential");
let drawnCursor = null;
let drawing = false;

function draw() {
  drawing = false;
  const over = state.field ? Field : state.compared ? Compare : state.walk ? Walk : null;
  render(html`
    <${Heading} fixedName=${Boolean(user)} />
    <${TopBar} />
    <div class="work">
      <div class="stage"><${Gallery} hidden=${Boolean(over)} />${over && html`<${over} />`}</div>
      <aside class="side"><div class="count" ref=${(holder) => holder && count.parentElement !== holder && holder.append(count)}></div><${Details} /></aside>
    </div>
    <${TypeBar} />`, root);
  if (state.slide) showDifferential(state.slide.differential);
  if (state.cursor !== drawnCursor) reveal();
  drawnCursor = state.cursor;
}

async function read() {
  try {
    await readSlide(slideId);
    change({ trouble: "" });
  } catch (error) {
    change({ trouble: explain(error) });
  }
}

follow(() => {
  if (state.slide && !state.types.length) state.types = orderTypes(state.slide.types);
  if (state.slide && !state.operator) state.operator = user || readOperator() || state.slide.operator;
  if (!state.cursor && state.cells.size) state.cursor = state.anchor = listOrder()[0] ?? null;
  if (drawing) return;
  drawing = true;
  queueMicrotask(draw);
});

state.digits = readDigits();
draw();
wireKeys();
wireWindows();
wireDragging(root);
// a button clicked by hand gives the focus back, so that keys go to the cells
root.addEventListener("click", (event) => {
  if (event.detail > 0 && event.target.closest("button")) document.getElementById("cells").focus({ preventScroll: true });
});
document.addEventListener("visibilitychange", () => !document.hidden && read());
setInterval(() => !document.hidden && state.complete && readNewer().catch(() => {}), NEWER_MS);
read().then(() => document.activeElement === document.body && document.getElementById("cells").focus({ preventScroll: true }));
