// The refunds on a payment's page: give money back, follow it while it is open, settle what is in doubt.
import { Refused, Unheard, ask, showRefusal } from "../frame/api.js";
import { act, showOutcome, showProgress } from "../frame/outcome.js";
import { newId } from "../till/memory.js";
import { plain, scaled } from "../till/money.js";
import { MovementWatch } from "../till/watch.js";

const REASON_MIN = 5;

/** Take over the part of the page that is about refunds. */
export function takeRefunds(part, paymentId, text) {
  const place = part.querySelector("[data-refund-outcome]");
  const announce = part.querySelector("[data-refund-announce]");
  const panel = place.querySelector(".outcome");
  const address = panel ? `/v1/refunds/${panel.dataset.payment}` : "";
  const asked = new URLSearchParams(location.search).get("refund");

  let watch = null;
  if (panel && asked === panel.dataset.payment) {
    announce.textContent = panel.dataset.says;
    (panel.querySelector("[autofocus]:not([disabled])") ?? panel).focus();
  }
  if (panel && ["sent", "unknown"].includes(panel.dataset.state)) watch = follow(panel);

  function follow(shown) {
    const firstState = shown.dataset.state;
    return new MovementWatch({ area: "refunds", id: shown.dataset.payment, place: "page" }, {
      show: (element) => {
        // What is left, the books and the history belong to the state: drawn anew when it changed.
        if (element.dataset.state !== firstState) leadTo(element.dataset.payment);
        else showOutcome(place, element, announce, { focus: false });
      },
      progress: (code, words) => showProgress(place, code, words, text),
      heard: () => {},
      gone: (error) => showRefusal(place.querySelector("[data-action-problem]"), error, text),
    });
  }

  part.querySelector("#give-back")?.addEventListener("toggle", (event) => {
    if (event.target.open) event.target.querySelector("[name=amount]").select();
  });

  function leadTo(refundId) {
    location.assign(`/payments/${paymentId}?refund=${refundId}`);
  }

  part.addEventListener("click", async (event) => {
    const action = event.target.closest("[data-refund-action]")?.dataset.refundAction;
    if (!action) return;
    if (action === "print-copy") {
      if (await act(place, `${address}/receipts`, { copy: "customer", request_id: newId() }, text)) {
        place.querySelector("[data-refund-print-note]").textContent = text("payment.copy_asked");
      }
      return;
    }
    await act(place, `${address}/${action}`, {}, text);
    watch?.load();
  });

  part.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    if (form.dataset.form === "decide-refund") {
      const data = new FormData(form);
      const body = { given_back: data.get("given") === "yes", reason: oneLine(data.get("reason")) };
      if (await act(place, `${address}/resolution`, body, text)) leadTo(panel.dataset.payment);
    } else if (form.dataset.form === "give-back") await giveBack(form);
  });

  // Kept until the gateway has answered: what was not heard may be stored, so it is sent again as it was.
  let unheard = null;

  async function giveBack(form) {
    const problem = form.querySelector("[data-give-back-problem]");
    const button = form.querySelector("button[type=submit]");
    problem.hidden = true;
    const body = unheard ?? readForm(form, part.dataset, text, problem);
    if (!body) return;
    button.disabled = true;
    try {
      await ask(`/v1/payments/${paymentId}/refunds`, { method: "POST", body });
      leadTo(body.id);
    } catch (error) {
      unheard = error instanceof Unheard ? body : null;
      for (const field of form.querySelectorAll("input")) field.readOnly = unheard !== null;
      if (!(error instanceof Refused) && !unheard) throw error;
      showRefusal(problem, error, text);
    } finally {
      button.disabled = false;
    }
  }
}

function oneLine(words) {
  return String(words).replace(/\s+/g, " ").trim();
}

/** Return the request of a filled form, or null after saying what is wrong with it. */
function readForm(form, { left, currency, exponent }, text, problem) {
  const places = Number(exponent);
  const typed = form.elements.amount;
  const minor = scaled(typed.value.replace(/[\s\u00a0]/g, ""), places);
  const reason = oneLine(form.elements.reason.value);
  const say = (words, field) => {
    problem.textContent = words;
    problem.hidden = false;
    field.focus();
    return null;
  };
  if (!minor) return say(text("refund.script_needs_amount"), typed);
  if (minor > scaled(left, places)) return say(text("refund.script_too_much"), typed);
  if (reason.length < REASON_MIN) return say(text("refund.script_needs_reason"), form.elements.reason);
  return { id: newId(), amount: { amount: plain(minor, places), currency }, reason };
}
