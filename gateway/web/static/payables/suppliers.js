// Suppliers, bank details and receipts: every form is one request to the API, under an id that stays over tries.
import { ask, showRefusal, texts } from "../frame/api.js";

const text = texts();
const ids = new WeakMap();

function idOf(form) {
  if (!ids.has(form)) ids.set(form, crypto.randomUUID());
  return ids.get(form);
}

const plain = (value) => value.replace(/[\s']/g, "").replace(",", ".");

function valueOf(field) {
  const value = field.value.trim();
  if ("yesNo" in field.dataset) return field.checked;
  if ("list" in field.dataset) return value.split(";").map((part) => part.trim()).filter(Boolean);
  if ("whole" in field.dataset) return value === "" ? null : Number(value);
  if ("decimal" in field.dataset) return plain(value);
  if ("instant" in field.dataset) return value ? new Date(value).toISOString() : "";
  return value;
}

/** Put a value where its dotted name says. */
function place(body, name, value) {
  const path = name.split(".");
  const last = path.pop();
  let inside = body;
  for (const part of path) inside = inside[part] ??= {};
  inside[last] = value;
}

function bodyOf(form) {
  const body = {};
  for (const field of form.elements) if (field.name) place(body, field.name, valueOf(field));
  if (body.discount) {
    const steps = Object.values(body.discount).filter((step) => step.percent !== "");
    body.terms.discounts = steps.map((step) => ({ percent: step.percent, days: step.days ?? 0 }));
    delete body.discount;
  }
  const received = [...form.querySelectorAll("[data-receipt-line]")].filter((field) => field.value.trim());
  if (form.querySelector("[data-receipt-line]")) {
    body.lines = received.map((field) => ({
      order_id: field.dataset.order,
      line_no: Number(field.dataset.receiptLine),
      quantity: plain(field.value.trim()),
    }));
  }
  return body;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-api]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector('button[type="submit"]');
  const problem = form.querySelector("[data-problem]");
  problem.hidden = true;
  button.disabled = true;
  const id = idOf(form);
  const body = bodyOf(form);
  try {
    const without = form.dataset.method === "POST" && !Object.keys(body).length;
    await ask(form.dataset.api.replace("{id}", id), { method: form.dataset.method, body: without ? undefined : body });
    if (form.dataset.then === "reload") location.reload();
    else location.assign(form.dataset.then.replace("{id}", id));
  } catch (error) {
    // What the gateway refused was not stored: the next try may be something else.
    if (error.status) ids.delete(form);
    showRefusal(problem, error, text);
    button.disabled = false;
  }
});

document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-fours]");
  if (field) field.value = (field.value.replace(/\s/g, "").toUpperCase().match(/.{1,4}/g) ?? []).join(" ");
});

for (const field of document.querySelectorAll("[data-instant]")) {
  const now = new Date();
  field.value = new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
