// The shapes of cell types, so that colour never stands alone; which type has which says the device (palette.py).

const SHAPES = [
  "M10 1a9 9 0 1 0 .01 0z",
  "M2 2h16v16H2z",
  "M10 1l9 17H1z",
  "M10 0l10 10-10 10L0 10z",
  "M5 1h10l5 9-5 9H5l-5-9z",
  "M7 1h6v6h6v6h-6v6H7v-6H1V7h6z",
  "M10 0l3 7 7 .5-5.500 4.600 2 7.400-6.500-4-6.500 4 2-7.400L0 7.500 7 7z",
  "M4 1l6 6 6-6 3 3-6 6 6 6-3 3-6-6-6 6-3-3 6-6-6-6z",
];
const UNKNOWN = "M6 7c0-6 9-6 9-1 0 3-4 3.500-4.200 7.500M10.700 16.500v2.200"; // a question mark, drawn as a line

/** Whether a type's shape is a line and not a surface. */
export const isLine = (name) => name === "unidentified";

/** Give the path of a type's shape in a square of 20; `shape` is its place in the list. */
export function findShape(name, shape = -1) {
  return isLine(name) ? UNKNOWN : SHAPES.at(shape % SHAPES.length);
}
