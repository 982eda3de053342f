// One payable: every form is one act with a reason, sent once however often it is tried.
import { ask, showRefusal, texts } from "../frame/api.js";

const root = document.getElementById("payable");
const text = texts();
/** The id of an act stays the same over tries, so that a lost answer does nothing twice. */
const ids = new WeakMap();

function idOf(form) {
  if (!ids.has(form)) ids.set(form, crypto.randomUUID());
  return ids.get(form);
}

/** Read a form: its reason, its kind, and what differs from how it was. */
function bodyOf(form) {
  const body = { id: idOf(form) };
  if (form.dataset.kind) body.kind = form.dataset.kind;
  for (const field of form.elements) {
    if (!field.name) continue;
    const value = field.value.trim();
    if (field.dataset.was !== undefined && value === field.dataset.was) continue;
    body[field.name] = field.name === "reference" ? value.replaceAll(" ", "").toUpperCase() : value;
  }
  return body;
}

root.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.api) return;
  event.preventDefault();
  const problem = root.querySelector("[data-problem]");
  const button = form.querySelector('button[type="submit"]');
  problem.hidden = true;
  button.disabled = true;
  try {
    await ask(form.dataset.api, { method: "POST", body: bodyOf(form) });
    location.reload();
  } catch (error) {
    // A refusal stored nothing: what is sent next is something new.
    if (error.status) ids.delete(form);
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
  } finally {
    button.disabled = false;
  }
});

/** One act is open at a time: the page stays short on a phone. */
root.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches("details.act") || !event.target.open) return;
    for (const other of root.querySelectorAll("details.act[open]")) if (other !== event.target) other.open = false;
    event.target.querySelector("input:not([type=hidden])")?.focus();
  },
  true,
);
