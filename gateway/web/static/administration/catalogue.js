// Items: one form for a new or a known item; a list is checked first and taken over only when every row is good.
import { ask, refusalWords, Refused, showRefusal, texts } from "../frame/api.js";
import { newId } from "../till/memory.js";

const root = document.getElementById("catalogue");
const dialog = document.getElementById("item-dialog");
const form = dialog.querySelector("form");
const text = texts();
const shownProblems = 200;
let known = null;
let list = null;

function field(name) {
  return form.elements.namedItem(name);
}

function fill(item) {
  known = item;
  dialog.querySelector("[data-title]").textContent = item ? text("catalogue.change_named", { name: item.name }) : text("catalogue.new");
  dialog.querySelector("[data-problem]").hidden = true;
  form.reset();
  if (item) {
    for (const name of ["name", "number", "gtin", "group", "kitchen_group", "quick_key"]) field(name).value = item[name] ?? "";
    field("price").value = item.price.amount.replace(".", text("format.decimal"));
    field("tax_rate").value = item.tax_rate.replace(".", text("format.decimal"));
    field("active").checked = item.active;
  }
  form.dataset.id = item ? item.id : newId();
  dialog.showModal();
  field("name").focus();
}

function asked() {
  const value = (name) => String(field(name).value).trim();
  const decimal = (name) => value(name).replace(",", ".").replace("%", "").trim();
  const body = {
    number: value("number"),
    name: value("name"),
    price: { amount: decimal("price"), currency: root.dataset.currency },
    tax_rate: decimal("tax_rate"),
    group: value("group"),
    active: field("active").checked,
  };
  if (value("gtin")) body.gtin = value("gtin").replace(/\s/g, "");
  if (value("kitchen_group")) body.kitchen_group = value("kitchen_group");
  if (value("quick_key")) body.quick_key = Number(value("quick_key"));
  if (known) body.version = known.version;
  return body;
}

async function save() {
  try {
    await ask(`/v1/items/${form.dataset.id}`, { method: "PUT", body: asked() });
    location.reload();
  } catch (error) {
    showRefusal(dialog.querySelector("[data-problem]"), error, text);
  }
}

async function edit(id) {
  try {
    fill(await (await ask(`/v1/items/${id}`)).json());
  } catch (error) {
    showRefusal(root.querySelector("[data-problem]"), error, text);
  }
}

/** A list as the gateway takes it: pieces with the header on top, each small enough for one request. */
function pieces(whole) {
  const lines = whole.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const header = lines.shift() ?? "";
  const max = Number(root.dataset.pieceMax) / 2;
  const found = [];
  let piece = [];
  let size = header.length;
  let first = 1;
  lines.forEach((line, index) => {
    if (piece.length && size + line.length + 1 > max) {
      found.push({ csv: [header, ...piece].join("\n"), first_row: first });
      first += piece.length;
      piece = [];
      size = header.length;
    }
    piece.push(line);
    size += line.length + 1;
    if (index === lines.length - 1) found.push({ csv: [header, ...piece].join("\n"), first_row: first });
  });
  return found.length ? found : [{ csv: header || " ", first_row: 1 }];
}

/** Spreadsheets save in UTF-8 or in the code page of the office: what is no UTF-8 is the latter. */
async function read(file) {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function paragraph(words, name) {
  const made = document.createElement("p");
  made.className = name;
  made.textContent = words;
  return made;
}

function showReport(sum) {
  const place = root.querySelector("[data-list-result]");
  const counts = { made: sum.made, changed: sum.changed, unchanged: sum.unchanged };
  place.replaceChildren(paragraph(text(sum.stored ? "catalogue.list_done" : "catalogue.list_would", counts), sum.bad.length ? "" : "notice ok"));
  if (sum.bad.length) {
    place.append(paragraph(text("catalogue.list_bad", { n: sum.bad.length }), "notice stop"));
    const rows = document.createElement("ul");
    rows.className = "plain-list bad-rows small";
    rows.tabIndex = 0;
    for (const row of sum.bad.slice(0, shownProblems)) {
      const one = document.createElement("li");
      const words = refusalWords({ code: row.code, message: row.message, hint: row.hint }, text).join(" ");
      one.textContent = text("catalogue.list_row", { row: row.row, column: row.column, words });
      rows.append(one);
    }
    place.append(rows);
  }
  const take = root.querySelector('[data-act="take-over"]');
  take.hidden = sum.stored || sum.bad.length > 0 || sum.made + sum.changed === 0;
  if (!take.hidden) take.focus();
}

async function send(dryRun) {
  const sum = { made: 0, changed: 0, unchanged: 0, bad: [], stored: !dryRun };
  root.querySelector("[data-problem]").hidden = true;
  try {
    for (const [index, piece] of list.entries()) {
      root.querySelector("[data-list-result]").textContent = text("catalogue.list_progress", { n: index + 1, of: list.length });
      const answer = await (await ask("/v1/item-list", { method: "POST", body: { ...piece, dry_run: dryRun } })).json();
      for (const name of ["made", "changed", "unchanged"]) sum[name] += answer[name];
      sum.bad.push(...answer.bad);
    }
    showReport(sum);
  } catch (error) {
    root.querySelector("[data-list-result]").replaceChildren();
    showRefusal(root.querySelector("[data-problem]"), error, text);
    if (!(error instanceof Refused)) root.querySelector('[data-act="take-over"]').hidden = true;
  }
}

document.addEventListener("click", (event) => {
  const action = event.target.closest("[data-act]")?.dataset.act;
  if (action === "new") fill(null);
  if (action === "edit") edit(event.target.closest("[data-item]").dataset.item);
  if (action === "take-over") send(false);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});

root.querySelector('[data-form="list"]').addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = event.target.elements.file.files[0];
  if (!file) return;
  list = pieces(await read(file));
  await send(true);
});
