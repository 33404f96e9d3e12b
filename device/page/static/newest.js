// The newest of something that the device lists page by page.

import { askJson } from "./ask.js";

/** Ask for page after page until there are so many, or all. */
export async function listNewest(path, name, most) {
  const found = [];
  let next = null;
  do {
    const said = await askJson(next === null ? path : `${path}?before=${next}`);
    found.push(...said[name]);
    next = said.next;
  } while (next !== null && found.length < most);
  return found.slice(0, most);
}
