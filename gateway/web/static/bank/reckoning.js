// Several lines on several open items: what was chosen, what is put down by name, and what is left.
import { shown, toDecimal, toMinor } from "./minor.js";

const desk = () => document.getElementById("desk");
let adjustments = [];

export function forget() {
  adjustments = [];
}

/** The lines that were picked, or the one that is shown. */
export function pickedLines() {
  const picked = [...desk().querySelectorAll("[data-pick]:checked")].map((one) => one.closest("[data-line]"));
  if (picked.length) return picked.map((one) => ({ id: one.dataset.line, version: Number(one.dataset.version), minor: BigInt(one.dataset.minor) }));
  const panel = desk().querySelector("[data-shown]");
  return panel ? [{ id: panel.dataset.shown, version: Number(panel.dataset.version), minor: BigInt(panel.dataset.minor) }] : [];
}

/** The chosen items with what is taken of each; `minor` is null where what was typed is no amount. */
export function chosenItems() {
  return [...desk().querySelectorAll("[data-choose-item]:checked")].map((box) => {
    const row = box.closest("[data-item]");
    const exponent = Number(row.dataset.exponent);
    return { id: row.dataset.item, currency: row.dataset.currency, exponent, minor: toMinor(row.querySelector("[data-take]").value, exponent) };
  });
}

function sums() {
  const lines = pickedLines();
  const items = chosenItems();
  const panel = desk().querySelector("[data-shown]");
  const own = panel.dataset.currency;
  const ofLines = lines.reduce((sum, one) => sum + one.minor, 0n);
  // An item of another currency is weighed by the rate: only a difference put down by name can close it.
  const ofItems = items.filter((one) => one.currency === own).reduce((sum, one) => sum + (one.minor ?? 0n), 0n);
  const named = adjustments.reduce((sum, one) => sum + one.minor, 0n);
  return { lines, items, ofLines, ofItems, left: ofLines - ofItems - named, currency: own, exponent: Number(panel.dataset.exponent) };
}

/** Show the sums; the button is there to be pressed when nothing is left. */
export function reckon(text) {
  const form = desk().querySelector('[data-form="by-hand"]');
  if (!form) return;
  const now = sums();
  const put = (part, words) => { form.querySelector(part).textContent = words; };
  put("[data-sum-lines]", shown(now.ofLines, now.exponent, now.currency));
  put("[data-sum-items]", shown(now.ofItems, now.exponent, now.currency));
  put("[data-count-lines]", text("lines.script_lines", { n: now.lines.length }));
  put("[data-count-items]", text("lines.script_items", { n: now.items.length }));
  put("[data-difference]", shown(now.left, now.exponent, now.currency));
  form.querySelector("[data-difference]").classList.toggle("closed", now.left === 0n && now.items.length > 0);
  form.querySelector("[data-match-by-hand]").disabled = now.left !== 0n || !now.items.length || now.items.some((one) => one.minor === null);
  form.querySelector('[data-act="put-rest"]').disabled = now.left === 0n;
  form.querySelector("[data-adjustments]").replaceChildren(...adjustments.map((one, at) => row(one, at, now, text)));
}

function row(one, at, now, text) {
  const line = document.createElement("tr");
  const what = document.createElement("td");
  const amount = document.createElement("td");
  const away = document.createElement("button");
  away.type = "button";
  away.className = "plain quiet-button";
  away.dataset.act = "take-away";
  away.dataset.at = at;
  away.textContent = text("lines.script_take_away");
  what.append(`${text(`lines.adjust_${one.name}`)}${one.account ? ` ${one.account}` : ""} `, away);
  amount.className = "number";
  amount.textContent = shown(one.minor, now.exponent, now.currency);
  line.append(what, amount);
  return line;
}

/** Put what is left down by its name. */
export function putRest(form, text) {
  const now = sums();
  const name = form.elements.rest.value;
  const account = name === "coded" ? form.elements.account_code.value.trim() : "";
  if (now.left === 0n) return;
  if (name === "coded" && !account) {
    form.elements.account_code.focus();
    return;
  }
  adjustments.push({ name, minor: now.left, account });
  reckon(text);
}

export function takeAway(at, text) {
  adjustments.splice(at, 1);
  reckon(text);
}

/** What the API is asked for. */
export function wish(note) {
  const now = sums();
  return {
    lines: now.lines.map(({ id, version }) => ({ id, version })),
    allocations: now.items.map((one) => ({ item_id: one.id, amount: { amount: toDecimal(one.minor, one.exponent), currency: one.currency } })),
    adjustments: adjustments.map((one) => ({ name: one.name, account_code: one.account, amount: { amount: toDecimal(one.minor, now.exponent), currency: now.currency } })),
    note,
  };
}
