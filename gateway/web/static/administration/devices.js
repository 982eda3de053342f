// Adding a terminal: choose how it is connected, try it, see what answers, keep it. Removing one that was added here.
import { ask, showRefusal, texts } from "../frame/api.js";
import { showTrial } from "./trial.js";

const POLL_MS = 400;

const screen = document.getElementById("devices-screen");
const dialog = document.getElementById("remove-dialog");
const trialForm = screen.querySelector('[data-form="trial"]');
const saveForm = screen.querySelector('[data-form="save"]');
const text = texts();
let trialId = null;

function problem(name) {
  return document.querySelector(`[data-problem="${name}"]`);
}

/** Do a request; a refusal is shown where `place` is. Returns the answer, or null. */
async function send(place, address, options) {
  problem(place).hidden = true;
  try {
    const response = await ask(address, options);
    return response.status === 204 ? {} : await response.json();
  } catch (error) {
    showRefusal(problem(place), error, text);
    problem(place).scrollIntoView({ block: "nearest" });
    return null;
  }
}

function chosen() {
  return trialForm.querySelector('[name="connection"]:checked');
}

function show(name, visible) {
  for (const element of screen.querySelectorAll(`[data-shown="${name}"]`)) {
    element.hidden = !visible;
    for (const field of element.querySelectorAll("input, select")) field.disabled = !visible;
  }
}

/** Offer what the chosen connection and protocol need, and nothing else. */
function fit() {
  const connection = chosen()?.value ?? "";
  const network = connection === "network";
  const select = trialForm.elements.protocol;
  for (const option of select.options) option.disabled = connection !== "" && option.dataset[network ? "network" : "serial"] === "0";
  if (select.selectedOptions[0]?.disabled) select.value = [...select.options].find((option) => !option.disabled)?.value ?? "";
  const { dataset } = select.selectedOptions[0] ?? { dataset: {} };
  show("speed", connection === "serial" || connection === "path");
  show("host", network);
  show("path", connection === "path");
  show("password", dataset.password === "1");
  show("register-no", dataset.password !== "1");
  show("nexo", select.value === "nexo");
  trialForm.elements.terminal_id.required = select.value === "nexo";
  screen.querySelector('[data-shown="person-decides"]').hidden = dataset.tells !== "0";
  trialForm.elements.port.placeholder = dataset.port ?? "";
  trialForm.elements.host.required = network;
  trialForm.elements.path.required = connection === "path";
}

/** The line as the gateway's settings write it. */
function line() {
  const data = new FormData(trialForm);
  const connection = chosen();
  const speed = data.get("speed");
  if (connection.value === "network") {
    const host = String(data.get("host")).trim();
    const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
    return `tcp:${bracketed}:${data.get("port") || trialForm.elements.port.placeholder}`;
  }
  if (connection.value === "path") {
    const path = String(data.get("path")).trim();
    return path.startsWith("/dev/pts/") ? `pty:${path}` : `serial:${path}?baud=${speed}`;
  }
  const known = connection.dataset.line;
  return `${known}${known.includes("?") ? "&" : "?"}baud=${speed}`;
}

async function tryLine() {
  if (!chosen()) {
    trialForm.querySelector('[name="connection"]:not(:disabled)').focus();
    showRefusal(problem("trial"), { message: text("devices.choose_connection"), hint: "", code: "" }, text);
    return;
  }
  const data = new FormData(trialForm);
  const body = { protocol: data.get("protocol"), transport: line() };
  for (const name of ["password", "register_no", "message_format", "terminal_id"]) if (data.get(name)) body[name] = data.get(name);
  const button = trialForm.querySelector('[data-act="try"]');
  button.disabled = true;
  saveForm.hidden = true;
  screen.querySelector("[data-saved]").hidden = true;
  let trial = await send("trial", "/v1/devices/trials", { method: "POST", body });
  screen.querySelector("[data-trial]").hidden = trial === null;
  while (trial !== null) {
    showTrial(screen.querySelector("[data-trial]"), trial, text);
    if (trial.state === "finished") break;
    await new Promise((resolve) => window.setTimeout(resolve, POLL_MS));
    trial = await send("trial", `/v1/devices/trials/${trial.id}`, {});
  }
  button.disabled = false;
  if (trial === null) return;
  trialId = trial.answered ? trial.id : null;
  saveForm.hidden = !trial.answered;
  if (trial.answered) fitTill();
  (trial.answered ? saveForm.elements.name : screen.querySelector("[data-trial-title]")).focus();
}

function fitTill() {
  const isNew = saveForm.elements.till.value === "new";
  show("till-name", isNew);
  saveForm.elements.till_name.required = isNew;
}

async function save() {
  const data = new FormData(saveForm);
  const till = data.get("till");
  const body = { trial_id: trialId, name: String(data.get("name")).trim() };
  if (till === "new") {
    body.register_name = String(data.get("till_name")).trim();
    if (data.get("printer")) body.printer_id = data.get("printer");
  } else if (till) body.register_id = till;
  const made = await send("save", "/v1/devices/terminals", { method: "POST", body });
  if (made === null) return;
  const chosenTill = saveForm.elements.till.selectedOptions[0];
  if (till && till !== "new") chosenTill.remove();
  saveForm.hidden = true;
  saveForm.reset();
  trialForm.reset();
  fit();
  const note = screen.querySelector("[data-saved]");
  note.querySelector("[data-saved-title]").textContent = text("devices.saved", { name: made.name });
  note.hidden = false;
  note.scrollIntoView({ block: "nearest" });
  refresh();
  document.querySelector('[hx-get="/devices/ports"]').click();
}

/** Show list and ports as they are now. */
function refresh() {
  document.getElementById("device-list").dispatchEvent(new CustomEvent("devices-changed"));
}

async function remove() {
  const done = await send("remove", `/v1/devices/terminals/${dialog.dataset.device}`, { method: "DELETE" });
  if (done === null) return;
  dialog.close();
  refresh();
  document.querySelector('[hx-get="/devices/ports"]').click();
}

screen.addEventListener("click", (event) => {
  const button = event.target.closest('[data-act="remove"]');
  if (!button) return;
  const { device, name } = button.closest("[data-device]").dataset;
  dialog.dataset.device = device;
  problem("remove").hidden = true;
  dialog.querySelector("[data-remove-title]").textContent = text("devices.remove_title", { name });
  dialog.showModal();
});

document.querySelector('[data-act="remove-now"]').addEventListener("click", remove);
trialForm.addEventListener("change", fit);
saveForm.addEventListener("change", fitTill);
trialForm.addEventListener("submit", (event) => {
  event.preventDefault();
  tryLine();
});
saveForm.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
fit();
fitTill();
