// Splitting a bill: evenly, by amounts, by person, by item. The gateway works the shares out; here they are only shown.
import { ask, Refused, showRefusal, Unheard } from "../frame/api.js";
import { CounterSale, sendOnce } from "./counter_sale.js";
import { newId } from "./memory.js";
import { scaled, showMoney } from "./money.js";
import { showPanel } from "./panels.js";

const PREVIEW_PAUSE_MS = 200;
const PERSONS_MAX = 40;

export class SplitPanel {
  constructor(till) {
    this.till = till;
    this.way = "evenly";
    this.persons = 2;
    this.amounts = "";
    /** Of each line of the bill: the persons who share it, from 0. */
    this.takers = [];
    this.serial = 0;
  }

  async open() {
    const { till } = this;
    if (till.sale || till.isBusy || till.due <= 0) return;
    this.bill = await till.attempt(() => till.bill());
    if (!this.bill) return;
    this.#dealOut();
    till.showStep("outcome");
    this.panel = showPanel(till.place, "panel-split", (panel) => {
      for (const way of panel.querySelectorAll("[data-way-needs-items]")) way.hidden = till.mode === "amount";
    });
    this.panel.addEventListener("click", (event) => this.#clicked(event));
    this.panel.addEventListener("input", () => this.#changed());
    this.panel.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#split();
    });
    this.#choose("evenly");
  }

  #clicked(event) {
    const way = event.target.closest("[data-way]")?.dataset.way;
    if (way) this.#choose(way);
    const taker = event.target.closest("[data-taker]");
    if (taker) this.#toggle(Number(taker.dataset.line), Number(taker.dataset.taker));
    const act = event.target.closest("[data-do]")?.dataset.do;
    if (act === "back") this.till.backFromPanel();
    if (act === "fewer" || act === "further") {
      const persons = Math.min(PERSONS_MAX, Math.max(2, this.persons + (act === "fewer" ? -1 : 1)));
      this.panel.querySelector("[name=persons]").value = String(persons);
      this.#changed();
    }
  }

  /** At first persons share every line, and items go round. */
  #dealOut() {
    const everybody = [...Array(this.persons).keys()];
    this.takers = this.bill.lines.map((_, index) => (this.way === "items" ? [index % this.persons] : everybody));
  }

  /** A person for whom nothing is left would make an empty share: said here, before the gateway refuses it. */
  get #isLeftOut() {
    if (!["persons", "items"].includes(this.way)) return false;
    const served = new Set(this.takers.flat());
    return served.size < this.persons;
  }

  #choose(way) {
    this.way = way;
    this.#dealOut();
    for (const button of this.panel.querySelectorAll("[data-way]")) button.setAttribute("aria-pressed", String(button.dataset.way === way));
    for (const part of this.panel.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(way);
    this.#changed();
    this.panel.querySelector(way === "amounts" ? "[name=amounts]" : "[name=persons]").focus();
  }

  #changed() {
    const persons = Number(this.panel.querySelector("[name=persons]").value);
    if (Number.isInteger(persons) && persons >= 2 && persons <= PERSONS_MAX && persons !== this.persons) {
      this.persons = persons;
      this.#dealOut();
    }
    this.#showTakers();
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#preview(), PREVIEW_PAUSE_MS);
  }

  /** By person: one or more share a line. By item: exactly one takes it. */
  #toggle(line, person) {
    const before = this.takers[line];
    if (this.way === "items") this.takers[line] = [person];
    else this.takers[line] = before.includes(person) ? before.filter((one) => one !== person) : [...before, person].sort((a, b) => a - b);
    if (!this.takers[line].length) this.takers[line] = [person];
    this.#showTakers();
    this.panel.querySelector(`[data-line="${line}"][data-taker="${person}"]`)?.focus();
    this.#preview();
  }

  #showTakers() {
    const place = this.panel.querySelector("[data-takers]");
    place.replaceChildren(
      ...this.bill.lines.map((line, index) => {
        const row = document.createElement("li");
        const name = document.createElement("span");
        name.textContent = `${line.text} ${line.amount.amount}`;
        const buttons = document.createElement("span");
        buttons.className = "takers";
        buttons.setAttribute("role", "group");
        buttons.setAttribute("aria-label", line.text);
        for (let person = 0; person < this.persons; person += 1) {
          const button = document.createElement("button");
          button.type = "button";
          button.className = "plain";
          button.dataset.line = String(index);
          button.dataset.taker = String(person);
          button.textContent = String(person + 1);
          button.setAttribute("aria-pressed", String(this.takers[index].includes(person)));
          button.setAttribute("aria-label", this.till.text("split.person", { n: person + 1 }));
          buttons.append(button);
        }
        row.append(name, buttons);
        return row;
      }),
    );
  }

  #body() {
    const { till } = this;
    const body = { id: this.id ?? newId(), register_id: till.registerId, ...this.bill, way: this.way };
    if (this.way === "evenly") body.persons = this.persons;
    if (this.way === "amounts") {
      const typed = this.panel.querySelector("[name=amounts]").value.split(/[;\s]+/).filter(Boolean);
      const minors = typed.map((one) => scaled(one, till.settings.exponent));
      if (!minors.length || minors.some((minor) => !minor)) return null;
      body.amounts = minors.map((minor) => till.money(minor));
    }
    if (this.way === "persons") {
      body.persons = this.persons;
      body.takers = this.takers.map((of) => Object.fromEntries(of.map((person) => [person, 1])));
    }
    if (this.way === "items") {
      body.persons = this.persons;
      body.owners = this.takers.map((of) => of[0]);
    }
    return body;
  }

  async #preview() {
    const body = this.#body();
    this.serial += 1;
    const { serial } = this;
    const button = this.panel.querySelector("[data-do-split]");
    button.disabled = true;
    this.panel.querySelector("[data-left-out]").hidden = !this.#isLeftOut;
    if (!body || this.#isLeftOut) {
      this.panel.querySelector("[data-shares]").replaceChildren();
      return;
    }
    const answer = await this.#try(async () => (await ask("/v1/sales/splits", { method: "POST", body: { ...body, preview: true } })).json());
    if (!answer || serial !== this.serial) return;
    const { text, settings } = this.till;
    const rows = answer.sales.map((sale, index) => {
      const row = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = text("split.share", { n: index + 1 });
      const amount = document.createElement("strong");
      showMoney(amount, this.till.minorOf(sale.totals.to_pay), settings, text);
      row.append(name, amount);
      return row;
    });
    this.panel.querySelector("[data-shares]").replaceChildren(...rows);
    button.disabled = false;
  }

  async #try(work) {
    const problem = this.panel.querySelector("[data-action-problem]");
    problem.hidden = true;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
      showRefusal(problem, error, this.till.text);
      return null;
    }
  }

  async #split() {
    const { till } = this;
    this.id ??= newId();
    const body = this.#body();
    if (!body) return;
    const done = await this.#try(() => sendOnce("/v1/sales/splits", body));
    if (!done) return;
    const order = await till.kitchen.ofSplit(done.id);
    const shares = done.sales.filter((sale) => till.minorOf(sale.totals.to_pay) > 0);
    till.sale = CounterSale.of(till.settings, shares[0], { id: done.id, shares: shares.map((sale) => sale.id), at: 1, order });
    till.showRest();
  }
}
