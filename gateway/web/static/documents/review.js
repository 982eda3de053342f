// Reviewing one invoice: the page at the left, its fields at the right, by keyboard from doubt to doubt to the next invoice.
import { ask, refusalWords, showRefusal, texts, Unheard } from "../frame/api.js";
import { newId } from "../till/memory.js";
import { decimalsOf } from "./amounts.js";
import { Fields } from "./fields.js";
import { showDifferences, showDuplicates, showShortly, showSums, showVerdict } from "./findings.js";
import { Rows } from "./rows.js";
import { Sheet } from "./sheet.js";

const root = document.getElementById("review");
const text = texts();
let invoice = JSON.parse(document.getElementById("invoice").textContent);
const address = `/v1/supplier-invoices/${invoice.id}`;
const readOnly = root.dataset.open !== "yes";

let sending = Promise.resolve();
let focused = "";

const sheet = new Sheet(root.querySelector("[data-sheet-of]"), {
  documentId: invoice.document_id,
  pages: JSON.parse(document.getElementById("pages").textContent),
  chosen: (name) => (name.includes(".") ? root.querySelector(`[data-cell="${CSS.escape(name)}"]`)?.focus() : fields.focus(name)),
  text,
});

function lit(name, options) {
  if (name && options?.keep !== false) focused = name;
  sheet.light(name || focused, options);
}

const fields = new Fields(root.querySelector("[data-captured]"), {
  settled: (name, value) => correct({ fields: { [name]: value } }, (words) => fields.answered(name, words)),
  typing: () => drawSums(),
  lit,
  text,
  readOnly,
  required: root.dataset.required.split(" "),
});

const tables = Object.fromEntries(
  [...root.querySelectorAll("[data-rows]")].map((table) => [
    table.dataset.rows,
    new Rows(table, {
      columns: table.dataset.columns.split(" "),
      settled: (kind, rows) => correct({ [kind]: rows }, (words) => tables[kind].complain(words)),
      typing: () => drawSums(),
      currency: () => fields.currency,
      lit,
      text,
      readOnly,
    }),
  ]),
);

function drawSums() {
  const decimals = decimalsOf(fields.currency);
  const found = showSums(root.querySelector("[data-sums]"), {
    values: fields.values(),
    taxes: tables.taxes.values(),
    lines: tables.lines.values(),
    decimals,
    currency: fields.currency,
    checks: invoice.checks ?? [],
    text,
  });
  showShortly(root.querySelector("[data-shortly]"), found, decimals, text);
  return found;
}

/** Differences nobody has settled yet: a corrected or confirmed value settles its own. */
function openDifferences(found) {
  return (found.differences ?? []).filter((one) => !found.fields[one.name]?.corrected_by);
}

function show(found) {
  invoice = found;
  fields.show(found.fields, new Set(openDifferences(found).map((one) => one.name)));
  for (const [kind, table] of Object.entries(tables)) table.show(found[kind] ?? []);
  sheet.setPlaces([...fields.places(), ...Object.values(tables).flatMap((table) => table.places())]);
  showDifferences(root, openDifferences(found), { choose, readOnly, text });
  showDuplicates(root.querySelector("[data-duplicates]"), found.duplicates ?? [], text);
  showVerdict(root.querySelector("[data-rules-of]"), found.verdict, text);
  fields.contest(drawSums().filter((sum) => !sum.holds));
}

/** Take one of two values: what the button says is typed into the field and settled. */
function choose(name, value) {
  const input = fields.rows.get(name).querySelector("input");
  input.value = fields.shown(name, value);
  if (fields.settle(name)) onward(name);
}

/** Corrections go one after the other, in the order in which they were made; `told(words)` gets what was refused. */
function correct(change, told) {
  sending = sending.then(async () => {
    tell("saving");
    try {
      const answer = await ask(`${address}/corrections`, { method: "POST", body: { id: newId(), ...change } });
      const found = await answer.json();
      // Both at once: in between, the field would be in doubt again, and Enter would lead back to it.
      told("");
      show(found);
      tell("saved");
    } catch (error) {
      const words = error instanceof Unheard ? [text("review.unheard")] : refusalWords(error, text);
      told(words.join(" "));
      tell("unsaved");
    }
  });
  return sending;
}

function tell(state) {
  const place = root.querySelector("[data-told]");
  place.textContent = text(`review.${state}`);
  place.dataset.told = state;
}

function onward(name) {
  if (!fields.focusNextDoubt(name)) root.querySelector('[data-act="accept"]')?.focus();
}

