// The desk: lines left, what explains them right; every decision by a key. The page is drawn by the server; a part of it
// is fetched again after each decision, so that the next line is there without waiting for a page.
import { ask, showRefusal, texts } from "../frame/api.js";
import { follow, matchAll } from "./matching.js";
import { shown, toDecimal, toMinor } from "./minor.js";
import { chosenItems, forget, putRest, reckon, takeAway, wish } from "./reckoning.js";

const text = texts();
const desk = () => document.getElementById("desk");
const rows = () => [...desk().querySelectorAll("[data-line]")];
const panel = () => desk().querySelector("[data-shown]");
const problem = () => desk().querySelector(":scope > [data-problem]");
const chosenMatch = () => desk().querySelector("[data-match].chosen");
let asked = 0;
let busy = false;

async function fragment(address) {
  return (await ask(address, { headers: { Accept: "text/html" } })).text();
}

/** Show a line on the right; only the last one asked for is shown. */
async function showLine(row, { focus = false } = {}) {
  const turn = ++asked;
  for (const one of rows()) {
    one.classList.toggle("chosen", one === row);
    const link = one.querySelector("[data-row]");
    if (one === row) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (focus) row.querySelector("[data-row]").focus();
  try {
    const drawn = await fragment(`/bank/lines/${encodeURIComponent(row.dataset.line)}/panel`);
    if (turn !== asked) return;
    desk().querySelector("[data-panel]").innerHTML = drawn;
    history.replaceState(null, "", row.querySelector("[data-row]").getAttribute("href"));
    forget();
    reckon(text);
  } catch (error) {
    if (turn === asked) showRefusal(problem(), error, text);
  }
}

/** Draw the desk anew and go on with the line after the one that was decided. */
async function redraw(next, done = "") {
  const address = new URL(desk().dataset.address, location.href);
  if (next) address.searchParams.set("line", next);
  const page = new DOMParser().parseFromString(await fragment(address.href), "text/html");
  desk().replaceWith(page.getElementById("desk"));
  history.replaceState(null, "", address.href);
  forget();
  reckon(text);
  desk().querySelector("[data-line].chosen [data-row]")?.focus();
  const told = desk().querySelector("[data-done]");
  told.hidden = !done;
  told.querySelector("span").textContent = done;
}

function after(lineId) {
  const all = rows();
  const at = all.findIndex((one) => one.dataset.line === lineId);
  return (all[at + 1] ?? all[at - 1])?.dataset.line ?? "";
}

/** One decision at a time: a held key decides nothing twice. */
async function decide(address, body, { next, done, place, dialog } = {}) {
  if (busy) return;
  busy = true;
  try {
    await ask(address, { method: "POST", body });
    dialog?.close();
    await redraw(next ?? after(panel()?.dataset.shown ?? ""), done);
  } catch (error) {
    showRefusal(place ?? problem(), error, text);
    (place ?? problem()).scrollIntoView({ block: "nearest" });
  } finally {
    busy = false;
  }
}

function openDialog(name) {
  const dialog = document.getElementById(`${name}-dialog`);
  dialog.querySelector("[data-problem]").hidden = true;
  dialog.querySelector("form").reset();
  if (name === "split") startSplit(dialog);
  dialog.showModal();
  dialog.querySelector("input:not([type=hidden])")?.focus();
}

function startSplit(dialog) {
  const parts = dialog.querySelector("[data-parts]");
  parts.replaceChildren();
  for (let number = 0; number < 2; number += 1) addPart(dialog);
  reckonSplit(dialog);
}

function addPart(dialog) {
  dialog.querySelector("[data-parts]").append(dialog.querySelector("template").content.cloneNode(true));
}

function splitParts(dialog) {
  const exponent = Number(panel().dataset.exponent);
  return [...dialog.querySelectorAll(".split-part")].map((one) => ({ minor: toMinor(one.querySelector("[data-amount]").value, exponent), words: one.querySelector("[data-text]").value.trim() }));
}

function reckonSplit(dialog) {
  const { minor, exponent, currency } = panel().dataset;
  const parts = splitParts(dialog);
  const left = parts.reduce((rest, one) => rest - (one.minor ?? 0n), BigInt(minor));
  dialog.querySelector("[data-split-rest]").textContent = shown(left, Number(exponent), currency);
  dialog.querySelector('[type="submit"]').disabled = left !== 0n || parts.some((one) => !one.minor);
}

function splitBody(dialog) {
  const { version, exponent, currency } = panel().dataset;
  const parts = splitParts(dialog).map((one) => ({ amount: { amount: toDecimal(one.minor, Number(exponent)), currency }, text: one.words }));
  return { version: Number(version), parts };
}

async function whyNot(button) {
  const row = button.closest("[data-item]");
  const place = row.querySelector("[data-why]");
  if (!place.hidden) {
    place.hidden = true;
    return;
  }
  try {
    place.innerHTML = await fragment(`/bank/lines/${panel().dataset.shown}/why-not/${row.dataset.item}`);
    place.hidden = false;
  } catch (error) {
    showRefusal(place, error, text);
  }
}

async function find(form) {
  const kept = chosenItems().map((one) => one.id);
  const place = desk().querySelector("[data-candidates]");
  const keep = [...place.querySelectorAll("[data-item]")].filter((one) => kept.includes(one.dataset.item));
  try {
    const words = encodeURIComponent(form.elements.q.value.trim());
    place.innerHTML = await fragment(`/bank/lines/${panel().dataset.shown}/candidates?q=${words}`);
    // What was chosen before the search stays chosen and in sight.
    const list = place.querySelector(".candidates");
    for (const one of keep) place.querySelector(`[data-item="${one.dataset.item}"]`)?.remove();
    if (list) list.prepend(...keep);
    else place.prepend(...keep);
    reckon(text);
  } catch (error) {
    showRefusal(problem(), error, text);
  }
}

/** Show how far matching is; without an answer, that it is over. */
function tellProgress(at) {
  const bar = desk().querySelector("[data-running]");
  bar.hidden = !at;
  if (at?.lines) Object.assign(bar, { value: at.done, max: at.lines });
  else bar.removeAttribute("value");
}

/** Match everything again; a long run shows how far it is. */
async function run() {
  if (busy) return;
  busy = true;
  tellProgress({});
  try {
    const found = await matchAll(tellProgress);
    await redraw(panel()?.dataset.shown ?? "", text(found.more ? "lines.script_ran_more" : "lines.script_ran"));
  } catch (error) {
    showRefusal(problem(), error, text);
  } finally {
    tellProgress(null);
    busy = false;
  }
}

/** Show the run that was under way when the page came. Nobody is disturbed: who decides or types sees its end later. */
async function watch(id) {
  tellProgress({});
  try {
    const found = await follow(id, tellProgress);
    const works = busy || document.activeElement?.matches("input, textarea, select");
    if (!works) await redraw(panel()?.dataset.shown ?? "", text(found.more ? "lines.script_ran_more" : "lines.script_ran"));
  } catch (error) {
    showRefusal(problem(), error, text);
  } finally {
    tellProgress(null);
  }
}

const acts = {
  run,
  accept: () => {
    const one = chosenMatch();
    if (one) decide(`/v1/bank/matches/${one.dataset.match}/accept`, { version: Number(one.dataset.version) }, { done: text("lines.script_accepted") });
  },
  reject: () => chosenMatch() && openDialog("reject"),
  undo: () => openDialog("undo"),
  split: () => openDialog("split"),
  "write-off": () => openDialog("write-off"),
  "by-hand": () => desk().querySelector('[data-form="find"] input')?.focus(),
  "why-not": whyNot,
  "put-rest": (button) => putRest(button.form, text),
  "take-away": (button) => takeAway(Number(button.dataset.at), text),
  "more-parts": (button) => addPart(button.closest("dialog")),
};

const forms = {
  find,
  "by-hand": (form) => decide("/v1/bank/matches", wish(form.elements.note.value.trim()), { place: form.querySelector("[data-problem]"), done: text("lines.script_matched") }),
  reject: (form, options, body) => {
    const one = chosenMatch();
    return decide(`/v1/bank/matches/${one.dataset.match}/reject`, { version: Number(one.dataset.version), ...body }, { ...options, next: panel().dataset.shown, done: text("lines.script_rejected") });
  },
  undo: (form, options, body) => decide(lineAddress("undo"), { version: Number(panel().dataset.version), ...body }, { ...options, next: panel().dataset.shown, done: text("lines.script_undone") }),
  split: (form, options) => decide(lineAddress("split"), splitBody(options.dialog), { ...options, done: text("lines.script_split") }),
  "write-off": (form, options, body) => {
    const { rule_id: rule, ...rest } = body;
    return decide(lineAddress("write-off"), { version: Number(panel().dataset.version), ...rest, rule_id: rule || null }, { ...options, done: text("lines.script_written_off") });
  },
};

function lineAddress(act) {
  return `/v1/bank/lines/${panel().dataset.shown}/${act}`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button && button.dataset.act in acts) {
    acts[button.dataset.act](button);
    return;
  }
  const link = event.target.closest("[data-lines] [data-row]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  showLine(link.closest("[data-line]"));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form.dataset.form in forms)) return;
  event.preventDefault();
  const dialog = form.closest("dialog");
  const body = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
  forms[form.dataset.form](form, { dialog, place: form.querySelector("[data-problem]") }, body);
});

