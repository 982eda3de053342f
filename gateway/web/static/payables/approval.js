// One payable to approve: yes, no, a question, a file. What was shown is what is approved: its digest goes along.
import { ask, Refused, showRefusal, texts } from "../frame/api.js";

const root = document.getElementById("approval");
const text = texts();
const place = `/v1/payables/${root.dataset.payable}`;
const problems = root.querySelector('[data-problem="acts"]');
// One id for each thing a person does: pressed again after silence it is the same thing, not a second one.
const ids = new Map();
let busy = false;

function idOf(what) {
  if (!ids.has(what)) ids.set(what, crypto.randomUUID());
  return ids.get(what);
}

/** Do one thing; returns the answer, or null when it was refused and said so. */
async function send(what, address, body, problem, method = "POST") {
  if (busy) return null;
  busy = true;
  for (const button of root.querySelectorAll("button")) button.disabled = true;
  problem.hidden = true;
  try {
    return await ask(address, { method, body: { id: idOf(what), ...body } });
  } catch (error) {
    if (error instanceof Refused) ids.delete(what);
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
    return null;
  } finally {
    busy = false;
    for (const button of root.querySelectorAll("button")) button.disabled = false;
  }
}

/** The next one opens by itself, unless this one turned out to be stopped: then it says so. */
async function goOn(answer) {
  const told = await answer.json();
  if (told.counted === false) location.reload();
  else location.assign(`/approvals/next?after=${root.dataset.payable}`);
}

async function approve(button) {
  const body = { digest: root.dataset.digest };
  if (button.dataset.for) body.for_person = button.dataset.for;
  if (button.dataset.account) body.account = button.dataset.account;
  const answer = await send(`approve ${button.dataset.for ?? ""}`, `${place}/approvals`, body, problems);
  if (answer) await goOn(answer);
}

const FORMS = {
  reject: async (words, problem) => {
    const answer = await send("reject", `${place}/rejections`, { digest: root.dataset.digest, reason: words }, problem);
    if (answer) await goOn(answer);
  },
  emergency: async (words, problem) => {
    const body = { digest: root.dataset.digest, reason: words, emergency: true };
    const chosen = root.querySelector('[data-act="approve"][data-account]');
    if (chosen) body.account = chosen.dataset.account;
    const answer = await send("emergency", `${place}/approvals`, body, problem);
    if (answer) await goOn(answer);
  },
  ask: async (words, problem) => {
    if (await send("ask", `${place}/comments`, { kind: "question", text: words }, problem)) location.reload();
  },
  supplier: async (words, problem) => {
    const body = { kind: "question", text: `${text("approval.ask_supplier")}: ${words}`.slice(0, 1000) };
    if (await send("supplier", `${place}/comments`, body, problem)) location.reload();
  },
  clear: async (words, problem) => {
    if (await send("clear", `${place}/clearings`, { reason: words }, problem)) location.reload();
  },
  review: async (words, problem) => {
    if (await send("review", `${place}/reviews`, { reason: words }, problem)) location.assign("/approvals");
  },
};

async function attach(file) {
  const problem = root.querySelector('[data-form="comment"] [data-problem]');
  problem.hidden = true;
  const address = `${place}/attachments/${crypto.randomUUID()}?name=${encodeURIComponent(file.name.slice(0, 200))}`;
  try {
    const response = await fetch(address, {
      method: "PUT",
      body: file,
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/octet-stream",
        "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]').content,
      },
    });
    if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({})));
    location.reload();
  } catch (error) {
    showRefusal(problem, error, text);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  const act = button.dataset.act;
  if (act === "approve") approve(button);
  else if (act === "choose") root.querySelector("[data-file]").click();
  else if (act in FORMS) {
    const dialog = document.getElementById(`${act}-dialog`);
    dialog.showModal();
    dialog.querySelector("textarea").focus();
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-form]");
  if (!form) return;
  event.preventDefault();
  const problem = form.querySelector("[data-problem]");
  const act = form.dataset.form;
  if (act in FORMS) FORMS[act](form.elements.reason.value.replace(/\s+/g, " ").trim(), problem);
  if (act === "comment") {
    const kind = form.querySelector('button[type="submit"]').value;
    send("comment", `${place}/comments`, { kind, text: form.elements.text.value.trim() }, problem).then((answer) => {
      if (answer) location.reload();
    });
  }
});

root.querySelector("[data-file]")?.addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (file) attach(file);
});