async function decide(what, body, place) {
  await sending;
  for (const button of root.querySelectorAll("[data-act]")) button.disabled = true;
  try {
    await ask(`${address}/${what}`, { method: "POST", body: { id: newId(), ...body } });
    location.assign(root.dataset.next);
  } catch (error) {
    for (const button of root.querySelectorAll("[data-act]")) button.disabled = false;
    throw Object.assign(error, { place });
  }
}

async function accept(reason = "") {
  const typed = document.activeElement?.closest?.("[data-field]")?.dataset.field;
  if (typed && fields.rows.get(typed).dataset.typed && !fields.settle(typed)) return;
  document.activeElement?.blur();
  const problem = root.querySelector("[data-problem]");
  problem.hidden = true;
  try {
    await decide("accept", reason ? { reason } : {});
  } catch (error) {
    if (error.code !== "reason_for_acceptance_needed" || reason) showRefusal(document.querySelector("dialog[open] [data-problem]") ?? problem, error, text);
    else openDialog("accept-dialog", refusalWords(error, text).join(" "), inTheWay());
  }
}

/** What speaks against accepting, in words: the gateway names kinds and fields. */
function inTheWay() {
  const name = ({ kind, name: of }) => {
    if (kind === "duplicate" || kind === "verdict") return "";
    const known = kind === "check" ? `captured_check.${of}` : `captured.${of}`;
    return text(known) === known ? of.replaceAll("_", " ") : text(known);
  };
  return (invoice.places_in_doubt ?? []).filter((one) => one.blocks).map((one) => [text(`review.way_${one.kind}`), name(one)].filter(Boolean).join(": "));
}

function openDialog(id, words = "", list = []) {
  const dialog = document.getElementById(id);
  const said = dialog.querySelector("[data-said]");
  if (said) {
    said.textContent = words;
    const items = list.map((one) => Object.assign(document.createElement("li"), { textContent: one }));
    dialog.querySelector("[data-list]").replaceChildren(...items);
  }
  dialog.querySelector("[data-problem]").hidden = true;
  dialog.showModal();
  dialog.querySelector("input").focus();
}

function back() {
  if (focused && fields.revert(focused)) return;
  location.assign(root.dataset.back);
}

/** Arrows go through every field that can be seen, Enter takes a value as right, F2 and F3 choose between two. */
function keyed(event) {
  if (document.querySelector("dialog[open]") || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (!readOnly && !event.repeat) accept();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const input = event.target.closest?.("[data-field] input, [data-cell]");
  if (!input) return;
  const name = input.closest("[data-field]")?.dataset.field;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const all = fields.inputs();
    all[all.indexOf(input) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (name && fields.settle(name)) onward(name);
    if (!name) input.dispatchEvent(new Event("change", { bubbles: true }));
  } else if ((event.key === "F2" || event.key === "F3") && name) {
    const button = input.closest("[data-field]").querySelector(`[data-from="${event.key === "F2" ? "xml" : "page"}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  }
}

function reveal(all) {
  root.querySelector("[data-captured]").dataset.all = all ? "yes" : "no";
  document.querySelector('[data-show="all"]').setAttribute("aria-pressed", String(all));
}

document.addEventListener("keydown", keyed);
root.querySelector("[data-captured]").addEventListener("fields:doubts", (event) => {
  root.querySelector("[data-doubts]").textContent = event.detail.doubts ? text(event.detail.doubts === 1 ? "review.doubts.one" : "review.doubts.other", { n: event.detail.doubts }) : text("review.no_doubts");
});
root.querySelector("[data-captured]").addEventListener("fields:reveal", () => reveal(true));
document.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act === "accept") accept();
  if (act === "reject") openDialog("reject-dialog");
  if (act === "back") back();
  if (event.target.closest('[data-show="all"]')) reveal(root.querySelector("[data-captured]").dataset.all !== "yes");
});
document.getElementById("accept-dialog")?.addEventListener("submit", (event) => {
  event.preventDefault();
  accept(reasonOf(event.target));
});
document.getElementById("reject-dialog")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await decide("reject", { reason: reasonOf(event.target) });
  } catch (error) {
    showRefusal(event.target.querySelector("[data-problem]"), error, text);
  }
});

function reasonOf(form) {
  return String(new FormData(form).get("reason")).replace(/\s+/g, " ").trim();
}

show(invoice);
// On a touch screen a focused field would open the keyboard over the page before anybody has looked.
if (!readOnly && window.matchMedia("(hover: hover)").matches && !fields.focusNextDoubt()) root.querySelector('[data-act="accept"]')?.focus();
