// The users: who may sign in, and one's own password.

import { ask, askJson, explain } from "./ask.js";
import { make } from "./made.js";
import { say } from "./text.js";

const ROLES = ["technician", "administrator"];
const words = (name, filled) => say(`settings_users.${name}`, filled);

/** Show who may sign in, to an administrator; one's own password to everybody. */
export async function showUsers(section, { tell, again, mayChange }) {
  const session = await askJson("/api/v1/session");
  if (!session.required) {
    section.append(make("p", { className: "intro" }, words("none")));
    return;
  }
  const send = async (path, options, done = "done") => {
    try {
      await ask(path, options);
      await again();
      tell(words(done));
    } catch (error) {
      tell(words("failed", { reason: explain(error) }), true);
    }
  };
  section.append(make("p", { className: "intro" }, words("roles")));
  if (mayChange) {
    const { users } = await askJson("/api/v1/users");
    section.append(makeTable(users, send), makeAdding(session.least_length, send));
  }
  section.append(makeOwn(session.least_length, send));
}

const pathOf = (name) => `/api/v1/users/${encodeURIComponent(name)}`;

function makeTable(users, send) {
  const heads = ["name", "role", "new_password"].map((name) => make("th", { scope: "col" }, words(name)));
  return make("div", { className: "wide" }, make("table", { className: "listing", id: "users" }, make("thead", {}, make("tr", {}, ...heads, make("th", {}))), make("tbody", {}, ...users.map((one) => makeUser(one, send)))));
}

function makeUser(one, send) {
  const put = (body) => send(pathOf(one.name), { method: "PUT", body });
  const role = makeRoles(one.role, `${words("role")}: ${one.name}`);
  role.addEventListener("change", () => put({ role: role.value }));
  const password = make("input", { type: "password", autocomplete: "new-password", maxLength: 256, "aria-label": `${words("new_password")}: ${one.name}` });
  const set = make("button", { type: "button", onclick: () => password.value && put({ password: password.value }) }, words("set"));
  const remove = make("button", { type: "button", className: "plain", onclick: () => confirmRemoval(one, send) }, words("remove"));
  const name = one.is_self ? `${one.name} (${words("you")})` : one.name;
  return make("tr", { "data-user": one.name }, make("th", { scope: "row" }, name), make("td", {}, role), make("td", { className: "pair" }, password, set), make("td", { className: "do" }, remove));
}

function confirmRemoval(one, send) {
  const dialog = make("dialog", { "aria-label": words("remove") }, make("p", {}, words("sure", { name: one.name })));
  const close = () => dialog.close();
  const remove = () => {
    close();
    send(pathOf(one.name), { method: "DELETE" });
  };
  dialog.append(make("div", { className: "buttons" }, make("button", { type: "button", className: "plain", autofocus: true, onclick: close }, words("keep")), make("button", { type: "button", className: "primary", onclick: remove }, words("remove"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function makeAdding(least, send) {
  const name = make("input", { id: "new-name", required: true, maxLength: 64, autocomplete: "off", autocapitalize: "none", spellcheck: false });
  const password = make("input", { id: "new-password", type: "password", required: true, minLength: least, maxLength: 256, autocomplete: "new-password" });
  const role = makeRoles("technician");
  role.id = "new-role";
  const form = make("form", { className: "small", id: "add-user" }, make("h3", {}, words("add")), field("new-name", words("name"), name), field("new-role", words("role"), role), field("new-password", `${words("password")} (${words("least", { least })})`, password), make("button", { type: "submit", className: "primary" }, words("adding")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(pathOf(name.value.trim()), { method: "PUT", body: { password: password.value, role: role.value } });
  });
  return form;
}

function makeOwn(least, send) {
  const present = make("input", { id: "own-present", type: "password", required: true, maxLength: 256, autocomplete: "current-password" });
  const wanted = make("input", { id: "own-wanted", type: "password", required: true, minLength: least, maxLength: 256, autocomplete: "new-password" });
  const form = make("form", { className: "small", id: "own-password" }, make("h3", {}, words("own")), field("own-present", words("current"), present), field("own-wanted", `${words("new_password")} (${words("least", { least })})`, wanted), make("button", { type: "submit" }, words("change")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send("/api/v1/session/password", { method: "PUT", body: { password: present.value, new_password: wanted.value } }, "changed");
  });
  return form;
}

function makeRoles(chosen, label) {
  const select = make("select", { "aria-label": label }, ...ROLES.map((role) => make("option", { value: role }, words(role))));
  select.value = chosen;
  return select;
}

function field(id, label, input) {
  return make("div", { className: "field" }, make("label", { for: id }, label), input);
}
