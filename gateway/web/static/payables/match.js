// Match side by side: from line to line by keyboard, pair, code, accept with a reason.
import { ask, showRefusal, texts } from "../frame/api.js";
import { newId } from "../till/memory.js";

const text = texts();
const main = document.getElementById("match");
const address = `/v1/payables/${encodeURIComponent(main.dataset.payable)}/match`;
let line = null;

/** The same words again are the same decision: its id stays until it was answered. */
const pending = new Map();

async function decide(path, body, problem) {
  const key = `${path} ${JSON.stringify(body)}`;
  if (!pending.has(key)) pending.set(key, newId());
  try {
    await ask(address + path, { method: "POST", body: { id: pending.get(key), ...body } });
    location.reload();
  } catch (error) {
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
  }
}

function lines() {
  return [...main.querySelectorAll("[data-line]")];
}

function chosenLine(from) {
  return from?.closest?.("[data-line]") ?? lines().find((one) => one.querySelector("[data-act]"));
}

function openDialog(name, from) {
  line = chosenLine(from);
  const dialog = document.getElementById(`${name}-dialog`);
  if (!line || !dialog || !line.querySelector(`[data-act="${name}"]`)) return;
  dialog.querySelector("[data-problem]").hidden = true;
  dialog.showModal();
  dialog.querySelector("select, input")?.focus();
}

function pairWith(value, problem) {
  const [order, number] = value.split(" ");
  return decide(`/lines/${line.dataset.line}/pair`, { order_id: order, order_line_no: Number(number) }, problem);
}

function codeAs(account, centre, tax, problem) {
  const coding = { line_no: Number(line.dataset.line), account_code: account, cost_centre: centre, tax_code: tax };
  return decide("/code", { lines: [coding] }, problem);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button || !main.contains(button)) return;
  const problem = main.querySelector(":scope > [data-problem]");
  const act = button.dataset.act;
  if (act === "pair" || act === "code") openDialog(act, button);
  line = chosenLine(button);
  if (act === "pair-with") pairWith(button.dataset.order, problem);
  if (act === "suggest") codeAs(button.dataset.account, button.dataset.centre, button.dataset.tax, problem);
  if (act === "undo") decide(`/lines/${line.dataset.line}/undo`, {}, problem);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const name = form.dataset.form;
  if (!name) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  const problem = form.querySelector("[data-problem]") ?? main.querySelector(":scope > [data-problem]");
  if (name === "pair") pairWith(values.order, problem);
  if (name === "code") codeAs(values.account_code, values.cost_centre, values.tax_code, problem);
  if (name === "accept") {
    const keys = [...main.querySelectorAll("[data-accept]:checked")].map((one) => one.value);
    if (keys.length) decide("/accept", { keys, reason: values.reason }, problem);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select")) return;
  const all = lines();
  const at = all.indexOf(chosenLine(document.activeElement));
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves && all.length) {
    const here = document.activeElement?.closest?.("[data-line]") ? at + moves[event.key] : 0;
    all[Math.max(0, Math.min(all.length - 1, here))].focus();
    event.preventDefault();
  }
  if (event.key === "p") openDialog("pair", document.activeElement);
  if (event.key === "c") openDialog("code", document.activeElement);
});
