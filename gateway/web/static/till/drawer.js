// Opens the cash drawer because a person wants it, and tells what became of it.
import { ask } from "../frame/api.js";

const POLL_MS = 300;
const GIVE_UP_MS = 15_000;
const SAID = { asked: "drawer.asked", opened: "drawer.opened", not_opened: "drawer.not_opened", unsure: "drawer.unsure" };

/** Open the drawer of a register; returns the final answer of the gateway. `id` is the same for each repetition. */
export async function openDrawer(register, reason, id = crypto.randomUUID()) {
  const address = `/v1/registers/${register}/drawer`;
  let opening = await (await ask(address, { method: "POST", body: { id, reason } })).json();
  const ends = Date.now() + GIVE_UP_MS;
  while (opening.result === "asked" && Date.now() < ends) {
    await new Promise((resolve) => window.setTimeout(resolve, POLL_MS));
    opening = await (await ask(`${address}/${id}`)).json();
  }
  return opening;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-drawer]");
  if (!form) return;
  event.preventDefault();
  const note = form.querySelector("[data-drawer-note]");
  const texts = JSON.parse(form.dataset.texts);
  const button = form.querySelector("button");
  button.disabled = true;
  note.textContent = texts["drawer.asked"];
  try {
    const { result, words } = await openDrawer(form.dataset.drawer, form.elements.reason.value);
    note.textContent = [texts[SAID[result]], result === "opened" ? "" : words].filter(Boolean).join(" ");
  } catch (error) {
    note.textContent = [error.message, error.hint].filter(Boolean).join(" ");
  }
  button.disabled = false;
});
