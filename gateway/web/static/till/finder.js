// Finding what is sold: a scanner's burst of keys, a search, and the keys of the most wanted items.
import { ask, Refused } from "../frame/api.js";
import { figure, minorOf, scaled } from "./money.js";

const BURST_GAP_MS = 50;
/** Shorter codes are typed by hand into the search. */
const BURST_MIN = 6;
const TYPING_PAUSE_MS = 150;
const SHOWN_MAX = 12;

/** Tells a scanner from a person: many keys at once, then Enter. Calls `scanned(code)` in place of the keys. */
export class Scanner {
  constructor({ ready, began, scanned }) {
    this.burst = "";
    this.lastAt = 0;
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]") || !ready()) return;
        // When the key was pressed, not when this page found time for it.
        if (event.timeStamp - this.lastAt > BURST_GAP_MS) this.burst = "";
        this.lastAt = event.timeStamp;
        if (event.key === "Enter") {
          const code = this.burst;
          this.burst = "";
          if (code.length < BURST_MIN) return;
          event.preventDefault();
          event.stopImmediatePropagation();
          scanned(code);
        } else if (/^[0-9A-Za-z._-]$/.test(event.key)) {
          if (!this.burst) began();
          this.burst += event.key;
        } else this.burst = "";
      },
      { capture: true },
    );
  }
}

/** The item of the API as a line of the basket; `quantity` in thousandths. */
export function lineOf(item, settings, quantity = 1000) {
  return {
    text: item.name,
    quantity,
    price: minorOf(item.price, settings.exponent),
    rate: item.tax_rate,
    itemId: item.id,
    kitchen: item.kitchen_group,
  };
}

export class Finder {
  /** `add(item, quantity)` puts it into the basket; `complain(key, values)` says what was not found. */
  constructor(root, settings, text, { add, complain }) {
    this.root = root;
    this.settings = settings;
    this.text = text;
    this.add = add;
    this.complain = complain;
    this.input = root.querySelector("#find");
    this.list = root.querySelector("[data-found]");
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("click", (event) => this.#chosen(event.target.closest("button")));
    this.list.addEventListener("keydown", (event) => this.#key(event));
    root.querySelector("[data-quick-keys]").addEventListener("click", (event) => this.#chosen(event.target.closest("button")));
  }

  async loadKeys() {
    try {
      const keys = (await (await ask("/v1/item-keys")).json()).data;
      const place = this.root.querySelector("[data-quick-keys]");
      const groups = Map.groupBy ? Map.groupBy(keys, (item) => item.group) : new Map([["", keys]]);
      place.replaceChildren(...[...groups].flatMap(([, items]) => items.map((item) => this.#button(item))));
      place.hidden = keys.length === 0;
      return keys.length;
    } catch (error) {
      if (error instanceof Refused || error.constructor.name === "Unheard") return 0;
      throw error;
    }
  }

  /** Sell what a code means; returns whether anybody has it. */
  async code(code, quantity = 1000) {
    const found = await this.#ask(`code=${encodeURIComponent(code)}`);
    if (!found) return false;
    if (found.length) this.add(found[0], quantity);
    else this.complain("till.code_unknown", { code });
    return found.length > 0;
  }

  #wish() {
    const match = /^\s*(\d{1,4}(?:[.,]\d{1,3})?)\s*[*x×]\s*(.*)$/i.exec(this.input.value);
    const quantity = match ? scaled(match[1], 3) : 1000;
    return { quantity: quantity || 1000, words: (match ? match[2] : this.input.value).trim() };
  }

  #typed() {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#search(), TYPING_PAUSE_MS);
  }

  async #search() {
    const { words } = this.#wish();
    const asked = words;
    const found = words.length ? await this.#ask(`search=${encodeURIComponent(words.slice(0, 60))}&limit=${SHOWN_MAX}`) : [];
    if (!found || this.#wish().words !== asked) return found ?? [];
    this.list.replaceChildren(...found.map((item) => this.#button(item)));
    if (words && !found.length) {
      const note = document.createElement("p");
      note.className = "quiet";
      note.textContent = this.text("till.nothing_found", { words });
      this.list.append(note);
    }
    this.list.hidden = !words;
    return found;
  }

  async #key(event) {
    const buttons = [...this.list.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = event.key === "ArrowDown" ? at + 1 : at - 1;
      (buttons[next] ?? (next < 0 ? this.input : buttons.at(-1)))?.focus();
    }
    if (event.key === "Escape" && this.input.value) {
      event.preventDefault();
      this.#clear();
    }
    if (event.key !== "Enter" || event.target !== this.input || !this.input.value.trim()) return;
    event.preventDefault();
    window.clearTimeout(this.timer);
    const { words, quantity } = this.#wish();
    const exact = /^[\w.-]+$/.test(words) ? await this.#ask(`code=${encodeURIComponent(words)}`) : [];
    const found = exact?.length ? exact : await this.#search();
    if (!found?.length) return;
    this.add(found[0], quantity);
    this.#clear();
  }

  #clear() {
    this.input.value = "";
    this.list.replaceChildren();
    this.list.hidden = true;
    this.input.focus();
  }

  #chosen(button) {
    if (!button) return;
    this.add(JSON.parse(button.dataset.item), this.#wish().quantity);
    if (this.list.contains(button)) this.#clear();
  }

  #button(item) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain item-key";
    button.dataset.item = JSON.stringify(item);
    const name = document.createElement("span");
    name.textContent = item.name;
    const price = document.createElement("small");
    price.className = "number";
    price.textContent = figure(minorOf(item.price, this.settings.exponent), this.settings.exponent, this.text);
    button.append(name, price);
    return button;
  }

  async #ask(query) {
    try {
      return (await (await ask(`/v1/items?${query}`)).json()).data;
    } catch (error) {
      this.complain(error instanceof Refused ? "till.find_refused" : "till.offline");
      return null;
    }
  }
}
