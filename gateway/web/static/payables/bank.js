// Messages of banks and decisions about payments: every form is one request to the API, then the page is shown anew.
import { ask, showRefusal, texts } from "../frame/api.js";

const root = document.getElementById("bank");
const text = texts();
/** The id of a decision stays the same over tries, so that a lost answer decides nothing twice. */
const ids = new WeakMap();

function idOf(form) {
  if (!ids.has(form)) ids.set(form, crypto.randomUUID());
  return ids.get(form);
}

function bodyOf(form, button) {
  const body = "newId" in form.dataset ? { id: idOf(form) } : {};
  for (const field of form.elements) {
    if (!field.name || field.type === "submit") continue;
    body[field.name] = "yesNo" in field.dataset ? field.checked : field.value.trim();
  }
  if (button && "yesNoButton" in button.dataset) {
    body[button.name] = button.value === "yes";
    // A name is kept only together with the decision to pay.
    if (button.value === "no" && "learn_name" in body) body.learn_name = false;
  }
  return body;
}

async function send(form, work) {
  const problem = root.querySelector("[data-problem]");
  const buttons = form.querySelectorAll("button");
  problem.hidden = true;
  for (const button of buttons) button.disabled = true;
  try {
    await work();
    location.reload();
  } catch (error) {
    for (const button of buttons) button.disabled = false;
    problem.hidden = false;
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
  }
}

async function upload(form) {
  const file = form.elements.namedItem("file").files[0];
  const response = await fetch(`/v1/bank/messages?name=${encodeURIComponent(file.name.slice(0, 100))}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream", "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]')?.content ?? "" },
    body: file,
    credentials: "same-origin",
  });
  if (response.ok) return;
  const told = await response.json().catch(() => ({}));
  const error = new Error(told.detail || `HTTP ${response.status}`);
  error.code = told.code || "";
  error.hint = told.hint || "";
  throw error;
}

root.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  if ("upload" in form.dataset) send(form, () => upload(form));
  else if (form.dataset.api) send(form, () => ask(form.dataset.api, { method: "POST", body: bodyOf(form, event.submitter) }));
});
