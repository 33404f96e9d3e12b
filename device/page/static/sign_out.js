// Signing out, on every page that says who is signed in.

import { ask } from "./ask.js";

document.getElementById("sign-out")?.addEventListener("click", async () => {
  await ask("/api/v1/session", { method: "DELETE" }).catch(() => {}); // where it is over already, the next page says so
  location.assign("/sign-in");
});
