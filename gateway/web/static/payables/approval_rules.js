// Rules, limits and delegations: stored when a person says so, then shown as the gateway keeps them.
import { ask, showRefusal, texts } from "../frame/api.js";

const text = texts();
const newId = crypto.randomUUID();

function filled(form, names) {
  const body = {};
  for (const name of names) {
    const value = form.elements[name]?.value.trim().replace(",", ".") ?? "";
    if (value) body[name] = value;
  }
  return body;
}

async function store(form, address, body) {
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector('button[type="submit"]');
  problem.hidden = true;
  button.disabled = true;
  try {
    await ask(address, { method: "PUT", body });
    location.reload();
  } catch (error) {
    button.disabled = false;
    showRefusal(problem, error, text);
  }
}

const FORMS = {
  rule: (form) => {
    const body = { ...filled(form, ["from_amount", "below_amount", "risk", "sign"]), name: form.elements.name.value.trim(), cost_centre: form.elements.cost_centre.value.trim(), approvers: Number(form.elements.approvers.value) };
    if (body.from_amount || body.below_amount) body.currency = form.elements.currency.value.trim();
    body.people = [...form.querySelectorAll('[name="people"]:checked')].map((one) => one.value);
    return store(form, `/v1/approval-rules/${newId}`, body);
  },
  limit: (form) => store(form, `/v1/approval-limits/${form.elements.person.value}/${encodeURIComponent(form.elements.currency.value.trim())}`, filled(form, ["each", "per_day"])),
  delegation: (form) => {
    const body = { to: form.elements.to.value, from_on: form.elements.from_on.value, until_on: form.elements.until_on.value };
    const reason = form.elements.reason.value.trim();
    if (reason) body.reason = reason;
    return store(form, `/v1/approval-delegations/${newId}`, body);
  },
};

async function remove(address) {
  const problem = document.querySelector("#rules > [data-problem]");
  try {
    await ask(address, { method: "DELETE" });
    location.reload();
  } catch (error) {
    showRefusal(problem, error, text);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-form]");
  if (!form) return;
  event.preventDefault();
  FORMS[form.dataset.form](form);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button?.dataset.act === "end") remove(`/v1/approval-delegations/${button.closest("[data-delegation]").dataset.delegation}`);
  if (button?.dataset.act !== "remove") return;
  // Pressed once it asks, pressed again it does: a rule is not lost by a slip.
  if (button.dataset.sure) remove(`/v1/approval-rules/${button.closest("[data-rule]").dataset.rule}`);
  else {
    button.dataset.sure = "yes";
    button.lastChild.textContent = text("approval.rule_remove_sure");
  }
});
