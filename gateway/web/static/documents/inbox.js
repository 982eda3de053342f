// The inbox: files by drop, button and paste with the way of each, and rows that are walked with the arrows.
import { ask, refusalWords, showRefusal, texts } from "../frame/api.js";
import { Uploads } from "./uploads.js";

const root = document.getElementById("inbox");
const text = texts();
const mayWork = root.dataset.mayWork === "yes";
const SHAPES = { read: "circle-check", refused: "circle-x", failed: "circle-x", waiting: "pause" };

function icon(name) {
  return document.querySelector(`[data-icons] [data-icon="${name}"] svg`).cloneNode(true);
}

function listOf() {
  return root.querySelector("[data-uploads]");
}

function rowOf(id) {
  const list = listOf().querySelector("ul");
  let row = list.querySelector(`[data-upload-id="${id}"]`);
  if (!row) {
    row = document.querySelector("template[data-upload]").content.firstElementChild.cloneNode(true);
    row.dataset.uploadId = id;
    list.append(row);
  }
  return row;
}

/** What happens to a file, in words. */
function wordsOf(file) {
  if (file.words instanceof Array) return file.words;
  if (file.state === "sending") return [text("upload.sending", { percent: file.sent })];
  if (file.state === "reading" && file.pages) return [text("upload.reading_page", { n: Math.min(file.pages, file.pages_done + 1), of: file.pages })];
  if (file.state === "read") {
    const found = (file.invoices ?? []).length;
    const inside = (file.contained ?? []).length;
    if (!found && inside) return [text("upload.read_inside", { n: inside })];
    return [text(found === 0 ? "upload.read_none" : found === 1 ? "upload.read_one" : "upload.read_many", { n: found })];
  }
  if (["refused", "waiting"].includes(file.state) && file.code) return codeWords(file.code, file.words);
  return [text(`upload.${file.state}`)];
}

/** A reason of the reader and what to do: in the reader's language where the code is known. */
function codeWords(code, original) {
  const known = (key, otherwise) => (text(key) === key ? otherwise : text(key));
  return [known(`refused.${code}`, original || code.replaceAll("_", " ")), known(`refused_fix.${code}`, text("invoices.refused_fix"))];
}

function shown(file) {
  const row = rowOf(file.id);
  row.dataset.state = file.state;
  row.querySelector("[data-name]").textContent = file.name;
  showProgress(row.querySelector("progress"), file);
  const words = row.querySelector("[data-words]");
  const parts = wordsOf(file).filter(Boolean).join(" ");
  const known = file.known_before ? ` ${text("upload.known_before")}` : "";
  if (words.textContent !== parts + known) words.replaceChildren(...(SHAPES[file.state] ? [icon(SHAPES[file.state])] : []), parts + known);
  showActs(row.querySelector("[data-acts]"), file);
  const panel = listOf();
  panel.hidden = false;
  const through = [...panel.querySelectorAll(".upload")].some((one) => ["read", "refused", "waiting", "failed"].includes(one.dataset.state));
  panel.querySelector('[data-act="clear"]').hidden = !through;
}

function showProgress(progress, file) {
  progress.hidden = !["queued", "sending", "received", "reading"].includes(file.state);
  progress.setAttribute("aria-label", file.name);
  if (file.state === "sending") progress.value = file.sent;
  else if (file.state === "reading" && file.pages) progress.value = Math.round((file.pages_done / file.pages) * 100);
  else if (file.state === "queued") progress.value = 0;
  else progress.removeAttribute("value");
}

function showActs(place, file) {
  const made = [];
  for (const [index, invoice] of (file.state === "read" ? (file.invoices ?? []) : []).entries()) {
    const link = document.createElement("a");
    link.href = `/invoices/${invoice.id ?? invoice}`;
    link.textContent = file.invoices.length > 1 ? text("upload.review_nth", { n: index + 1 }) : text("upload.review");
    made.push(link);
  }
  if ((file.state === "failed" && file.again) || file.state === "waiting") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.dataset.act = "send-again";
    button.textContent = text("upload.again");
    made.push(button);
  }
  const drawn = made.map((one) => one.outerHTML).join();
  if (place.dataset.drawn !== drawn) place.replaceChildren(...made);
  place.dataset.drawn = drawn;
}

function gone(id) {
  listOf().querySelector(`[data-upload-id="${id}"]`)?.remove();
  if (!listOf().querySelector(".upload")) listOf().hidden = true;
}

function settled() {
  document.body.dispatchEvent(new CustomEvent("documents-changed"));
}

const uploads = mayWork ? new Uploads({ bytesMax: Number(root.dataset.bytesMax), shown, gone, settled, text }) : null;

async function readAgain(button) {
  button.disabled = true;
  try {
    await ask(`/v1/documents/${button.dataset.document}/read-again`, { method: "POST" });
    settled();
  } catch (error) {
    button.disabled = false;
    const place = document.createElement("div");
    showRefusal(place, error, text);
    button.closest("td").querySelector("[data-said]")?.remove();
    place.dataset.said = refusalWords(error, text).join(" ");
    button.closest("td").append(place);
  }
}

/** Files are dropped anywhere on the page; while some hover above it, it says where they go. */
function listenForDrops() {
  const over = document.querySelector("[data-drop-over]");
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0;
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    over.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    over.hidden = depth === 0;
  });
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    over.hidden = true;
    uploads.add(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    uploads.add(files);
  });
  window.addEventListener("beforeunload", (event) => {
    if (uploads.unfinished.some((file) => ["queued", "sending"].includes(file.state))) event.preventDefault();
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  if (button.dataset.act === "choose") root.querySelector("[data-files]").click();
  if (button.dataset.act === "clear") uploads.clear();
  if (button.dataset.act === "send-again") uploads.again(button.closest("[data-upload-id]").dataset.uploadId);
  if (button.dataset.act === "again") readAgain(button);
});

document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("input, select, textarea") || event.ctrlKey || event.altKey || event.metaKey) return;
  const links = [...root.querySelectorAll("[data-row]")];
  if (!links.length) return;
  event.preventDefault();
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
});

if (uploads) {
  root.querySelector("[data-files]").addEventListener("change", (event) => {
    uploads.add(event.target.files);
    event.target.value = "";
  });
  listenForDrops();
  uploads.recall();
}
