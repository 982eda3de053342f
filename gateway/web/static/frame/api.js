// Requests to the gateway: the CSRF token, a deadline, and problem documents turned into one kind of error.

const DEADLINE_MS = 10_000;

/** The gateway answered and said no. `code` is stable; `detail` and `hint` are for people. */
export class Refused extends Error {
  constructor(status, document_) {
    super(document_.detail || document_.title || `HTTP ${status}`);
    this.status = status;
    this.code = document_.code || "";
    this.hint = document_.hint || "";
  }
}

/** The gateway could not be heard: nothing is known of what became of the request. */
export class Unheard extends Error {}

function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** Fetch with a deadline; throws Unheard or Refused, otherwise returns the response. */
export async function ask(address, { method = "GET", body, headers = {}, deadline = DEADLINE_MS } = {}) {
  const all = { Accept: "application/json, text/html", ...headers };
  if (method !== "GET") all["X-CSRF-Token"] = csrfToken();
  if (body !== undefined) all["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: all,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(deadline),
    });
  } catch (error) {
    announceLink(false);
    throw new Unheard(String(error));
  }
  // A proxy in front answers 502..504 when the gateway itself is not there: that tells nothing of the request.
  if ([502, 504].includes(response.status)) {
    announceLink(false);
    throw new Unheard(`HTTP ${response.status}`);
  }
  announceLink(true);
  if (response.type === "opaqueredirect") {
    // The session is locked or over: the door knows the way back to this page.
    location.reload();
    throw new Refused(401, { code: "not_signed_in" });
  }
  if (response.ok) return response;
  const isProblem = (response.headers.get("Content-Type") || "").includes("json");
  const problem = isProblem ? await response.json().catch(() => ({})) : {};
  if (response.status === 401) location.reload();
  throw new Refused(response.status, problem);
}

/** Tell the frame whether the gateway is heard. */
export function announceLink(up) {
  document.dispatchEvent(new CustomEvent("tillbridge:link", { detail: { up } }));
}

/** Texts of the page in the reader's language, put there by the server. */
export function texts() {
  const element = document.getElementById("texts");
  const table = element ? JSON.parse(element.textContent) : {};
  return (key, values = {}) => (table[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** What a person reads when something was refused: in their language when the code is known. */
export function refusalWords(error, text) {
  const known = (group, original) => {
    const found = text(`${group}.${error.code}`);
    return found === `${group}.${error.code}` ? original : found;
  };
  return [known("error", error.message), known("hint", error.hint)].filter(Boolean);
}

/** Show a refusal inside an element that stays until the person goes on. */
export function showRefusal(place, error, text) {
  if (!place) return;
  const [what, hint] = error instanceof Unheard ? [text("till.offline"), text("till.offline_note")] : refusalWords(error, text);
  const notice = document.createElement("div");
  notice.className = "notice stop";
  notice.setAttribute("role", "alert");
  const strong = document.createElement("strong");
  strong.textContent = what;
  const paragraph = document.createElement("p");
  paragraph.textContent = hint ?? "";
  const both = document.createElement("div");
  both.append(strong, paragraph);
  notice.append(both);
  place.replaceChildren(notice);
  place.hidden = false;
}
