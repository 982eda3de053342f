// The till: what is to pay on the left, whether it has been paid on the right. Each tender has its own module.
import { ask, Refused, showRefusal } from "../frame/api.js";
import { AmountField } from "./amount.js";
import { Basket } from "./basket.js";
import { BasketView } from "./basket_view.js";
import { CardPayment } from "./card.js";
import { CashPanel } from "./cash.js";
import { CounterSale, recallSale } from "./counter_sale.js";
import { DisplayFeed } from "./display_feed.js";
import { showDone } from "./done.js";
import { Finder } from "./finder.js";
import { Kitchen } from "./kitchen.js";
import { newId } from "./memory.js";
import { figure, plain } from "./money.js";
import { openMore } from "./more.js";
import { ParkPanel } from "./park.js";
import { play } from "./sounds.js";
import { SplitPanel } from "./split.js";
import { prefersItems, TillFace } from "./till_face.js";

class Till extends TillFace {
  constructor(root) {
    super(root);
    this.amount = new AmountField(root.querySelector("#amount"), root.querySelector(".pad"), this.settings, this.text, () => this.showTotal());
    this.basket = new Basket(this.settings, () => this.basketChanged());
    this.view = new BasketView(root, this.basket, this.settings, this.text);
    this.feed = new DisplayFeed(this.settings, () => this.registerId, root.dataset.display === "yes");
    this.kitchen = new Kitchen(this);
    this.finder = new Finder(root, this.settings, this.text, {
      add: (item, quantity) => this.addItem(item, quantity),
      complain: (key, values) => this.notFound(key, values),
    });
    const hooks = {
      paying: () => this.showStep("outcome"),
      refused: (error, kept) => this.cardRefused(error, kept),
      shown: (state) => this.cardShown(state),
      problem: (place, error) => showRefusal(place, error, this.text),
    };
    this.cards = new CardPayment({ place: this.place, announce: this.announce, settings: this.settings, text: this.text, hooks });
    this.actions = {
      card: () => this.card(),
      cash: () => this.cash(),
      split: () => new SplitPanel(this).open(),
      more: () => openMore(this),
      park: () => new ParkPanel(this).open(),
      kitchen: () => this.kitchen.send(),
      cancel: () => this.cards.post("cancel", {}),
      ask: () => this.cards.post("ask", {}),
      next: () => this.next(),
      leave: () => this.next(),
      back: () => this.back(),
      "try-again": () => this.cards.tryAgain(),
      "print-copy": () => this.cards.post("receipts", { copy: "customer", request_id: newId() }),
      "send-again": () => this.cards.sendAgain(),
      "leave-sale": () => this.leaveSale(),
      sound: () => this.switchSound(),
    };
    this.listen();
    this.basketChanged();
    this.showSound();
    this.begin();
  }

  async begin() {
    if (prefersItems()) this.switchMode("items");
    this.finder.loadKeys();
    const payment = CardPayment.unfinished();
    const sale = recallSale();
    if (sale) this.sale = new CounterSale(this.settings, sale);
    if (payment) {
      if (!this.sale) this.restore(payment.kept);
      await this.cards.resume(payment);
    } else if (sale) await this.resumeSale();
  }

  /** What is to be paid now, in minor units. */
  get due() {
    if (this.sale?.sale) return this.sale.rest;
    return this.mode === "items" ? this.basket.minor : this.amount.minor;
  }

  tellDisplay(state, more = {}) {
    const lines = this.mode === "items" ? this.basket.lines : [];
    const total = this.sale?.sale ? this.sale.total : this.due;
    this.feed.show({ state, total, rest: this.due, lines, ...more });
  }

  /** The bill in the form of the API, with what is taken off all spread by the gateway. */
  async bill() {
    if (this.mode === "amount") {
      const amount = this.money(this.amount.minor);
      const line = { kind: "goods", text: this.text("till.amount_line"), quantity: "1", unit_price: amount, amount };
      return { pricing: "gross", lines: [{ ...line, tax_rate: this.root.dataset.taxRate }] };
    }
    const { lines, discount, tip } = this.basket.forApi(this.text);
    const told = { pricing: "gross", lines, ...(tip ? { tip } : {}) };
    if (discount) {
      const body = { ...told, currency: this.settings.currency, discount };
      const worked = await (await ask("/v1/bills/preview", { method: "POST", body })).json();
      told.lines = worked.lines.map(({ item_id: itemId, ...line }) => (itemId ? { ...line, item_id: itemId } : line));
    }
    return told;
  }

