// Forms of the bank side that are one request to the API each; then the page is shown anew, or the next one.
import { ask, showRefusal, texts } from "../frame/api.js";

// Accepting thousands of lines takes longer than one decision.
const DEADLINE_MS = 120_000;
const text = texts();

function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    if ("whole" in field.dataset) body[field.name] = Number(field.value);
    else if ("yesNo" in field.dataset) body[field.name] = field.value === "yes";
    else body[field.name] = field.value.trim();
  }
  return body;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-api]");
  if (!form) return;
  event.preventDefault();
  const place = form.querySelector("[data-problem]");
  const buttons = [...form.querySelectorAll("button")];
  const progress = form.querySelector("progress");
  place.hidden = true;
  for (const one of buttons) one.disabled = true;
  if (progress) progress.hidden = false;
  try {
    const body = bodyOf(form);
    // An operation that takes nothing is sent nothing.
    await ask(form.dataset.api, { method: "POST", deadline: DEADLINE_MS, body: Object.keys(body).length ? body : undefined });
    if (form.dataset.then) location.assign(form.dataset.then);
    else location.reload();
  } catch (error) {
    showRefusal(place, error, text);
    for (const one of buttons) one.disabled = false;
    if (progress) progress.hidden = true;
  }
});
