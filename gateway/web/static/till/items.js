// The list of what is sold: text, quantity, price; the lines add up by the gateway's own rounding.
import { figure, lineAmount, plain, scaled } from "./money.js";

const LINES_MAX = 500;

export class Items {
  constructor(root, settings, text, changed) {
    this.lines = [];
    this.root = root;
    this.settings = settings;
    this.text = text;
    this.changed = changed;
    this.form = root.querySelector('[data-form="item"]');
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add();
    });
    root.querySelector("[data-items] tbody").addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove]");
      if (button) this.#remove(Number(button.dataset.remove));
    });
  }

  get minor() {
    return this.lines.reduce((sum, line) => sum + line.amount, 0);
  }

  /** The lines in the form of the API. */
  forApi() {
    const money = (minor) => ({ amount: plain(minor, this.settings.exponent), currency: this.settings.currency });
    return this.lines.map((line) => ({
      text: line.text,
      quantity: plain(line.quantity, 3),
      unit_price: money(line.price),
      amount: money(line.amount),
    }));
  }

  restore(lines) {
    this.lines = lines;
    this.#show();
  }

  #add() {
    const data = new FormData(this.form);
    const line = {
      text: String(data.get("text")).trim(),
      quantity: scaled(String(data.get("quantity")), 3),
      price: scaled(String(data.get("price")), this.settings.exponent),
    };
    const problem = this.#problemOf(line);
    if (problem) return this.#complain(...problem);
    line.amount = lineAmount(line.quantity, line.price);
    if (this.minor + line.amount > this.settings.amountMax) return this.#complain("price", "till.item_too_much");
    this.lines.push(line);
    this.#complain(null, null);
    this.form.reset();
    this.form.elements.text.focus();
    this.#show();
    return undefined;
  }

  #problemOf(line) {
    if (!line.text) return ["text", "till.item_needs_text"];
    if (!line.quantity) return ["quantity", "till.item_needs_quantity"];
    if (line.price === null) return ["price", "till.item_needs_price"];
    if (this.lines.length >= LINES_MAX) return ["text", "till.item_too_many"];
    return null;
  }

  #complain(field, key) {
    const place = this.root.querySelector("[data-item-problem]");
    place.hidden = !key;
    place.textContent = key ? this.text(key) : "";
    for (const input of this.form.querySelectorAll("input")) {
      if (input.name === field) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    if (field) this.form.elements[field].focus();
  }

  #remove(index) {
    this.lines.splice(index, 1);
    this.#show();
    const next = this.root.querySelectorAll("[data-remove]")[Math.min(index, this.lines.length - 1)];
    (next ?? this.form.elements.text).focus();
  }

  #show() {
    const body = this.root.querySelector("[data-items] tbody");
    body.replaceChildren(...this.lines.map((line, index) => this.#row(line, index)));
    this.root.querySelector("[data-items]").hidden = !this.lines.length;
    this.root.querySelector("[data-items-empty]").hidden = this.lines.length > 0;
    this.changed();
  }

  #row(line, index) {
    const cell = (words, name) => {
      const made = document.createElement("td");
      made.textContent = words;
      made.className = name;
      return made;
    };
    const quantity = plain(line.quantity, 3).replace(/\.?0+$/, "").replace(".", this.text("format.decimal"));
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.remove = String(index);
    button.textContent = "✕";
    button.setAttribute("aria-label", this.text("till.item_remove_named", { name: line.text }));
    const last = cell("", "number");
    last.append(button);
    const row = document.createElement("tr");
    row.append(cell(line.text, ""), cell(quantity, "number"), cell(figure(line.amount, this.settings.exponent, this.text), "number"), last);
    return row;
  }
}
