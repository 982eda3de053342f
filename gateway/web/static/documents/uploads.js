// Files on their way: sent a few at a time, then watched until they are read or refused. A reload takes them up again.
import { ask, refusalWords, Refused } from "../frame/api.js";
import { newId } from "../till/memory.js";

const KEY = "tillbridge.uploads";
const AT_ONCE = 2;
const ASK_AGAIN_MS = 1000;
const KEPT_MAX = 200;
const NAME_MAX = 200;
const FINAL = new Set(["read", "refused", "waiting"]);

/** A file name as it is stored: without marks that steer a display, and not endless. */
function shownName(name) {
  return (name ?? "").replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "").slice(-NAME_MAX);
}

/** The states an upload passes: queued, sending, then the document's own; `failed` when it never arrived. */
export class Uploads {
  constructor({ bytesMax, shown, gone, settled, text }) {
    Object.assign(this, { bytesMax, shown, gone, settled, text });
    this.files = new Map();
    this.sendingNow = 0;
    this.timer = null;
  }

  /** Take up what an earlier look at this page sent. */
  recall() {
    let kept = [];
    try {
      kept = JSON.parse(sessionStorage.getItem(KEY)) ?? [];
    } catch {
      kept = [];
    }
    for (const { id, name } of kept) this.put({ id, name, state: "received" });
    if (kept.length) this.watch();
  }

  keep() {
    const kept = [...this.files.values()].filter((file) => !["queued", "sending", "failed"].includes(file.state));
    try {
      sessionStorage.setItem(KEY, JSON.stringify(kept.slice(-KEPT_MAX).map(({ id, name }) => ({ id, name }))));
    } catch {
      // A browser that keeps nothing forgets the list on reload; the documents themselves are at the gateway.
    }
  }

  put(file) {
    this.files.set(file.id, file);
    this.shown(file);
  }

  add(files) {
    for (const blob of files) {
      const file = { id: newId(), name: shownName(blob.name) || this.text("upload.pasted"), blob, state: "queued", sent: 0 };
      if (!blob.size) this.put({ ...file, state: "failed", words: [this.text("upload.empty")] });
      else if (blob.size > this.bytesMax) this.put({ ...file, state: "failed", words: [this.text("upload.too_large", { n: Math.floor(this.bytesMax / 1_000_000) })] });
      else this.put(file);
    }
    this.next();
  }

  next() {
    for (const file of this.files.values()) {
      if (this.sendingNow >= AT_ONCE) return;
      if (file.state === "queued") this.send(file);
    }
  }

  /** Only XMLHttpRequest tells how much of a body is sent. */
  send(file) {
    this.sendingNow += 1;
    file.state = "sending";
    this.shown(file);
    const request = new XMLHttpRequest();
    request.open("PUT", `/v1/documents/${file.id}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-CSRF-Token", document.querySelector('meta[name="csrf-token"]').content);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      file.sent = Math.round((event.loaded / event.total) * 100);
      this.shown(file);
    });
    request.addEventListener("loadend", () => {
      this.sendingNow -= 1;
      this.answered(file, request);
      this.next();
    });
    request.send(file.blob);
  }

  answered(file, request) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      answer = {};
    }
    if (request.status >= 200 && request.status < 300) {
      this.told(file, answer);
      this.watch();
    } else if (request.status === 0 || request.status === 502 || request.status === 504) {
      this.put({ ...file, state: "failed", words: [this.text("upload.unheard")], again: true });
    } else {
      const refused = new Refused(request.status, answer);
      this.put({ ...file, state: "failed", words: refusalWords(refused, this.text), again: request.status === 429 || request.status >= 500 });
    }
  }

  /** What the gateway says of a document becomes what the list shows. */
  told(file, answer) {
    const known = this.files.get(file.id);
    const next = { ...(known ?? file), ...answer, id: file.id, document: answer.id ?? file.id, name: file.name, blob: null };
    next.known_before = Boolean(next.known_before || next.duplicate_of);
    this.put(next);
    this.keep();
    if (FINAL.has(next.state)) this.settled();
  }

  async again(id) {
    const file = this.files.get(id);
    if (file?.blob) {
      this.put({ ...file, state: "queued", words: null, sent: 0 });
      this.next();
      return;
    }
    try {
      const answer = await ask(`/v1/documents/${file.document ?? id}/read-again`, { method: "POST" });
      this.told(file, await answer.json());
      this.watch();
    } catch (error) {
      this.put({ ...file, words: refusalWords(error, this.text) });
    }
  }

  get unfinished() {
    return [...this.files.values()].filter((file) => !FINAL.has(file.state) && file.state !== "failed");
  }

  watch() {
    if (this.timer === null) this.timer = window.setTimeout(() => this.look(), ASK_AGAIN_MS);
  }

  async look() {
    this.timer = null;
    for (const file of this.unfinished.filter((one) => !["queued", "sending"].includes(one.state))) {
      try {
        const answer = await ask(`/v1/documents/${file.document ?? file.id}`, { headers: { "X-Background": "1" } });
        this.told(file, await answer.json());
      } catch (error) {
        // The file was taken away meanwhile; anything else, such as a link that is down, is asked again.
        if (error instanceof Refused && error.status === 404) this.drop(file.id);
      }
    }
    if (this.unfinished.length) this.watch();
  }

  drop(id) {
    this.files.delete(id);
    this.gone(id);
    this.keep();
  }

  /** Take everything that is through off the list. */
  clear() {
    for (const file of [...this.files.values()]) if (FINAL.has(file.state) || file.state === "failed") this.drop(file.id);
  }
}