  /** What the left side holds, to be restored after a reload or when the customer changes their mind. */
  kept() {
    return { mode: this.mode, minor: this.amount.minor, ...this.basket.kept() };
  }

  restore(kept) {
    if (!kept) return;
    this.switchMode(kept.mode);
    if (kept.mode === "items") this.basket.restore(kept);
    else this.amount.minor = kept.minor;
  }

  /** Make the sale of what stands on the left, unless there is one. */
  async makeSale() {
    if (this.sale) return;
    const bill = await this.bill();
    const body = { id: newId(), register_id: this.registerId, ...bill };
    this.sale = CounterSale.begin(this.settings, { body, basket: this.kept() });
  }

  async card() {
    if (this.isBusy || this.isStoring || this.due <= 0) return;
    const minor = this.wanted;
    const body = { amount: this.money(minor), register_id: this.registerId };
    if (this.mode === "amount" && !this.sale && minor === this.due) {
      this.tellDisplay("card");
      await this.cards.begin(body, minor, this.kept());
      return;
    }
    this.isStoring = true;
    await this.attempt(async () => {
      try {
        await this.makeSale();
        await this.sale.store();
      } finally {
        this.isStoring = false;
      }
      this.tellDisplay("card");
      await this.cards.begin({ ...body, sale_id: this.sale.id }, minor, this.kept());
    });
  }

  cardShown(state) {
    const rest = Number(this.place.querySelector(".outcome")?.dataset.rest ?? 0);
    const shown = { approved: rest > 0 ? "sale" : "paid", declined: "declined", cancelled: "declined", not_charged: "declined" }[state];
    if (shown === "paid" && this.sale) this.kitchen.settled(this.sale);
    if (shown) this.tellDisplay(shown, rest > 0 ? { rest } : {});
  }

  cardRefused(error, kept) {
    if (this.sale?.sale) this.showRest();
    else {
      this.showStep("sale");
      this.restore(kept);
    }
    this.complain(error);
  }

  async cash() {
    if (this.isBusy || this.due <= 0) return;
    const minor = this.wanted;
    const panel = new CashPanel(this, {
      minor,
      isPart: minor < this.due,
      take: ({ amount, given }) => this.tender({ kind: "cash", amount: this.money(amount), given: this.money(given) }),
      back: () => this.backFromPanel(),
    });
    this.tellDisplay("cash");
    await this.attempt(async () => {
      this.showStep("outcome");
      await panel.open();
    });
  }

  /** Take a tender that is no card; returns it, or null when it was refused. */
  async tender(wish) {
    return this.attempt(async () => {
      await this.makeSale();
      const taken = await this.sale.tender({ kind: wish.kind, ...wish });
      await this.tenderTaken(taken);
      return taken;
    });
  }

  async tenderTaken(taken) {
    this.root.querySelector("#part").value = "";
    if (this.sale.isSettled) {
      play("ok");
      this.#showSettled(taken);
    } else this.showRest(taken);
  }

