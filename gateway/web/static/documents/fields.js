// The captured fields at the right of the page: value, mark and reason of each; typing, confirming, going to the next doubt.
import { decimalsOf, shownAmount, shownDate, typedAmount, typedDate } from "./amounts.js";

export const AMOUNTS = new Set(["net", "tax", "total", "prepaid", "rounding", "payable"]);
const DATES = new Set(["date", "delivery_date", "due_date", "discount_date"]);
const CODES = new Set(["vat_id", "iban", "bic", "currency"]);
const DECIMALS_OF_RATES = 4;

export class Fields {
  /** `settled(name, value)`: a value was typed or confirmed; `typing()`: something stands there that is not stored yet. */
  constructor(root, { settled, typing, lit, text, readOnly, required }) {
    this.root = root;
    this.settled = settled;
    this.typing = typing;
    this.text = text;
    this.readOnly = readOnly;
    this.required = new Set(required);
    this.stored = {};
    this.rows = new Map([...root.querySelectorAll("[data-field]")].map((row) => [row.dataset.field, row]));
    for (const [name, row] of this.rows) {
      const input = row.querySelector("input");
      input.readOnly = readOnly;
      input.addEventListener("input", () => this.typed(name));
      input.addEventListener("change", () => this.changed(name) && this.settle(name));
      input.addEventListener("focus", () => {
        lit(name);
        input.select();
      });
      row.addEventListener("pointerenter", () => lit(name, { scroll: false, keep: false }));
      row.addEventListener("pointerleave", () => lit("", { scroll: false, keep: false }));
    }
  }

  get currency() {
    return this.rows.get("currency")?.querySelector("input").value || this.stored.currency?.value || "";
  }

  /** A stored value as a person reads and types it. */
  shown(name, stored) {
    if (AMOUNTS.has(name) || name === "discount_rate") return shownAmount(stored, this.text).replace("−", "-");
    return DATES.has(name) ? shownDate(stored, this.text) : stored;
  }

  /** What a person typed as it is stored; null when it is no such value. */
  read(name, typed) {
    const plain = typed.trim();
    if (!plain) return "";
    if (AMOUNTS.has(name)) return typedAmount(plain, decimalsOf(this.currency));
    if (name === "discount_rate") return typedAmount(plain.replace("%", ""), DECIMALS_OF_RATES);
    if (DATES.has(name)) return typedDate(plain);
    return CODES.has(name) ? plain.replace(/[\s.]/g, "").toUpperCase() : plain;
  }

  /** Show what the gateway has; what is being typed stays. `disputed`: fields whose two sources do not agree. */
  show(fields, disputed) {
    this.stored = fields;
    this.disputed = disputed;
    for (const [name, row] of this.rows) {
      const field = fields[name];
      const input = row.querySelector("input");
      if (!row.dataset.sent && (document.activeElement !== input || !row.dataset.typed)) {
        const value = this.shown(name, field?.value ?? "");
        if (input.value !== value) input.value = value;
        delete row.dataset.typed;
      }
      this.mark(name, this.markOf(name, field));
      row.querySelector("[data-why]").textContent = this.why(name, field);
    }
    this.order();
  }

  /** `sure`, `confirmed`, `check`, `missing` where a value is needed, `absent` where it is not. */
  markOf(name, field) {
    if (field?.corrected_by) return field.value || !this.required.has(name) ? "confirmed" : "missing";
    if (!field || !field.value) return this.required.has(name) ? "missing" : "absent";
    return field.mark === "accept" && !this.disputed.has(name) ? "sure" : "check";
  }

  /** Values of a sum that does not come out are looked at too, unless a person has confirmed them. */
  contest(wrong) {
    for (const sum of wrong) {
      for (const name of new Set([...sum.parts, sum.result].map((part) => part.name))) {
        const row = this.rows.get(name);
        if (row?.dataset.mark !== "sure") continue;
        this.mark(name, "check");
        row.querySelector("[data-why]").textContent = this.reason({ code: "check_failed", values: { check: sum.code } });
      }
    }
    this.order();
  }

  mark(name, mark) {
    const row = this.rows.get(name);
    if (row.dataset.mark === mark) return;
    row.dataset.mark = mark;
    const sample = document.querySelector(`[data-marks] [data-is="${mark}"]`);
    row.querySelector("[data-mark-place]").replaceChildren(sample.cloneNode(true));
  }

  why(name, field) {
    if (!field) return "";
    const reasons = (field.reasons ?? []).map((reason) => this.reason(reason)).filter(Boolean);
    if (field.corrected_by) return this.text("review.by_person", { person: field.corrected_by });
    if (!field.value) return reasons.join(" · ");
    // A reason says more than the way in which a value was found.
    const where = reasons.length ? "" : this.known(`captured_method.${field.method}`, "");
    const sure = this.text("review.sure_to", { percent: Math.floor(field.confidence * 100) });
    return [...reasons, [where, sure].filter(Boolean).join(", ")].join(" · ");
  }

