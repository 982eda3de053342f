// Coding rules and contracts: a person consents, refuses, adds or cancels.
import { ask, showRefusal, texts } from "../frame/api.js";
import { newId } from "../till/memory.js";

const text = texts();
const main = document.getElementById("coding");
const top = main.querySelector(":scope > [data-problem]");
const pending = new Map();

async function send(address, body, problem) {
  const key = `${address} ${JSON.stringify(body)}`;
  if (!pending.has(key)) pending.set(key, newId());
  try {
    await ask(address, { method: "POST", body: { id: pending.get(key), ...body } });
    location.reload();
  } catch (error) {
    showRefusal(problem, error, text);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest('[data-act="decide"]');
  if (!button) return;
  const rule = button.closest("[data-rule]").dataset.rule;
  send(`/v1/coding-rules/${encodeURIComponent(rule)}/decide`, { state: button.dataset.state }, top);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.form) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  const problem = form.querySelector("[data-problem]") ?? top;
  if (form.dataset.form === "cancel") {
    const contract = form.closest("[data-contract]").dataset.contract;
    send(`/v1/contracts/${encodeURIComponent(contract)}/cancel`, { last_on: values.last_on }, problem);
    return;
  }
  const { currency, price, cap, words, ends_on: endsOn, ...rest } = values;
  const amount = (typed) => ({ amount: typed.replace(",", "."), currency });
  const body = { ...rest, price: amount(price), words: words.split(/[\s,;]+/).filter(Boolean) };
  if (cap) body.cap = amount(cap);
  if (endsOn) body.ends_on = endsOn;
  send("/v1/contracts", body, problem);
});
