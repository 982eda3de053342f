// Printers and the ways of orders: try, keep, change, remove; every change goes through the API.
import { ask, showRefusal, texts } from "../frame/api.js";

const PICTURE_BYTES_MAX = 150_000;

const screen = document.getElementById("printers-screen");
const problem = screen.querySelector("[data-problem]");
const note = screen.querySelector("[data-note]");
const text = texts();

/** Do a request; a refusal is shown on top. Returns the answer, or null. */
async function send(address, options) {
  problem.hidden = true;
  note.hidden = true;
  try {
    const response = await ask(address, options);
    return response.status === 204 ? {} : await response.json();
  } catch (error) {
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
    return null;
  }
}

function tell(words) {
  note.textContent = words;
  note.hidden = false;
  note.scrollIntoView({ block: "nearest" });
}

/** What a form says a printer can do. */
function makeUp(form) {
  const { width_mm, code_page, code_page_number, status, drawer_pin, logo, cut } = form.elements;
  return {
    width_mm: Number(width_mm.value),
    code_page: code_page.value,
    code_page_number: code_page_number.value === "" ? null : Number(code_page_number.value),
    cut: cut.checked,
    status: status.value || null,
    drawer_pin: Number(drawer_pin.value),
    logo: logo.value || null,
  };
}

function line(form) {
  const chosen = form.querySelector('[name="line"]:checked').value;
  if (chosen) return chosen;
  const host = form.elements.host.value.trim();
  return `tcp:${/:\d+$/.test(host) ? host : `${host}:9100`}`;
}

async function tryLine(form, page) {
  const said = form.querySelector("[data-trial]");
  said.textContent = "…";
  const trial = await send("/v1/printer-trials", { method: "POST", body: { transport: line(form), page, ...makeUp(form) } });
  said.textContent = trial === null ? "" : trial.words;
}

async function keep(form) {
  const registers = [...form.querySelectorAll('[name="register"]:checked')].map((box) => box.value);
  const body = { name: form.elements.name.value.trim(), transport: line(form), registers, ...makeUp(form) };
  const made = await send("/v1/printers", { method: "POST", body });
  if (made !== null) location.reload();
}

async function change(form) {
  const { printer } = form.closest("[data-printer]").dataset;
  if ((await send(`/v1/printers/${printer}`, { method: "PUT", body: makeUp(form) })) !== null) tell(text("printers.saved"));
}

async function keepLogo(form) {
  const [file] = form.elements.picture.files;
  if (file.size > PICTURE_BYTES_MAX) {
    showRefusal(problem, { message: text("printers.picture_too_large"), hint: "", code: "" }, text);
    return;
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const picture = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  if ((await send("/v1/printer-logos", { method: "POST", body: { picture } })) !== null) location.reload();
}

async function saveRoutes(form) {
  const routes = [...form.querySelectorAll("[data-route]")].map((row) => ({
    group: row.querySelector('[name="group"]').value.trim(),
    printer_id: row.querySelector('[name="printer_id"]').value,
  }));
  if ((await send("/v1/kitchen-routes", { method: "PUT", body: { routes } })) !== null) tell(text("printers.routes_saved"));
}

const forms = { change, add: keep, logo: keepLogo, routes: saveRoutes };

screen.addEventListener("submit", (event) => {
  event.preventDefault();
  forms[event.target.dataset.form](event.target);
});

screen.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  const card = button.closest("[data-printer]");
  switch (button.dataset.act) {
    case "try":
    case "try-page":
      await tryLine(button.form, button.dataset.act === "try-page");
      break;
    case "test-page":
      await send(`/v1/printers/${card.dataset.printer}/test-page`, { method: "POST", body: { request_id: crypto.randomUUID() } });
      break;
    case "remove":
      if (window.confirm(text("printers.remove_sure", { name: card.dataset.name })) && (await send(`/v1/printers/${card.dataset.printer}`, { method: "DELETE" })) !== null) location.reload();
      break;
    case "route-add":
      screen.querySelector("[data-routes]").append(screen.querySelector("[data-route-template]").content.cloneNode(true));
      screen.querySelector("[data-routes] li:last-child input").focus();
      break;
    case "route-remove":
      button.closest("[data-route]").remove();
      break;
  }
});
