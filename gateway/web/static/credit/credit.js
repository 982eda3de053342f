// Vouchers, transfers, customers and links: every form is one request to the API; a code is shown once and printed from here.
import { ask, showRefusal, texts } from "../frame/api.js";
import { plain, scaled } from "../till/money.js";

const root = document.getElementById("credit");
const text = texts();
/** The id of a thing about to be made stays the same over tries, so that a lost answer makes nothing twice. */
const ids = new WeakMap();

function idOf(form) {
  if (!ids.has(form)) ids.set(form, crypto.randomUUID());
  return ids.get(form);
}

/** Read a form into the body of a request; null when an amount cannot be read. */
function bodyOf(form) {
  const body = "newId" in form.dataset ? { id: idOf(form) } : {};
  for (const field of form.elements) {
    if (!field.name) continue;
    const value = field.value.trim();
    if ("yesNo" in field.dataset) body[field.name] = field.checked;
    else if (!value) continue;
    else if (field.dataset.money) {
      const exponent = Number(field.dataset.exponent);
      const minor = scaled(value, exponent);
      if (minor === null) {
        field.setCustomValidity(text("credit.script_amount"));
        field.reportValidity();
        return null;
      }
      body[field.name] = { amount: plain(minor, exponent), currency: field.dataset.money };
    } else body[field.name] = "decimal" in field.dataset ? value.replace(",", ".") : value;
  }
  return body;
}

function showCode(code) {
  const place = root.querySelector("[data-told]");
  const value = place.querySelector("[data-told-code]");
  value.textContent = code;
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
  value.focus();
}

/** A payer's code was typed: what it is for, and the button that begins the card payment. */
function showFound(link) {
  const form = root.querySelector("[data-found]");
  form.dataset.api = `/v1/pay-links/${link.id}/payments`;
  ids.delete(form);
  form.querySelector("[data-found-amount]").textContent = `${link.amount.currency} ${link.amount.amount.replace(".", text("format.decimal"))}`;
  form.querySelector("[data-found-reference]").textContent = link.reference;
  form.hidden = false;
  form.querySelector('button[type="submit"]').focus();
}

function done(form, answer) {
  if (form.dataset.then === "code" && answer.code) {
    ids.delete(form);
    form.reset();
    showCode(answer.code);
  } else if (form.dataset.then === "link") location.assign(`/pay-links?link=${answer.id}`);
  else if (form.dataset.then === "found") showFound(answer);
  else if (form.dataset.then === "payment") location.assign(`/payments/${answer.id}`);
  else location.reload();
}

root.addEventListener("input", (event) => event.target.setCustomValidity?.(""));

root.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.api) return;
  event.preventDefault();
  const body = bodyOf(form);
  if (body === null) return;
  const problem = root.querySelector("[data-problem]");
  const button = form.querySelector('button[type="submit"]');
  problem.hidden = true;
  button.disabled = true;
  try {
    const empty = Object.keys(body).length === 0;
    const response = await ask(form.dataset.api, { method: form.dataset.method ?? "POST", body: empty ? undefined : body });
    done(form, await response.json());
  } catch (error) {
    // A refusal stored nothing: what is sent next is something new.
    if (error.status) ids.delete(form);
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
  } finally {
    button.disabled = false;
  }
});

root.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