  #showSettled(taken) {
    showDone(this, taken);
    this.kitchen.settled(this.sale);
  }

  /** Something is still due: the goods stand, the tenders so far are listed, the next one is asked for. */
  showRest(taken = null) {
    this.showStep("rest");
    this.root.querySelector("#part").value = "";
    const list = this.root.querySelector("[data-tendered]");
    list.replaceChildren(...this.tendered().map((words) => Object.assign(document.createElement("li"), { textContent: words })));
    this.root.querySelector("[data-rest]").hidden = false;
    this.root.querySelector('[data-action="leave-sale"]').hidden = this.sale.isPaidInPart;
    const { split } = this.sale;
    const progress = this.root.querySelector("[data-share]");
    progress.hidden = !split;
    if (split) progress.textContent = this.text("split.progress", { n: split.at, of: split.shares.length });
    this.showTotal();
    const change = taken?.detail?.change;
    this.announce.textContent = this.text("till.rest_says", { amount: `${this.settings.currency} ${plain(this.due, this.settings.exponent)}`, change: change ?? "" });
    this.root.querySelector('[data-action="card"]').focus();
  }

  /** The tenders of the sale in words. */
  tendered() {
    const { tenders, due } = this.sale.sale;
    const taken = tenders.filter((one) => one.state === "taken");
    // What was captured and is no tender was taken from cards.
    const byCard = this.minorOf(due.captured) - taken.reduce((sum, one) => sum + this.minorOf(one.amount), 0);
    const words = (key, kind, minor) =>
      this.text(key, { kind: this.text(`tender.${kind}`), amount: `${this.settings.currency} ${figure(minor, this.settings.exponent, this.text)}` });
    const rows = tenders
      .filter((one) => one.state !== "cancelled")
      .map((one) => words(one.state === "open" ? "till.tender_open" : "till.tender_taken", one.kind, this.minorOf(one.amount)));
    return byCard > 0 ? [words("till.tender_taken", "card", byCard), ...rows] : rows;
  }

  backFromPanel() {
    if (this.sale?.sale) this.showRest();
    else {
      this.showStep("sale");
      this.showTotal();
      (this.mode === "items" ? this.finder.input : this.amount.input).focus();
    }
  }

  /** Back from a card payment that charged nothing. */
  back() {
    const kept = this.cards.leave();
    this.announce.textContent = "";
    if (this.sale) {
      this.attempt(async () => {
        await this.sale.load();
        this.showRest();
      });
      return;
    }
    this.showStep("sale");
    this.restore(kept);
  }

  /** On from an outcome: to the rest of the sale, the next share of a bill, or the next sale. */
  async next() {
    const rest = Number(this.place.querySelector(".outcome")?.dataset.rest ?? 0);
    this.cards.leave();
    this.announce.textContent = "";
    if (!this.sale) {
      this.nextSale();
      // The card paid a part of an amount alone: the rest is asked for as the next one.
      if (rest > 0) {
        this.switchMode("amount");
        this.amount.minor = rest;
      }
      return;
    }
    await this.attempt(async () => {
      await this.sale.load();
      if (!this.sale.isSettled) this.showRest();
      else if (!(await this.nextShare())) this.nextSale();
    });
  }

  /** The next share of a split bill, if there is one. */
  async nextShare() {
    const { split } = this.sale;
    if (!split || split.at >= split.shares.length) return false;
    const next = await (await ask(`/v1/sales/${split.shares[split.at]}`)).json();
    this.sale = CounterSale.of(this.settings, next, { ...split, at: split.at + 1 });
    this.showRest();
    return true;
  }

  async resumeSale() {
    this.restore(this.sale.kept.basket);
    await this.attempt(async () => {
      await this.sale.resume();
      if (this.sale.isSettled) this.#showSettled(null);
      else if (this.sale.isVoided) this.#left();
      else this.showRest();
    });
  }

  /** The customer wants something else: a stored sale on which nothing was paid is given up. */
  async leaveSale() {
    if (this.isLeaving) return;
    this.isLeaving = true;
    await this.attempt(() => this.#giveUp());
    this.isLeaving = false;
  }

  async #giveUp() {
    try {
      await this.sale.giveUp(this.text("till.leave_reason"));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await this.sale.load();
      if (!this.sale.isVoided) {
        // Something was paid meanwhile, or is being paid: the sale stands, and shows it beside the refusal.
        this.showRest();
        throw error;
      }
    }
    this.#left();
  }

  #left() {
    const { basket } = this.sale.kept;
    this.sale.forget();
    this.sale = null;
    this.root.querySelector("[data-rest]").hidden = true;
    this.showStep("sale");
    if (basket) this.restore(basket);
    else this.nextSale();
    this.showTotal();
  }

  nextSale() {
    this.sale?.forget();
    this.sale = null;
    this.root.querySelector("[data-rest]").hidden = true;
    this.root.querySelector("#part").value = "";
    this.showStep("sale");
    this.basket.restore(null);
    this.amount.minor = 0;
    this.view.complain(null, null);
    this.switchMode(this.mode);
  }
}

const root = document.getElementById("till");
if (root) new Till(root);
