// Codes of the books, accounts of employees, closing of orders: every form is one request; deliveries filled at once.
import { ask, showRefusal, texts } from "../frame/api.js";
import { readDecimal } from "./decimals.js";

const text = texts();

function valueOf(field) {
  if ("yesNo" in field.dataset) return field.checked;
  if ("whole" in field.dataset) return Number(field.value);
  if ("decimal" in field.dataset) {
    const read = readDecimal(field.value);
    field.setCustomValidity(read === null ? text("desk.script_number") : "");
    return read;
  }
  return field.value.trim();
}

function bodyOf(form) {
  const body = {};
  for (const field of form.elements) if (field.name) body[field.name] = valueOf(field);
  return form.dataset.list ? { [form.dataset.list]: [body] } : body;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-desk]");
  if (!form) return;
  event.preventDefault();
  const body = bodyOf(form);
  if (!form.reportValidity()) return;
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector('button[type="submit"]');
  const code = form.querySelector('[data-part="code"]')?.value.trim() ?? "";
  problem.hidden = true;
  button.disabled = true;
  try {
    const method = form.dataset.method;
    await ask(form.dataset.desk.replace("{code}", encodeURIComponent(code)), { method, body: method === "DELETE" ? undefined : body });
    location.reload();
  } catch (error) {
    showRefusal(problem, error, text);
    button.disabled = false;
  }
});

document.addEventListener("input", (event) => {
  if ("decimal" in event.target.dataset) event.target.setCustomValidity("");
});

document.addEventListener("click", (event) => {
  const all = event.target.closest('[data-act="all-open"]');
  if (!all) return;
  for (const field of all.form.querySelectorAll("[data-open]")) field.value = field.dataset.open === "0" ? "" : field.dataset.open;
});
