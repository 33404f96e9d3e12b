// Whether a key is meant for a field or a window, or for the page.

/**
 * Whether somebody types: the key went to a field, and the field is seen.
 *
 * For some milliseconds a window that was closed keeps the focus in a field nobody sees: a quick key is for the page.
 */
export function isTyping(event, fields = "input, textarea, select") {
  return Boolean(event.target.closest(fields)?.checkVisibility());
}

/** Whether a key is not for the page below: somebody types or a window is open. */
export function isElsewhere(event) {
  return document.querySelector("dialog[open]") !== null || isTyping(event);
}
