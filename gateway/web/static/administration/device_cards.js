// The buttons of a printer on the board: test page, hold, release, give up what waits.
import { ask } from "../frame/api.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-printer-act]");
  if (!button) return;
  const act = button.dataset.printerAct;
  if (button.dataset.sure && !window.confirm(button.dataset.sure)) return;
  const printer = button.closest("[data-device]").dataset.device;
  const body = act === "test-page" ? { request_id: crypto.randomUUID() } : undefined;
  button.disabled = true;
  try {
    await ask(`/v1/printers/${printer}/${act}`, { method: "POST", body });
  } catch (error) {
    const note = document.querySelector("[data-printer-note]");
    if (note) note.textContent = [error.message, error.hint].filter(Boolean).join(" ");
  }
  button.disabled = false;
  // The board asks for itself every few seconds; whoever pressed a button wants to see it now.
  document.getElementById("board")?.dispatchEvent(new CustomEvent("board-changed"));
});
