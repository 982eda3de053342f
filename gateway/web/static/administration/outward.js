// Webhook endpoints: added, tested, switched and removed through the API; a secret is shown once and is gone with the page.
import { ask, showRefusal, texts } from "../frame/api.js";

const screen = document.getElementById("outward-screen");
const dialog = document.getElementById("remove-dialog");
const text = texts();
let removing = null;

async function send(place, address, method, body) {
  const problem = screen.querySelector(`[data-problem="${place}"]`);
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

/** A UUID of version 7 (RFC 9562): made here, so that a repetition is known as one. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = Date.now();
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

function look() {
  globalThis.htmx?.ajax("GET", "/outward/now", { target: "#outward-now", swap: "outerMorph" });
}

function showSecret(given) {
  const place = screen.querySelector("[data-secret]");
  place.querySelector("[data-secret-title]").textContent = text("outward.secret_title", { url: given.endpoint.url });
  const value = place.querySelector("[data-secret-value]");
  value.textContent = given.secret;
  place.hidden = false;
  value.focus();
}

const acts = {
  test: (address) => send("list", `${address}/test`, "POST", { request_id: newId() }),
  off: (address) => send("list", address, "PATCH", { active: false }),
  on: (address) => send("list", address, "PATCH", { active: true }),
  async secret(address, article) {
    const given = await send("list", `${address}/secret`, "POST", { generation: Number(article.dataset.generation) });
    if (given) showSecret(given);
    return given;
  },
  replay: (_address, _article, button) =>
    send("list", `/v1/webhook-messages/${button.closest("[data-message]").dataset.message}/replay`, "POST"),
  remove(_address, article) {
    removing = article.dataset.endpoint;
    dialog.querySelector("[data-remove-url]").textContent = article.dataset.url;
    dialog.showModal();
    return null;
  },
};

screen.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act]");
  const article = event.target.closest("[data-endpoint]");
  if (!button || !article) return;
  button.disabled = true;
  const done = await acts[button.dataset.act](`/v1/webhook-endpoints/${article.dataset.endpoint}`, article, button);
  button.disabled = false;
  if (done) look();
});

dialog.querySelector('[data-act="remove-now"]').addEventListener("click", async () => {
  dialog.close();
  if (removing && (await send("list", `/v1/webhook-endpoints/${removing}`, "DELETE"))) look();
  removing = null;
});

let wish = { id: newId(), body: "" };

screen.addEventListener("submit", async (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  if (event.target.dataset.form === "since") {
    const since = new Date(data.get("since")).toISOString();
    const endpoint = event.target.closest("[data-endpoint]").dataset.endpoint;
    if (await send("list", `/v1/webhook-endpoints/${endpoint}/replay`, "POST", { since })) look();
    return;
  }
  const body = { url: data.get("url"), events: data.get("events").split(/[\s,]+/).filter(Boolean) };
  if (data.get("description")) body.description = data.get("description");
  // The same wish sent again keeps its id: an answer that was lost makes no second endpoint.
  const asked = JSON.stringify(body);
  if (wish.body !== asked) wish = { id: newId(), body: asked };
  const given = await send("add", "/v1/webhook-endpoints", "POST", { id: wish.id, ...body });
  if (!given) return;
  wish = { id: newId(), body: "" };
  event.target.reset();
  showSecret(given);
  look();
});
