// Other goods for those that come back: their list, and what is then to pay or stays as credit.
import { Refused } from "../frame/api.js";
import { Basket } from "./basket.js";
import { CounterSale, recallSale, sendOnce } from "./counter_sale.js";
import { Finder, lineOf } from "./finder.js";
import { tellKitchen } from "./kitchen_orders.js";
import { recall } from "./memory.js";
import { figure, minorOf, plain, showMoney } from "./money.js";

export const EXCHANGE = "exchange";
const ONE = 1000;

export class Exchange {
  /** `changed()` is called after each change of the new goods. */
  constructor(place, text, changed) {
    this.place = place;
    this.text = text;
    const { currency, exponent, amountMax } = place.dataset;
    this.settings = { currency, exponent: Number(exponent), amountMax: Number(amountMax) };
    this.basket = new Basket(this.settings, () => {
      this.#list();
      changed();
    });
    this.finder = new Finder(place, this.settings, text, {
      add: (item, quantity) => this.#add(item, quantity),
      complain: (key, values) => this.#complain(key, values),
    });
    place.addEventListener("click", (event) => {
      const button = event.target.closest("[data-step]");
      if (!button) return;
      const index = Number(button.dataset.index);
      this.#complain(this.basket.setQuantity(index, this.basket.lines[index].quantity + Number(button.dataset.step)));
      // The row was drawn anew: the focus stays on its button, or goes where the next item is looked for.
      (place.querySelector(`[data-index="${index}"][data-step="${button.dataset.step}"]`) ?? this.finder.input).focus();
    });
  }

  get isEmpty() {
    return !this.basket || this.basket.isEmpty;
  }

  /** Open or close it; the keys of the most wanted items are loaded once. */
  show(isOpen) {
    this.place.hidden = !isOpen;
    if (!isOpen || this.isLoaded) return;
    this.isLoaded = true;
    this.finder.loadKeys();
  }

  #add(item, quantity) {
    if (minorOf(item.price, this.settings.exponent) === 0) this.#complain("returns.exchange_no_price", { name: item.name });
    else this.#complain(this.basket.add(lineOf(item, this.settings, quantity)));
  }

  #complain(key, values = {}) {
    const problem = this.place.querySelector("[data-item-problem]");
    problem.hidden = !key;
    problem.textContent = key ? this.text(key, values) : "";
  }

  #list() {
    if (!this.basket) return;
    const button = (line, index, step, key) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "plain";
      made.dataset.index = String(index);
      made.dataset.step = String(step);
      made.textContent = step < 0 ? "−" : "+";
      made.setAttribute("aria-label", this.text(key, { name: line.text }));
      return made;
    };
    const rows = this.basket.lines.map((line, index) => {
      const row = document.createElement("li");
      const name = document.createElement("span");
      const count = plain(line.quantity, 3).replace(/\.?0+$/, "").replace(".", this.text("format.decimal"));
      name.textContent = `${count} × ${line.text}`;
      const amount = document.createElement("span");
      amount.className = "number";
      amount.textContent = figure(line.amount, this.settings.exponent, this.text);
      row.append(name, amount, button(line, index, -ONE, "till.less"), button(line, index, ONE, "till.more_of"));
      return row;
    });
    this.place.querySelector("[data-new-goods]").replaceChildren(...rows);
  }

  /** Show the difference to what comes back, an amount of the gateway's; null while nothing does. */
  showDifference(back) {
    const box = this.place.querySelector("[data-difference]");
    box.hidden = this.isEmpty || back === null;
    if (box.hidden) return;
    const minor = this.basket.minor - minorOf({ amount: back }, this.settings.exponent);
    const key = minor > 0 ? "returns.exchange_to_pay" : minor < 0 ? "returns.exchange_credit" : "returns.exchange_even";
    box.querySelector("[data-words]").textContent = this.text(key);
    box.querySelector(".money").hidden = minor === 0;
    showMoney(box.querySelector(".money"), Math.abs(minor), this.settings, this.text);
  }

  /** Exchange once: returns {given_back, sale}. `wish`: id, reason and the lines that come back. */
  async send(saleId, { id, reason, lines }) {
    // The new sale is taken up by the till of this browser: it must not push out one that stands there.
    if (recallSale() || recall()) throw new Refused(409, { code: "till_has_sale" });
    const register = this.place.querySelector("[name=register_id]").value;
    const bill = this.basket.forApi(this.text);
    const done = await sendOnce(`/v1/sales/${saleId}/exchanges`, { id, register_id: register, pricing: "gross", ...bill, returned: lines, reason });
    // What is still to be paid goes on at the till.
    if (!done.sale.due.settled) CounterSale.of(this.settings, done.sale, null);
    // Whoever brought a dish back waits for the other one: the kitchen hears of it before the difference is paid.
    if (this.place.dataset.kitchen === "yes" && this.basket.lines.some((line) => line.kitchen)) tellKitchen(done.sale.id);
    return done;
  }

  /** What is still to be paid for the new goods, in words; null when they are paid. */
  restOf(sale) {
    const { rest } = sale.due;
    return minorOf(rest, this.settings.exponent) > 0 ? rest : null;
  }
}
