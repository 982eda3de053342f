// The receipt by mail. The address stands in its field until it was taken over, and nowhere else.
import { newId } from "./memory.js";

/** `post(body)` asks for the letter; null when it was refused or not heard. No form where the shop sends no mail. */
export function listenForLetter(panel, saleId, post) {
  const form = panel.querySelector("[data-letter]");
  if (!form) return;
  const opener = panel.querySelector('[data-do="mail"]');
  const field = form.elements.receipt_to;
  const sender = form.querySelector('[type="submit"]');
  let id = newId();

  const open = (isOpen) => {
    field.value = "";
    form.hidden = !isOpen;
    opener.setAttribute("aria-expanded", String(isOpen));
    (isOpen ? field : panel.querySelector("[data-next]")).focus();
  };
  opener.addEventListener("click", () => open(form.hidden));
  // The same address again is the same letter, also when the first answer was lost; another address is another one.
  field.addEventListener("input", () => {
    id = newId();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sender.disabled) return;
    if (!field.value.trim()) {
      field.focus();
      return;
    }
    sender.disabled = true;
    const taken = await post({ id, subject: "sale", subject_id: saleId, mail_to: field.value });
    sender.disabled = false;
    if (taken) {
      id = newId();
      open(false);
    } else field.focus();
  });
}
