// The ends of terminals' days: end one now, follow it, settle one in doubt.
import { Refused, Unheard, ask, showRefusal, texts } from "../frame/api.js";
import { newId } from "../till/memory.js";

const LOOK_EVERY_MS = 1000;
const text = texts();
const place = document.querySelector("[data-terminal-days]");
// Kept until the gateway has answered: what was not heard may be stored, so it is sent again as it was.
const unheard = new Map();
let looking = false;

async function look() {
  if (looking) return;
  looking = true;
  try {
    while (place.querySelector("[data-running]")) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      if (place.querySelector("details[open]")) continue;
      await refresh();
    }
  } finally {
    looking = false;
  }
}

async function refresh() {
  const list = place.querySelector("[data-list]");
  try {
    const response = await ask(`/terminal-days/now?seen=${list.dataset.mark}`);
    if (response.status === 204) return;
    place.replaceChildren(document.createRange().createContextualFragment(await response.text()));
  } catch (error) {
    if (error instanceof Refused) throw error;
  }
}

async function send(section, address, body) {
  const problem = section.querySelector("[data-problem]");
  problem.hidden = true;
  try {
    await ask(address, { method: "POST", body });
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
    showRefusal(problem, error, text);
    return error;
  }
  await refresh();
  look();
  return null;
}

place.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-day-action]");
  if (!button) return;
  const section = button.closest("[data-terminal]");
  const terminal = section.dataset.terminal;
  if (button.dataset.dayAction === "ask") {
    await send(section, `/v1/terminal-days/${button.closest("[data-day]").dataset.day}/ask`, undefined);
    return;
  }
  button.disabled = true;
  const body = unheard.get(terminal) ?? { id: newId() };
  const error = await send(section, `/v1/terminals/${terminal}/end-of-day`, body);
  if (error instanceof Unheard) unheard.set(terminal, body);
  else unheard.delete(terminal);
  if (error) button.disabled = false;
});

place.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const data = new FormData(form);
  const reason = String(data.get("reason")).replace(/\s+/g, " ").trim();
  const address = `/v1/terminal-days/${form.closest("[data-day]").dataset.day}/resolution`;
  await send(form.closest("[data-terminal]"), address, { closed: data.get("closed") === "yes", reason });
});

look();
