// The import: a dry run of the chosen file, then exactly what it showed, with its progress meanwhile.
import { ask, Refused, refusalWords, showRefusal, texts } from "../frame/api.js";

const text = texts();
const root = document.getElementById("suppliers");
const form = document.getElementById("import-form");
const plan = document.getElementById("plan");
const bar = form.querySelector("progress");
const status = form.querySelector("[data-progress]");
const problem = root.querySelector("[data-problem]");
const done = root.querySelector("[data-done]");
const SHOWN_MAX = 500;
const POLL_MS = 700;
const columns = document.getElementById("columns");
const UNNAMED = ["columns_missing", "column_repeated"];
let shown = null;
let unnamed = null;

/** Send the file; it may take longer than other requests. */
async function post(address, file) {
  const response = await fetch(address, {
    method: "POST",
    headers: {
      "Content-Type": "application/octet-stream",
      "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]').content,
    },
    body: file,
    credentials: "same-origin",
    redirect: "manual",
  });
  if (response.type === "opaqueredirect") location.reload();
  const told = await response.json();
  if (!response.ok) throw new Refused(response.status, told);
  return told;
}

/** Plan or apply, with the progress meanwhile. */
async function send(step, file, kind, more) {
  const progressId = crypto.randomUUID();
  const query = new URLSearchParams({ name: file.name.slice(0, 255), progress_id: progressId, ...more });
  const timer = setInterval(() => follow(progressId), POLL_MS);
  bar.hidden = false;
  bar.removeAttribute("value");
  try {
    return await post(`/v1/master-imports/${kind}/${step}?${query}`, file);
  } finally {
    clearInterval(timer);
    bar.hidden = true;
    status.textContent = "";
  }
}

async function follow(progressId) {
  try {
    const told = await (await ask(`/v1/master-imports/progress/${progressId}`)).json();
    if (told.total && !bar.hidden) {
      bar.max = told.total;
      bar.value = told.done;
      status.textContent = text(`suppliers.script_step_${told.step}`, { done: told.done, total: told.total });
    }
  } catch {
    // The import itself tells what went wrong.
  }
}

function cell(label, content) {
  const made = document.createElement("td");
  made.dataset.label = label;
  made.append(content);
  return made;
}

function listed(lines) {
  const list = document.createElement("ul");
  for (const line of lines) {
    const item = document.createElement("li");
    item.textContent = line;
    list.append(item);
  }
  return list;
}

const TONES = { new: "ok", changed: "wait", unchanged: "", refused: "stop" };

function rowOf(row) {
  const made = document.createElement("tr");
  const state = document.createElement("span");
  state.className = `state ${TONES[row.verdict]}`;
  state.textContent = text(`suppliers.script_${row.verdict}`);
  const changes = Object.entries(row.changes).map(([name, [before, now]]) => `${name}: ${before ? `${before} → ` : ""}${now || "–"}`);
  if (row.account) changes.push(text("suppliers.script_account", { account: row.account }));
  const reasons = row.problems.map((one) => [one.field, ...refusalWords(one, text)].filter(Boolean).join(" · "));
  const heads = [...plan.querySelectorAll("th")].map((head) => head.textContent);
  made.append(cell(heads[0], String(row.row)), cell(heads[1], row.key), cell(heads[2], state), cell(heads[3], listed([...reasons, ...changes])));
  return made;
}

function show(told) {
  const order = ["refused", "changed", "new", "unchanged"];
  const rows = [...told.rows].sort((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict) || one.row - other.row);
  plan.querySelector("[data-rows]").replaceChildren(...rows.slice(0, SHOWN_MAX).map(rowOf));
  plan.querySelector("[data-counts]").textContent = text("suppliers.script_counts", told);
  const unknown = plan.querySelector("[data-unknown]");
  unknown.hidden = !told.unknown_columns.length;
  unknown.textContent = text("suppliers.script_unknown", { names: told.unknown_columns.join(", ") });
  const more = plan.querySelector("[data-more]");
  more.hidden = rows.length <= SHOWN_MAX;
  more.textContent = text("suppliers.script_more", { n: rows.length - SHOWN_MAX });
  plan.querySelector('[data-act="apply"]').disabled = told.refused > 0 || told.new + told.changed === 0;
  plan.hidden = false;
  plan.focus();
}

/** Ask a person what each column means: its heading, its first cells, and the fields there are. */
async function askColumns(file, kind) {
  unnamed = { kind, told: await post(`/v1/master-imports/${kind}/columns`, file) };
  const heads = [...columns.querySelectorAll("th")].map((head) => head.textContent);
  columns.querySelector("[data-columns]").replaceChildren(
    ...unnamed.told.columns.map((one) => {
      const row = document.createElement("tr");
      const choice = document.createElement("select");
      choice.dataset.place = one.place;
      choice.setAttribute("aria-label", `${heads[2]}: ${one.heading || one.place + 1}`);
      choice.append(new Option("–", ""), ...unnamed.told.fields.map((field) => new Option(field.name + (field.wanted ? " *" : ""), field.name, false, field.name === one.field)));
      row.append(cell(heads[0], one.heading || String(one.place + 1)), cell(heads[1], one.samples.filter(Boolean).join(" · ")), cell(heads[2], choice));
      return row;
    }),
  );
  columns.hidden = false;
  columns.focus();
}

document.getElementById("columns-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const place = columns.querySelector("[data-problem]");
  place.hidden = true;
  const named = [...columns.querySelectorAll("[data-place]")].map((choice) => ({ place: Number(choice.dataset.place), field: choice.value }));
  try {
    await ask(`/v1/master-imports/${unnamed.kind}/columns/${unnamed.told.fingerprint}`, { method: "PUT", body: { columns: named } });
    form.requestSubmit();
  } catch (error) {
    showRefusal(place, error, text);
  }
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = done.hidden = plan.hidden = columns.hidden = true;
  const file = form.elements.file.files[0];
  const kind = form.elements.kind.value;
  try {
    const told = await send("plan", file, kind, {});
    shown = { file, kind, digest: told.digest };
    show(told);
  } catch (error) {
    showRefusal(problem, error, text);
    if (UNNAMED.includes(error.code)) await askColumns(file, kind).catch((other) => showRefusal(problem, other, text));
  }
});

plan.querySelector('[data-act="apply"]').addEventListener("click", async (event) => {
  event.target.disabled = true;
  problem.hidden = true;
  try {
    const told = await send("apply", shown.file, shown.kind, { digest: shown.digest });
    plan.hidden = true;
    done.querySelector("span").textContent = text("suppliers.script_done", told);
    done.hidden = false;
  } catch (error) {
    showRefusal(problem, error, text);
    event.target.disabled = false;
  }
});
