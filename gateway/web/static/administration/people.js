// People: every change goes through the API; a one-time password is shown once and is gone with the page.
import { ask, showRefusal, texts } from "../frame/api.js";

const root = document.getElementById("people");
const text = texts();

async function send(address, method, body) {
  const problem = root.querySelector("[data-problem]");
  problem.hidden = true;
  try {
    const response = await ask(address, { method, body });
    return response.status === 204 ? {} : await response.json();
  } catch (error) {
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
    return null;
  }
}

function showSecret(name, secret) {
  const place = root.querySelector("[data-secret]");
  place.querySelector("[data-secret-title]").textContent = text("people.secret_title", { name });
  const value = place.querySelector("[data-secret-value]");
  value.textContent = secret;
  place.hidden = false;
  value.focus();
}

root.addEventListener("click", async (event) => {
  const action = event.target.closest("button[data-act]")?.dataset.act;
  const row = event.target.closest("[data-person]");
  if (!action || !row) return;
  const address = `/v1/people/${row.dataset.person}`;
  if (action === "reset") {
    const done = await send(`${address}/password-reset`, "POST");
    if (done) showSecret(row.dataset.name, done.one_time_password);
  } else if (await send(address, "PATCH", { disabled: action === "off" })) location.reload();
});

root.addEventListener("change", async (event) => {
  const row = event.target.closest("[data-person]");
  const field = event.target.dataset.act;
  if (!["role", "email"].includes(field) || !row || !event.target.reportValidity()) return;
  const done = await send(`/v1/people/${row.dataset.person}`, "PATCH", { [field]: event.target.value.trim() });
  if (done && field === "role") location.reload();
});

root.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const data = new FormData(form);
  const body = { login: data.get("login"), name: data.get("name"), role: data.get("role") };
  if (data.get("email")) body.email = data.get("email").trim();
  if (data.get("pin")) body.pin = data.get("pin");
  const done = await send("/v1/people", "POST", body);
  if (!done) return;
  form.reset();
  showSecret(done.person.name, done.one_time_password);
});
