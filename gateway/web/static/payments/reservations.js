// Reservations: have an amount held, follow it, charge it, let it go.
import { Refused, Unheard, ask, showRefusal, texts } from "../frame/api.js";
import { act, showOutcome } from "../frame/outcome.js";
import { newId } from "../till/memory.js";
import { plain, scaled } from "../till/money.js";

const LOOK_EVERY_MS = 1000;
const text = texts();

const reserve = document.querySelector('[data-form="reserve"]');
if (reserve) takeNew(reserve);
const root = document.querySelector("[data-reservation]");
if (root) takeOne(root);

/** Send a body once; what was not heard is sent again as it was, so that nothing is held twice. */
function sender(form, problem, done) {
  let unheard = null;
  return async (address, make) => {
    const button = form.querySelector("button[type=submit]");
    problem.hidden = true;
    const body = unheard ?? make();
    if (!body) return;
    button.disabled = true;
    try {
      await ask(address, { method: "POST", body });
      done(body);
    } catch (error) {
      unheard = error instanceof Unheard ? body : null;
      if (!(error instanceof Refused) && !unheard) throw error;
      showRefusal(problem, error, text);
    } finally {
      button.disabled = false;
    }
  };
}

function takeNew(form) {
  const problem = form.querySelector("[data-problem]");
  const send = sender(form, problem, (body) => location.assign(`/reservations/${body.id}`));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await send("/v1/reservations", () => {
      const amount = typed(form, form.dataset, problem);
      if (!amount) return null;
      const body = { id: newId(), amount, register_id: form.elements.register.value };
      const reference = form.elements.reference.value.trim();
      return reference ? { ...body, reference } : body;
    });
  });
}

/** Read the amount of a form; null after saying what is wrong with it. */
function typed(form, { currency, exponent }, problem) {
  const field = form.elements.amount;
  const minor = scaled(field.value.replace(/[\s\u00a0]/g, ""), Number(exponent));
  if (minor) return { amount: plain(minor, Number(exponent)), currency };
  problem.textContent = text("hold.script_needs_amount");
  problem.hidden = false;
  field.focus();
  return null;
}

function takeOne(page) {
  const place = page.querySelector("[data-outcome]");
  const announce = page.querySelector("[data-announce]");
  const id = page.dataset.reservation;
  const address = `/v1/reservations/${id}`;
  const firstState = place.querySelector(".outcome").dataset.state;

  async function look() {
    const shown = place.querySelector(".outcome");
    if (!shown.dataset.running) return;
    try {
      const response = await ask(`/reservations/${id}/outcome?seen=${shown.dataset.mark}`);
      if (response.status !== 204) {
        const part = document.createRange().createContextualFragment(await response.text());
        const element = part.querySelector(".outcome");
        // The rest of the page belongs to the state: drawn anew when it changed.
        if (element.dataset.state !== firstState) return location.reload();
        showOutcome(place, element, announce, { focus: false });
      }
    } catch (error) {
      if (error instanceof Refused) return showRefusal(place.querySelector("[data-action-problem]"), error, text);
    }
    setTimeout(look, LOOK_EVERY_MS);
  }

  look();

  page.addEventListener("click", async (event) => {
    const action = event.target.closest("[data-hold-action]")?.dataset.holdAction;
    if (!action) return;
    const body = action === "release" ? { request_id: newId() } : {};
    if (await act(place, `${address}/${action}`, body, text)) location.reload();
  });

  page.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const problem = place.querySelector("[data-action-problem]");
    const data = new FormData(form);
    const reason = String(data.get("reason") ?? "").replace(/\s+/g, " ").trim();
    if (form.dataset.form === "complete") {
      form.send ??= sender(form, problem, () => location.reload());
      await form.send(`${address}/complete`, () => {
        const amount = typed(form, page.dataset, problem);
        return amount && { id: newId(), amount };
      });
    } else if (form.dataset.form === "decide-hold") {
      if (await act(place, `${address}/resolution`, { done: data.get("done") === "yes", reason }, text)) location.reload();
    } else if (form.dataset.form === "write-off") {
      if (await act(place, `${address}/write-off`, { reason }, text)) location.reload();
    }
  });
}
