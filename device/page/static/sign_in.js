// Signing in: name and password go to the device, which answers with a cookie that no script can read.

import { askJson, explain } from "./ask.js";
import { say } from "./text.js";

const form = document.getElementById("sign-in-form");
const error = document.getElementById("sign-in-error");
const goOn = () => location.replace(form.dataset.towards);

// a link on another site brings no cookie along: whoever is signed in all the same goes on
if ((await askJson("/api/v1/session").catch(() => null))?.signed_in) goOn();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  error.hidden = true;
  try {
    await askJson("/api/v1/session", { method: "POST", body: { name: form.user.value.trim(), password: form.password.value } });
    goOn();
  } catch (wrong) {
    error.textContent = say("access.failed", { reason: explain(wrong) });
    error.hidden = false;
    form.password.value = "";
    form.password.focus();
  } finally {
    button.disabled = false;
  }
});
