// Keying in an amount. Digits fill from the right as on a card terminal; a point or comma switches to typing it out.
import { figure } from "./money.js";

/** The rule of the field, apart from the page: keys in, minor units out. */
export class AmountKeys {
  constructor(exponent, max) {
    this.exponent = exponent;
    this.max = max;
    this.clear();
  }

  clear() {
    this.digits = "";
    this.decimals = null;
  }

  get minor() {
    const missing = this.decimals === null ? 0 : this.exponent - this.decimals;
    return Number((this.digits || "0") + "0".repeat(missing));
  }

  set minor(value) {
    this.digits = value ? String(value) : "";
    this.decimals = null;
  }

  /** Take one key; returns whether it meant something here. */
  press(key) {
    if (/^\d{1,2}$/.test(key)) return [...key].map((digit) => this.#digit(digit)).some(Boolean);
    if (key === "." || key === ",") {
      if (this.exponent && this.decimals === null) this.decimals = 0;
      return true;
    }
    if (key === "back" || key === "Backspace") {
      this.digits = this.digits.slice(0, -1);
      if (this.decimals !== null) this.decimals = this.decimals ? this.decimals - 1 : null;
      return true;
    }
    if (key === "Delete") {
      this.clear();
      return true;
    }
    return false;
  }

  #digit(digit) {
    if (this.decimals !== null && this.decimals >= this.exponent) return false;
    const before = [this.digits, this.decimals];
    this.digits = (this.digits + digit).replace(/^0+(?=\d)/, "");
    if (this.decimals !== null) this.decimals += 1;
    if (this.minor > this.max) {
      [this.digits, this.decimals] = before;
      return false;
    }
    return true;
  }
}

/** Tie the rule to the field and the pad. */
export class AmountField {
  /** `input`: the field; `pad`: its number pad, or null. */
  constructor(input, pad, settings, text, changed) {
    this.input = input;
    this.keys = new AmountKeys(settings.exponent, settings.amountMax);
    this.settings = settings;
    this.text = text;
    this.changed = changed;
    this.input.addEventListener("keydown", (event) => this.#keydown(event));
    this.input.addEventListener("input", () => this.#retyped());
    pad?.addEventListener("click", (event) => {
      const key = event.target.closest("[data-digit]")?.dataset.digit;
      if (key) this.#take(key);
    });
    this.#show();
  }

  get minor() {
    return this.keys.minor;
  }

  set minor(value) {
    this.keys.minor = value;
    this.#show();
  }

  #keydown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.#take(event.key)) event.preventDefault();
    else if (event.key.length === 1 && event.key !== "?") event.preventDefault();
  }

  /** Pasted, dictated, or from a keyboard that sends no keys. */
  #retyped() {
    const typed = this.input.value.replace(/[^\d.,]/g, "");
    this.keys.clear();
    for (const letter of typed) this.keys.press(letter);
    this.#show();
  }

  #take(key) {
    const meant = this.keys.press(key);
    if (meant) this.#show();
    return meant;
  }

  #show() {
    this.input.value = figure(this.keys.minor, this.settings.exponent, this.text);
    this.changed();
  }
}
