// An order by hand: lines are added and taken away here; the gateway computes the amounts and says what is wrong.
import { ask, Refused, showRefusal, texts } from "../frame/api.js";
import { newId } from "../till/memory.js";
import { readDecimal } from "./decimals.js";

const text = texts();
const form = document.getElementById("order-form");
const lines = form?.querySelector("[data-lines]");
// A new order keeps its id over tries: what was stored by a try nobody heard of is found, not made twice.
let orderId = form?.dataset.order || newId();

function rows() {
  return [...lines.querySelectorAll(".order-line")];
}

function numberOf(field) {
  const read = readDecimal(field.value);
  field.setCustomValidity(read === null ? text("desk.script_number") : "");
  return read;
}

function lineOf(row, number) {
  const body = { line_no: number };
  for (const field of row.querySelectorAll("[data-field]")) body[field.dataset.field] = field.value.trim();
  for (const field of row.querySelectorAll("[data-number]")) body[field.dataset.number] = numberOf(field);
  for (const [name, kept] of [["over_percent", row.dataset.over], ["under_percent", row.dataset.under]]) if (kept) body[name] = kept;
  const was = (row.dataset.was ?? "").split("|").map(Number);
  const now = [body.quantity, body.price, body.price_per].map(Number);
  // An amount that was agreed otherwise than quantity times price stays while neither changes.
  if (row.dataset.amount && was.every((value, place) => value === now[place])) {
    body.amount = { amount: row.dataset.amount, currency: form.elements.currency.value };
  }
  return body;
}

function bodyOf() {
  let last = Math.max(0, ...rows().map((row) => Number(row.dataset.line)));
  const made = rows().map((row) => {
    if (!row.dataset.line) row.dataset.line = String((last += 1));
    return lineOf(row, Number(row.dataset.line));
  });
  const { number, ordered_on: orderedOn, currency } = form.elements;
  const body = { number: number.value.trim(), supplier_id: form.dataset.supplier, ordered_on: orderedOn.value, currency: currency.value, lines: made };
  const freight = numberOf(form.elements.freight);
  if (freight) body.freight = { amount: freight, currency: currency.value };
  if ("closed" in form.dataset) body.closed = true;
  if (form.dataset.version) body.version = Number(form.dataset.version);
  return body;
}

function showButtons() {
  const buttons = lines.querySelectorAll('[data-act="remove"]');
  for (const button of buttons) button.hidden = rows().length < 2;
}

form?.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act === "add") {
    lines.append(form.querySelector("[data-line-template]").content.cloneNode(true));
    rows().at(-1).querySelector("input").focus();
  }
  if (act === "remove") event.target.closest(".order-line").remove();
  if (act) showButtons();
});

form?.addEventListener("input", (event) => {
  if (event.target.dataset.number) event.target.setCustomValidity("");
});

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = bodyOf();
  if (!form.reportValidity()) return;
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector('button[type="submit"]');
  problem.hidden = true;
  button.disabled = true;
  try {
    await ask(`/v1/purchase-orders/${orderId}`, { method: "PUT", body });
    location.assign(`/purchase-orders/${orderId}`);
  } catch (error) {
    if (error instanceof Refused && !form.dataset.order) orderId = newId();
    showRefusal(problem, error, text);
    button.disabled = false;
  }
});

if (form) showButtons();
