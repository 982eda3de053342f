// Goods that come back: quantities in, what goes back shown by the gateway, then given back once.
import { ask, Refused, showRefusal, texts, Unheard } from "../frame/api.js";
import { Exchange, EXCHANGE } from "./exchange.js";
import { newId } from "./memory.js";
import { scaled } from "./money.js";

const PAUSE_MS = 150;
const root = document.getElementById("returns");
const text = texts();

class Returns {
  constructor() {
    this.form = root.querySelector('[data-form="give-back"]');
    this.button = this.form.querySelector('button[type="submit"]');
    this.lines = [];
    this.serial = 0;
    const others = this.form.querySelector("[data-exchange]");
    this.exchange = others && new Exchange(others, text, () => this.anotherWish());
    root.addEventListener("input", (event) => {
      if (event.target.dataset.line) this.changed();
    });
    root.addEventListener("click", (event) => {
      const all = event.target.closest("[data-all]");
      if (!all) return;
      const input = root.querySelector(`input[data-line="${all.dataset.all}"]`);
      input.value = input.dataset.left.replace(".", text("format.decimal"));
      this.changed();
    });
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.dataset?.line) return;
      event.preventDefault();
      const inputs = [...root.querySelectorAll("input[data-line]:not([disabled])")];
      const next = inputs[inputs.indexOf(event.target) + 1];
      (next ?? this.form.elements.reason).focus();
    });
    this.form.addEventListener("change", (event) => {
      if (event.target.name === "kind") this.anotherWay();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    // Typed before this script was there, or kept by the browser.
    if (this.read().length) this.changed();
  }

  /** Read the quantities; one that is none is marked and counts as nothing. */
  read() {
    const found = [];
    for (const input of root.querySelectorAll("input[data-line]")) {
      const typed = input.value.trim();
      const thousandths = typed ? scaled(typed, 3) : 0;
      const wrong = thousandths === null;
      if (wrong) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      if (thousandths) found.push({ line: Number(input.dataset.line), quantity: typed.replace(",", ".") });
    }
    return found;
  }

  get isExchange() {
    return this.form.elements.kind.value === EXCHANGE;
  }

  /** How it goes back was chosen: other goods ask for more than money does. */
  anotherWay() {
    this.exchange?.show(this.isExchange);
    this.button.querySelector("[data-do-words]").textContent = text(this.isExchange ? "returns.exchange_do" : "returns.do");
    this.anotherWish();
  }

  /** Another wish is another request: only the same one may be sent again. */
  anotherWish() {
    this.id = null;
    const gross = root.querySelector("[data-gross]")?.dataset.gross ?? null;
    this.exchange?.showDifference(gross);
    this.button.disabled = this.isStale || gross === null || (this.isExchange && this.exchange.isEmpty);
  }

  changed() {
    this.lines = this.read();
    this.isStale = true;
    this.anotherWish();
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.preview(), PAUSE_MS);
  }

  async preview() {
    this.serial += 1;
    const { serial } = this;
    const lines = this.lines.map(({ line, quantity }) => `${line}:${quantity}`).join(",");
    await this.#try(async () => {
      const html = await (await ask(`/returns/${root.dataset.sale}/preview?lines=${lines}`)).text();
      if (serial !== this.serial) return;
      root.querySelector("[data-preview]").innerHTML = html;
      this.isStale = false;
      this.anotherWish();
    });
  }

  async send() {
    this.id ??= newId();
    const data = new FormData(this.form);
    if (this.isExchange) {
      await this.#exchangeGoods(String(data.get("reason")).trim());
      return;
    }
    const body = { id: this.id, kind: data.get("kind"), reason: String(data.get("reason")).trim(), lines: this.lines };
    this.button.disabled = true;
    const given = await this.#try(async () =>
      (await ask(`/v1/sales/${root.dataset.sale}/give-backs`, { method: "POST", body, headers: { "Idempotency-Key": this.id } })).json(),
    );
    this.button.disabled = false;
    if (given) this.#show(given);
  }

  async #exchangeGoods(reason) {
    this.button.disabled = true;
    const wish = { id: this.id, reason, lines: this.lines };
    const done = await this.#try(() => this.exchange.send(root.dataset.sale, wish));
    this.button.disabled = false;
    if (!done) return;
    const rest = this.exchange.restOf(done.sale);
    const panel = this.#panel("panel-exchanged", done.given_back);
    panel.querySelector("[data-to-pay]").hidden = !rest;
    panel.querySelector("[data-even]").hidden = Boolean(rest);
    if (rest) {
      // Green means paid: while something is due, it is not.
      panel.classList.replace("ok", "wait");
      const shape = panel.querySelector("header use");
      shape.setAttribute("href", shape.getAttribute("href").replace(/#.*/, "#hourglass"));
      panel.querySelector("[data-rest]").textContent = `${rest.currency} ${rest.amount}`;
    } else this.#tellCode(panel, done.given_back, { left: true });
    this.#put(panel, { goods: `${done.sale.totals.to_pay.currency} ${done.sale.totals.to_pay.amount}` });
    this.#end(panel);
  }

  async #try(work) {
    const problem = root.querySelector("[data-giving] [data-problem]");
    problem.hidden = true;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
      showRefusal(problem, error, text);
      return null;
    }
  }

  #put(panel, facts) {
    const list = panel.querySelector("[data-detail]");
    list.append(
      ...Object.entries(facts).flatMap(([name, value]) => [
        Object.assign(document.createElement("dt"), { textContent: list.dataset[name] }),
        Object.assign(document.createElement("dd"), { textContent: value }),
      ]),
    );
  }

  /** Credit has a code that is told once, to whoever gave it back; `left`: only if something is left on it. */
  async #tellCode(panel, given, { left = false } = {}) {
    if (!given.detail.voucher_id) return;
    try {
      const body = { reason: given.reason };
      const voucher = await (await ask(`/v1/vouchers/${given.detail.voucher_id}/code`, { method: "POST", body })).json();
      if (left && !/[1-9]/.test(voucher.left.amount)) return;
      this.#put(panel, { code: voucher.code, left: `${voucher.left.currency} ${voucher.left.amount}` });
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
      // An older voucher keeps its code to itself; its last characters tell which one it is.
      this.#put(panel, { ends: given.detail.ends_in });
    }
  }

  #panel(name, given) {
    const panel = document.getElementById(name).content.firstElementChild.cloneNode(true);
    panel.querySelector("[data-amount]").textContent = `${given.amount.currency} ${given.amount.amount}`;
    return panel;
  }

  #show(given) {
    const panel = this.#panel("panel-given-back", given);
    panel.querySelector("[data-way]").textContent = text(`tender.${given.kind}`);
    panel.querySelector("[data-words]").textContent = this.form.querySelector(`input[value="${given.kind}"]`).dataset.doThis;
    this.#put(panel, given.detail.due ? { due: `${given.amount.currency} ${given.detail.due}` } : {});
    this.#tellCode(panel, given);
    this.#end(panel);
  }

  #end(panel) {
    root.querySelector("[data-giving]").replaceWith(panel);
    for (const input of root.querySelectorAll("input[data-line], button[data-all]")) input.disabled = true;
    panel.querySelector("[autofocus]:not([hidden])").focus();
  }
}

if (root) new Returns();