  /** A reason in words; the name of a sum or of a field in it is told in words too. */
  reason({ code, values }) {
    const told = Object.fromEntries(
      Object.entries(values ?? {}).map(([name, value]) => [name, this.known(`captured_check.${value}`, this.known(`captured.${value}`, value))]),
    );
    const key = `captured_reason.${code}`;
    const said = this.text(key, { check: "", other: "", ...told });
    return said === key ? `${code.replaceAll("_", " ")} ${Object.values(told).join(" ")}`.trim() : said.replace(/[:\s]+$/, "");
  }

  known(key, otherwise) {
    const found = this.text(key);
    return found === key ? otherwise : found;
  }

  /** Only doubtful fields are stops of the Tab key; arrows reach the others. Without a doubt the first one is a stop. */
  order() {
    const doubtful = this.doubtful();
    for (const [name, row] of this.rows) row.querySelector("input").tabIndex = doubtful.includes(name) ? 0 : -1;
    if (!doubtful.length) this.inputs()[0]?.setAttribute("tabindex", "0");
    this.root.dispatchEvent(new CustomEvent("fields:doubts", { detail: { doubts: doubtful.length } }));
  }

  /** Names of the fields that need a look, as they stand on the screen. */
  doubtful() {
    return [...this.rows].filter(([, row]) => ["check", "missing"].includes(row.dataset.mark) && !row.dataset.sent).map(([name]) => name);
  }

  /** All inputs that can be seen, those of the lines too, from top to bottom. */
  inputs() {
    return [...this.root.querySelectorAll("[data-field] input, [data-cell]")].filter((input) => input.getClientRects().length);
  }

  /** Whether something else stands in a field than what is stored, or on its way to be. */
  changed(name) {
    const row = this.rows.get(name);
    const last = row.dataset.sent ? row.dataset.sent.slice(1) : (this.stored[name]?.value ?? "");
    return this.shown(name, last) !== row.querySelector("input").value.trim();
  }

  typed(name) {
    const row = this.rows.get(name);
    row.dataset.typed = "yes";
    this.complain(name, "");
    this.typing(name);
  }

  /** Take what stands in a field as right. Returns whether it could be read. */
  settle(name) {
    if (this.readOnly) return false;
    const row = this.rows.get(name);
    const value = this.read(name, row.querySelector("input").value);
    if (value === null) {
      this.complain(name, this.text(AMOUNTS.has(name) || name === "discount_rate" ? "review.no_amount" : "review.no_date"));
      return false;
    }
    if (!value && this.required.has(name)) {
      this.complain(name, this.text("review.needed"));
      return false;
    }
    delete row.dataset.typed;
    row.querySelector("input").value = this.shown(name, value);
    row.dataset.sent = `=${value}`;
    this.order();
    this.settled(name, value);
    return true;
  }

  /** What the gateway said of a value: words below the field, or none when it took it. */
  answered(name, words) {
    const row = this.rows.get(name);
    delete row.dataset.sent;
    this.complain(name, words);
    this.order();
  }

  complain(name, words) {
    const row = this.rows.get(name);
    const place = row.querySelector("[data-complaint]");
    place.textContent = words;
    place.hidden = !words;
    row.querySelector("input").toggleAttribute("aria-invalid", Boolean(words));
    if (words) row.querySelector("input").setAttribute("aria-invalid", "true");
  }

  focus(name) {
    const input = this.rows.get(name)?.querySelector("input");
    if (!input) return false;
    if (!input.getClientRects().length) this.root.dispatchEvent(new CustomEvent("fields:reveal"));
    input.focus();
    return true;
  }

  /** Go to the doubtful field after this one, or the first; false when no doubt is left. */
  focusNextDoubt(after = "") {
    const names = [...this.rows.keys()];
    const at = names.indexOf(after);
    const doubtful = this.doubtful();
    const next = doubtful.find((name) => names.indexOf(name) > at) ?? doubtful.find((name) => name !== after);
    return next ? this.focus(next) : false;
  }

  /** Put back what is stored; returns whether something was being typed. */
  revert(name) {
    const row = this.rows.get(name);
    if (!row?.dataset.typed) return false;
    delete row.dataset.typed;
    row.querySelector("input").value = this.shown(name, this.stored[name]?.value ?? "");
    this.complain(name, "");
    row.querySelector("input").select();
    this.typing(name);
    return true;
  }

  /** Values as they stand in the fields now, typed ones included. */
  values() {
    const found = {};
    for (const [name, row] of this.rows) found[name] = this.read(name, row.querySelector("input").value) ?? "";
    return found;
  }

  /** The places of all values, for the boxes on the page. */
  places() {
    return Object.entries(this.stored).flatMap(([name, field]) =>
      (field.places ?? []).map(({ page, box }) => ({ name, page, box, mark: this.rows.get(name)?.dataset.mark ?? "sure" })),
    );
  }
}
