// What this person chose for the review page; kept on this screen.

const ORDER = "leukoscope.review.order";
const DIGITS = "leukoscope.review.digits";
const OPERATOR = "leukoscope.operator";

/** Bring types into the order this person chose; types that were not known then keep their place at the end. */
export function orderTypes(types) {
  const order = read(ORDER, []);
  const place = (type) => (order.includes(type.name) ? order.indexOf(type.name) : order.length + types.indexOf(type));
  return [...types].sort((a, b) => place(a) - place(b));
}

export const keepOrder = (types) => localStorage.setItem(ORDER, JSON.stringify(types.map((type) => type.name)));
export const readDigits = () => read(DIGITS, false);
export const keepDigits = (digits) => localStorage.setItem(DIGITS, JSON.stringify(digits));
export const readOperator = () => localStorage.getItem(OPERATOR) ?? "";
export const keepOperator = (name) => localStorage.setItem(OPERATOR, name);

/** Give the key that names a type: its letter, or its place in the order. */
export function keyOf(type, types, digits) {
  const place = types.indexOf(type) + 1;
  return digits ? (place < 10 ? String(place) : "") : type.key;
}

function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise; // another program wrote it
  }
}