document.addEventListener("input", (event) => {
  const dialog = event.target.closest("#split-dialog");
  if (dialog) reckonSplit(dialog);
  else if (event.target.matches("[data-take]")) reckon(text);
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches('input[name="suggestion"]')) choose(field);
  if (field.matches("[data-pick]")) reckon(text);
  if (field.matches("[data-choose-item]")) {
    field.closest("[data-item]").querySelector("[data-part]").hidden = !field.checked;
    reckon(text);
  }
  if (field.matches('select[name="rest"]')) field.form.querySelector("[data-coded]").hidden = field.value !== "coded";
  if (field.matches("[data-rule]")) {
    const rule = field.selectedOptions[0].dataset;
    field.form.elements.account_code.value = rule.account ?? "";
  }
});

function choose(radio) {
  radio.checked = true;
  for (const one of desk().querySelectorAll("[data-match]")) one.classList.toggle("chosen", one.contains(radio));
  radio.closest("[data-match]").scrollIntoView({ block: "nearest" });
}

function walk(step) {
  const all = rows();
  const at = all.findIndex((one) => one.classList.contains("chosen"));
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
  if (next) showLine(next, { focus: true });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const field = event.target.closest("input, textarea, select");
  if (field && !field.matches("[type=checkbox], [type=radio]")) return;
  const inList = event.target.closest("[data-lines]") || !event.target.closest("[data-panel]");
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && inList && !field) {
    event.preventDefault();
    walk(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && event.target.matches("[data-row]")) {
    // Enter on the line that is shown accepts what explains it; the link itself leads nowhere else.
    event.preventDefault();
    if (!event.repeat) acts.accept();
  } else if (event.key === " " && event.target.matches("[data-row]")) {
    const box = event.target.closest("[data-line]").querySelector("[data-pick]");
    event.preventDefault();
    box?.click();
  } else if (/^[1-9]$/.test(event.key)) {
    const radio = desk().querySelector(`[data-number="${event.key}"]`);
    if (radio) choose(radio);
  }
});

if (panel()) reckon(text);
if (desk().dataset.run) watch(desk().dataset.run);
