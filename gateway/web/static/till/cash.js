// Cash: what is due in coins that exist, what was given, and the change, big.
import { ask } from "../frame/api.js";
import { AmountField } from "./amount.js";
import { figure, minorOf, plain, showMoney } from "./money.js";
import { putMoney, showPanel } from "./panels.js";

/** `take({amount, given})` in minor units takes the tender; `back()` leaves. */
export class CashPanel {
  constructor(till, { minor, isPart, take, back }) {
    this.till = till;
    this.minor = minor;
    this.isPart = isPart;
    this.take = take;
    this.back = back;
  }

  async open() {
    const { settings, text } = this.till;
    const query = `amount=${plain(this.minor, settings.exponent)}&currency=${settings.currency}`;
    const cash = await (await ask(`/v1/cash?${query}`)).json();
    // A part is payable as it is; only what settles the sale is rounded to coins.
    this.due = this.isPart ? this.minor : minorOf(cash.due, settings.exponent);
    const likely = this.isPart ? [] : cash.likely.map((money) => minorOf(money, settings.exponent));
    this.panel = showPanel(this.till.place, "panel-cash", (panel) => {
      putMoney(panel, "due", this.due, settings, text);
      const difference = this.due - this.minor;
      panel.querySelector("[data-rounding]").hidden = difference === 0;
      panel.querySelector("[data-rounding] .money").textContent = figure(difference, settings.exponent, text);
      panel.querySelector("[data-likely]").replaceChildren(...likely.map((minor, index) => this.#key(minor, index)));
    });
    const input = this.panel.querySelector("#given");
    this.field = new AmountField(input, this.panel.querySelector(".pad"), settings, text, () => this.#show());
    this.panel.addEventListener("click", (event) => {
      const key = event.target.closest("[data-given]");
      if (key) {
        this.field.minor = Number(key.dataset.given);
        this.#take();
      }
      const { do: act } = event.target.closest("[data-do]")?.dataset ?? {};
      if (act === "take") this.#take();
      if (act === "back") this.back();
    });
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === input && !event.repeat) {
        event.preventDefault();
        this.#take();
      }
    });
    this.#show();
    input.focus();
  }

  #key(minor, index) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain till-button";
    button.dataset.given = String(minor);
    const amount = document.createElement("span");
    showMoney(amount, minor, this.till.settings, this.till.text);
    button.append(amount);
    if (index === 0) {
      const exact = document.createElement("small");
      exact.textContent = this.till.text("cash.exact");
      button.append(exact);
    }
    return button;
  }

  #show() {
    if (!this.field) return;
    const { settings, text } = this.till;
    const given = this.field.minor;
    const change = given - this.due;
    const row = this.panel.querySelector("[data-change]");
    row.hidden = given === 0;
    row.querySelector("[data-words]").textContent = text(change < 0 ? "cash.missing" : "cash.change");
    row.classList.toggle("missing", change < 0);
    showMoney(row.querySelector(".money"), Math.abs(change), settings, text);
    const words = given === 0 ? "cash.take_exact" : change < 0 ? "cash.take_part" : "cash.take";
    this.panel.querySelector('[data-do="take"] span').textContent = text(words);
  }

  /** Nothing typed is the exact amount; too little is taken as a part, and the rest stays due. */
  #take() {
    const given = this.field.minor || this.due;
    const amount = given < this.due ? given : this.minor;
    this.take({ amount, given });
  }
}
