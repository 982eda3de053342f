// Statements come in: dropped or chosen, looked at first, then taken whole or left. Nothing is stored by looking.
import { ask, showRefusal, texts } from "../frame/api.js";
import { matchAll } from "./matching.js";

const text = texts();
const root = document.getElementById("statements");
const chooser = root.querySelector("[data-files]");
const over = document.querySelector("[data-drop-over]");
const NAME_MAX = 100;
const FIELDS = ["booked", "value", "amount", "debit", "credit", "balance", "currency", "name", "text", "counterparty_account", "reference", "end_to_end"];

/** Send a file as it is; XMLHttpRequest because it tells how much has arrived. */
function send(address, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-CSRF-Token", document.querySelector('meta[name="csrf-token"]')?.content ?? "");
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded, event.total));
    request.addEventListener("error", () => reject(new Error(text("till.offline"))));
    request.addEventListener("load", () => {
      let told = {};
      try { told = JSON.parse(request.responseText); } catch { /* a proxy answered, not the gateway */ }
      if (request.status >= 200 && request.status < 300) return resolve(told);
      const error = new Error(told.detail || `HTTP ${request.status}`);
      error.code = told.code || "";
      error.hint = told.hint || "";
      return reject(error);
    });
    request.send(file);
  });
}

function element(name, words = "", className = "") {
  const made = document.createElement(name);
  made.textContent = words;
  if (className) made.className = className;
  return made;
}

function figure(amount) {
  if (!amount) return "–";
  const [whole, fraction] = amount.amount.replace("-", "").split(".");
  const language = document.documentElement.lang;
  const mark = new Intl.NumberFormat(language).formatToParts(1.5).find((part) => part.type === "decimal").value;
  const grouped = new Intl.NumberFormat(language).format(BigInt(whole));
  return `${amount.currency}\u00a0${amount.amount.startsWith("-") ? "\u2212" : ""}${grouped}${fraction ? mark + fraction : ""}`;
}

/** One statement of the file: balances, what is new, what was seen before and where, and what does not fit. */
function statementPart(one) {
  const part = element("div", "", "stack");
  part.dataset.state = one.held ? "held" : "fits";
  part.append(element("h3", `${one.account || text("lines.nobody")} ${one.first_day ?? ""}${one.last_day && one.last_day !== one.first_day ? ` – ${one.last_day}` : ""}`));
  part.append(element("p", text("lines.script_balances", { opening: figure(one.opening), closing: figure(one.closing) })));
  part.append(element("p", text("lines.script_counts", { fresh: one.new_lines, known: one.known_lines })));
  if (one.held) part.append(notice("stop", one.difference && !/^-?0+([.]0+)?$/.test(one.difference.amount) ? text("lines.script_held", { amount: figure(one.difference) }) : text("lines.held_doubt")));
  if (one.known.length) part.append(list("lines.script_known", one.known.map((seen) => text("lines.script_seen", { position: seen.position, first: seen.first }))));
  if (one.defects.length) part.append(list("lines.script_defects", one.defects.map((defect) => `${text(`lines_defect.${defect.code}`).startsWith("lines_defect.") ? defect.text : text(`lines_defect.${defect.code}`)} ${defect.position}`)));
  return part;
}

function notice(tone, words) {
  const made = element("div", "", `notice ${tone}`);
  made.append(element("strong", words));
  return made;
}

function list(key, all) {
  const made = element("details");
  const items = element("ul", "", "small");
  made.append(element("summary", text(key, { n: all.length })), items);
  items.append(...all.map((words) => element("li", words)));
  return made;
}

