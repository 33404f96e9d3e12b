// What is said for some seconds: seen, and heard by whoever does not see it.

let ends;

/** Say that something was done, or was not. */
export function tell(words, wrong = false) {
  const line = document.getElementById("toast");
  line.textContent = words;
  line.classList.toggle("wrong", wrong);
  line.classList.add("shown");
  clearTimeout(ends);
  ends = setTimeout(() => line.classList.remove("shown"), wrong ? 6000 : 2500);
}
