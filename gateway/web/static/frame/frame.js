// The frame of every screen: keys, help, language and colours, and whether the gateway is heard.
import { announceLink } from "./api.js";
import { listenForKeys } from "./keys.js";

const LINK_CHECK_MS = 10_000;
const YEAR_S = 365 * 24 * 3600;

function listenForDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    const closer = event.target.closest("[data-closes]");
    if (closer) document.getElementById(closer.dataset.closes).close();
  });
}

/** Language and colours are this device's matter: a cookie the server reads when it draws the next page. */
function listenForPreferences() {
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-choose]");
    if (!choice) return;
    const { choose, value } = choice.dataset;
    document.cookie = `${choose}=${value}; Path=/; SameSite=Strict; Max-Age=${value ? YEAR_S : 0}`;
    location.reload();
  });
}

function watchLink() {
  const shown = document.querySelector("[data-link]");
  if (!shown) return;
  document.addEventListener("tillbridge:link", (event) => {
    const state = event.detail.up ? "up" : "down";
    if (shown.dataset.link !== state) shown.dataset.link = state;
  });
  const check = async () => {
    try {
      const response = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(LINK_CHECK_MS / 2) });
      announceLink(response.ok);
    } catch {
      announceLink(false);
    }
  };
  window.setInterval(check, LINK_CHECK_MS);
  window.addEventListener("offline", () => announceLink(false));
  window.addEventListener("online", check);
}

/** After a pause the session is locked or over: parts that refresh by themselves lead to the door. */
function watchSession() {
  document.addEventListener("htmx:before:response", (event) => {
    const response = event.detail?.ctx?.response?.raw;
    if (!response?.redirected && response?.status !== 401) return;
    event.preventDefault();
    location.reload();
  });
}

/** The people of a demo are shown at its door; one press fills the form in, and only there. */
function listenForDemoPeople() {
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-login]");
    if (!chosen) return;
    const form = document.querySelector('[data-form="sign-in"]');
    form.elements.login.value = chosen.dataset.login;
    form.elements.password.value = chosen.dataset.password;
    form.requestSubmit();
  });
}

listenForKeys();
listenForDemoPeople();
listenForDialogs();
listenForPreferences();
watchLink();
watchSession();
