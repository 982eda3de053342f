// The page of one payment: follows it while it is open, and does what its reader may do.
import { Refused, ask, showRefusal, texts } from "../frame/api.js";
import { act, decide, showOutcome, showProgress } from "../frame/outcome.js";
import { newId } from "../till/memory.js";
import { PaymentWatch } from "../till/watch.js";
import { takeRefunds } from "./refunds.js";

const root = document.getElementById("payment");
const place = root.querySelector("[data-outcome]");
const announce = root.querySelector("[data-announce]");
const text = texts();
const id = root.dataset.payment;
const firstState = place.querySelector(".outcome").dataset.state;

function follow() {
  return new PaymentWatch(id, "page", {
    show: (element) => {
      // The rest of the page (way, books, papers) belongs to the state: drawn anew when it changed.
      if (element.dataset.state !== firstState) location.reload();
      else showOutcome(place, element, announce, { focus: false });
    },
    progress: (code, words) => showProgress(place, code, words, text),
    heard: () => {},
    gone: (error) => showRefusal(place.querySelector("[data-action-problem]"), error, text),
  });
}

async function printCopy(button) {
  const note = root.querySelector("[data-print-note]");
  button.disabled = true;
  try {
    await ask(`/v1/payments/${id}/receipts`, { method: "POST", body: { copy: "customer", request_id: newId() } });
    note.textContent = text("payment.copy_asked");
  } catch (error) {
    if (!(error instanceof Refused)) note.textContent = text("till.offline");
    else showRefusal(note, error, text);
  } finally {
    button.disabled = false;
  }
}

const watch = ["sent", "unknown"].includes(firstState) ? follow() : null;

const refunds = root.querySelector("[data-refunds]");
if (refunds) takeRefunds(refunds, id, text);

root.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-action]");
  if (!button) return;
  if (button.dataset.action === "print-copy") await printCopy(button);
  else if (["cancel", "ask"].includes(button.dataset.action)) {
    await act(place, `/v1/payments/${id}/${button.dataset.action}`, {}, text);
    watch?.load();
  }
});

root.addEventListener("submit", async (event) => {
  if (event.target.dataset.form !== "decide") return;
  event.preventDefault();
  if (await decide(place, id, event.target, text)) location.reload();
});
