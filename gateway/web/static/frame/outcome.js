// The outcome panel: put in place, focus where the next action is, say it once, sound it once.
import { ask, showRefusal } from "./api.js";

/** Swap the panel; keeps focus and what a manager is typing when the state did not change. */
export function showOutcome(place, element, announce, options = {}) {
  const before = place.querySelector(".outcome");
  const sameState = before?.dataset.state === element.dataset.state && before?.dataset.payment === element.dataset.payment;
  if (sameState) keepUnfinishedWork(before, element);
  const focused = before?.contains(document.activeElement) ? selectorOf(document.activeElement) : null;
  place.replaceChildren(element);
  if (sameState) {
    if (focused) element.querySelector(focused)?.focus();
    return false;
  }
  lastWordsAt = Date.now();
  if (announce && element.dataset.says) announce.textContent = element.dataset.says;
  if (options.focus !== false) (element.querySelector("[autofocus]:not([disabled])") ?? element).focus();
  return true;
}

function selectorOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  for (const name of ["data-action", "name"]) {
    const value = element.getAttribute(name);
    if (value) return `[${name}="${CSS.escape(value)}"]`;
  }
  return element.tagName === "SUMMARY" ? `${element.parentElement.id ? `#${element.parentElement.id} ` : ""}summary` : null;
}

/** An open decision or receipt text stays open, with what was typed, when only a step was added. */
function keepUnfinishedWork(before, after) {
  const oldForm = before.querySelector('[data-form="decide"]');
  const newForm = after.querySelector('[data-form="decide"]');
  if (oldForm && newForm) newForm.replaceWith(oldForm);
  const opened = [...before.querySelectorAll("details")].map((details) => details.open);
  after.querySelectorAll("details").forEach((details, index) => {
    details.open = opened[index] ?? false;
  });
  const oldProblem = before.querySelector("[data-action-problem]");
  const newProblem = after.querySelector("[data-action-problem]");
  if (oldProblem && newProblem && !oldProblem.hidden) newProblem.replaceWith(oldProblem);
}

const SILENCE_TOLD_MS = 15_000;
let lastWordsAt = 0;

/** Say how long nothing was heard, once that is longer than people expect; `silence` is drawn by the server. */
function tellSilence() {
  const place = document.querySelector("[data-silence]");
  if (!place) return;
  const silentMs = Date.now() - lastWordsAt;
  place.hidden = silentMs < SILENCE_TOLD_MS;
  if (!place.hidden) place.querySelector("[data-seconds]").textContent = String(Math.floor(silentMs / 1000));
}

window.setInterval(tellSilence, 1000);

/** The words of the terminal, as they come. */
export function showProgress(place, code, words, text) {
  const target = place.querySelector("[data-progress]");
  if (!target) return;
  lastWordsAt = Date.now();
  tellSilence();
  const known = text(`progress.${code}`);
  target.textContent = known === `progress.${code}` ? words : known;
}

/** Do one of the panel's actions on the server; refusals stay in the panel. Returns whether it was accepted. */
export async function act(place, address, body, text) {
  const problem = place.querySelector("[data-action-problem]");
  if (problem) problem.hidden = true;
  const buttons = [...place.querySelectorAll("button:not([disabled])")];
  for (const button of buttons) button.disabled = true;
  try {
    await ask(address, { method: "POST", body });
    return true;
  } catch (error) {
    showRefusal(place.querySelector("[data-action-problem]"), error, text);
    return false;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/** Send a manager's decision: paid or not paid, with the reason. */
export async function decide(place, id, form, text) {
  const data = new FormData(form);
  const body = { paid: data.get("paid") === "yes", reason: String(data.get("reason")).replace(/\s+/g, " ").trim() };
  return act(place, `/v1/payments/${id}/resolution`, body, text);
}
