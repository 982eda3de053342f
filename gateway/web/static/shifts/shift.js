// The shift screens: counting with a running sum, the steps of a shift, prints. The server shows how it stands afterwards.
import { ask, Refused, showRefusal, texts } from "../frame/api.js";
import { newId } from "../till/memory.js";
import { figure, plain, scaled } from "../till/money.js";

const root = document.getElementById("shift");
const text = texts();
const exponent = Number(root.dataset.exponent);
const currency = root.dataset.currency;

/** What one form sends besides its id; null when something is not filled in as it has to be. */
const bodies = {
  open: (form) => withCount(form, "float", { register_id: form.dataset.register }),
  movement: (form) => withAmount(form, "amount", { kind: form.dataset.kind, reason: value(form, "reason") }),
  handover: (form) => withCount(form, "counted", { to: value(form, "to") }, { optional: true }),
  count: (form) => withCount(form, "counted", {}),
  recount: (form) => withCount(form, "counted", { reason: value(form, "reason") }),
  resume: () => ({}),
  closing: (form) => withAmount(form, "left", {}),
  review: (form) => ({ reason: value(form, "reason") }),
  settle: (form) => ({ reason: value(form, "reason") }),
};

function value(form, name) {
  return String(new FormData(form).get(name) ?? "").trim();
}

function money(minor) {
  return { amount: plain(minor, exponent), currency };
}

function complain(form, message) {
  const place = form.querySelector("[data-problem]");
  showRefusal(place, new Refused(422, { code: "", detail: message, hint: "" }), text);
  place.scrollIntoView({ block: "nearest" });
  return null;
}

function withAmount(form, name, rest) {
  const input = form.elements.namedItem("amount");
  const minor = scaled(input.value, exponent);
  if (minor === null) {
    input.focus();
    return complain(form, text("shift.amount_unreadable"));
  }
  return { ...rest, [name]: money(minor) };
}

/** The count of a form: pieces when any are named, else the sum. */
function withCount(form, name, rest, { optional = false } = {}) {
  const count = readCount(form.querySelector("[data-count]"));
  if (count === null) return complain(form, text("shift.count_unreadable"));
  if (count.pieces.length && count.sum !== null) return complain(form, text("shift.count_both"));
  const all = count.foreign.length ? { ...rest, foreign: count.foreign } : rest;
  if (count.pieces.length) return { ...all, pieces: count.pieces };
  if (count.sum !== null) return { ...all, [name]: money(count.sum) };
  return optional ? rest : complain(form, text("shift.count_missing"));
}

/** Read what is typed: `{pieces, sum, foreign, total}` in minor units, or null when a field cannot be read. */
function readCount(place) {
  const pieces = [];
  let total = 0;
  for (const input of place.querySelectorAll("[data-piece]")) {
    const typed = input.value.trim();
    if (!typed) continue;
    if (!/^\d{1,6}$/.test(typed)) return null;
    pieces.push({ value: input.dataset.piece, number: Number(typed) });
    total += Number(typed) * Number(input.dataset.minor);
  }
  const typedSum = place.querySelector('[name="sum"]').value.trim();
  const sum = typedSum ? scaled(typedSum, exponent) : null;
  if (typedSum && sum === null) return null;
  const foreign = [];
  for (const input of place.querySelectorAll("[data-foreign]")) {
    if (!input.value.trim()) continue;
    const minor = scaled(input.value.trim(), Number(input.dataset.exponent));
    if (minor === null) return null;
    foreign.push({ amount: plain(minor, Number(input.dataset.exponent)), currency: input.dataset.foreign });
  }
  return { pieces, sum, foreign, total: pieces.length ? total : (sum ?? 0) };
}

function showTotal(place) {
  for (const input of place.querySelectorAll("[data-piece]")) {
    const number = /^\d{1,6}$/.test(input.value.trim()) ? Number(input.value.trim()) : 0;
    input.parentElement.querySelector("[data-line]").textContent = number ? figure(number * Number(input.dataset.minor), exponent, text) : "";
  }
  const count = readCount(place);
  place.querySelector("[data-total]").textContent = count === null ? "–" : `${currency} ${figure(count.total, exponent, text)}`;
}

/** Enter and the arrows go to the next piece, as fingers at a number pad expect; the last one leads to the button. */
function walk(event) {
  const input = event.target.closest("[data-piece]");
  if (!input || !["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return;
  const form = input.closest("form");
  const stops = [...form.querySelectorAll("[data-piece]"), form.querySelector('button[type="submit"]')];
  const next = stops[stops.indexOf(input) + (event.key === "ArrowUp" ? -1 : 1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.select?.();
}

async function send(form) {
  const body = bodies[form.dataset.step](form);
  if (body === null) return;
  const button = form.querySelector('button[type="submit"]');
  // A repeated press after a lost answer is the same step: its id stays until the gateway has answered.
  form.dataset.id ||= newId();
  if (form.dataset.step !== "settle") body.id = form.dataset.id;
  button.disabled = true;
  try {
    await ask(form.dataset.address, { method: "POST", body });
    location.reload();
  } catch (error) {
    if (error instanceof Refused) delete form.dataset.id;
    showRefusal(form.querySelector("[data-problem]"), error, text);
    button.disabled = false;
  }
}

async function print(button) {
  const problem = document.querySelector('[data-problem="print"]');
  const done = document.querySelector("[data-printed]");
  problem.hidden = true;
  done.hidden = true;
  button.dataset.id ||= newId();
  button.disabled = true;
  try {
    await ask(button.dataset.print, { method: "POST", body: { request_id: button.dataset.id, report: button.dataset.report } });
    delete button.dataset.id;
    done.hidden = false;
  } catch (error) {
    showRefusal(problem, error, text);
  }
  button.disabled = false;
}

root.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target);
});
root.addEventListener("input", (event) => {
  // What was wrong is being put right.
  const problem = event.target.closest("form")?.querySelector("[data-problem]");
  if (problem) problem.hidden = true;
  const place = event.target.closest("[data-count]");
  if (place) showTotal(place);
});
root.addEventListener("keydown", walk);
root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print]");
  if (button) print(button);
});
for (const details of root.querySelectorAll("details.act")) {
  details.addEventListener("toggle", () => {
    if (details.open) details.querySelector("input, button")?.focus();
  });
}
for (const place of root.querySelectorAll("[data-count]")) showTotal(place);
// After a count the difference is what everybody waits for.
document.querySelector("[data-result] h2")?.focus();
