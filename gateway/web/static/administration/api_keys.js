// API keys: made and revoked through the API; the key itself is shown once and is gone with the page.
import { ask, showRefusal, texts } from "../frame/api.js";

const root = document.getElementById("api-keys");
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

root.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act='revoke']");
  if (!button) return;
  if (await send(`/v1/api-keys/${button.closest("[data-key-id]").dataset.keyId}`, "DELETE")) location.reload();
});

root.addEventListener("submit", async (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  const body = { name: data.get("name"), scopes: data.getAll("scopes"), days: Number(data.get("days")) };
  const terminals = data.getAll("terminals");
  if (terminals.length) body.terminals = terminals;
  const done = await send("/v1/api-keys", "POST", body);
  if (!done) return;
  const place = root.querySelector("[data-secret]");
  place.querySelector("[data-secret-title]").textContent = text("api_keys.secret_title", { name: done.key.name });
  const value = place.querySelector("[data-secret-value]");
  value.textContent = done.token;
  place.hidden = false;
  event.target.reset();
  value.focus();
});