/** What the assistant for tables has to be told: which column holds what. The answers go with the file. */
function csvQuestions(place, csv) {
  place.replaceChildren();
  if (!csv) return;
  const form = element("form", "", "grid-form");
  const grid = element("div", "", "csv-columns");
  form.append(element("h3", text("lines.script_csv")), ...csv.questions.map((question) => notice("wait", question)), grid);
  for (const column of csv.columns) {
    const label = element("label", column.name);
    const input = Object.assign(element("select"), { name: column.name });
    for (const field of ["", ...FIELDS]) input.append(Object.assign(element("option", text(`lines.csv_${field || "nothing"}`)), { value: field, selected: field === column.taken_for }));
    label.append(element("span", ` ${column.samples.slice(0, 2).join(" · ")}`, "quiet small"), input);
    grid.append(label);
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  place.append(form);
}

function answersOf(card) {
  const chosen = [...card.querySelectorAll("[data-csv] select")].filter((one) => one.value);
  return chosen.map((one) => `&column_${one.value}=${encodeURIComponent(one.name)}`).join("");
}

async function look(file, card = null) {
  const made = card ?? document.querySelector("template[data-preview]").content.firstElementChild.cloneNode(true);
  const answers = card ? answersOf(card) : "";
  const part = (name) => made.querySelector(`[data-${name}]`);
  if (!card) {
    part("name").textContent = file.name;
    root.querySelector("[data-previews]").append(made);
    made.addEventListener("click", (event) => act(event, made, file));
    made.addEventListener("change", () => look(file, made));
  }
  part("problem").hidden = true;
  part("progress").hidden = false;
  part("words").textContent = text("lines.reading");
  try {
    const told = await send(`/v1/bank/statements/preview?name=${encodeURIComponent(file.name.slice(-NAME_MAX))}${answers}`, file, (done, whole) => Object.assign(part("progress"), { value: done, max: whole }));
    part("statements").replaceChildren(...told.statements.map(statementPart));
    if (!card) csvQuestions(part("csv"), told.csv);
    part("words").textContent = told.repeated ? text("lines.script_same_file") : text("lines.script_found", { n: told.statements.length });
    part("acts").hidden = false;
    part("acts").querySelector('[data-act="take"]').disabled = told.repeated || !told.statements.length;
    if (!card) part("acts").querySelector('[data-act="take"]').focus();
  } catch (error) {
    part("words").textContent = "";
    showRefusal(part("problem"), error, text);
    part("acts").hidden = false;
    part("acts").querySelector('[data-act="take"]').disabled = true;
  } finally {
    part("progress").hidden = true;
  }
}

async function act(event, card, file) {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  if (button.dataset.act === "leave") {
    card.remove();
    return;
  }
  const part = (name) => card.querySelector(`[data-${name}]`);
  button.disabled = true;
  part("progress").hidden = false;
  part("words").textContent = text("lines.script_taking");
  try {
    const told = await send(`/v1/bank/statements?name=${encodeURIComponent(file.name.slice(-NAME_MAX))}${answersOf(card)}`, file, (done, whole) => Object.assign(part("progress"), { value: done, max: whole }));
    const only = root.querySelectorAll("[data-previews] .file-preview").length === 1;
    part("words").textContent = text("lines.script_taken", { n: told.new_lines });
    part("acts").hidden = true;
    await match(part("words"), part("progress"), told.new_lines);
    if (only) location.assign(told.statements.length === 1 ? `/bank/statements/${told.statements[0].id}` : "/bank/statements");
  } catch (error) {
    part("words").textContent = "";
    button.disabled = false;
    showRefusal(part("problem"), error, text);
  } finally {
    part("progress").hidden = true;
  }
}

/** What is new is matched at once; where that does not go now, the desk does it later. */
async function match(words, bar, fresh) {
  if (!fresh) return;
  words.textContent = text("lines.script_matching", { n: fresh });
  bar.removeAttribute("value");
  await matchAll(({ done, lines }) => Object.assign(bar, { value: done, max: lines })).catch(() => {});
}

function lookAll(files) {
  for (const file of files) {
    if (file.size > Number(root.dataset.bytesMax)) root.querySelector("[data-previews]").append(notice("stop", text("lines.script_too_large", { name: file.name })));
    else look(file);
  }
}

if (chooser) {
  document.querySelector('[data-act="choose"]').addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    lookAll([...chooser.files]);
    chooser.value = "";
  });
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over.hidden = true;
    lookAll([...event.dataTransfer.files]);
  });
}
