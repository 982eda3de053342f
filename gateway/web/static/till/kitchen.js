// Orders to the kitchen: the bill on the left when somebody asks for it, what was not told yet when a sale is paid.
// An order is kept in this browser until it is answered. Nothing here holds up a sale: all of it ends in a quiet line.
import { ask, Refused, refusalWords, Unheard } from "../frame/api.js";
import { sendOnce } from "./counter_sale.js";
import { keepUnsent, orderIdOf, orderOfSale, recallUnsent } from "./kitchen_orders.js";
import { newId } from "./memory.js";
import { plain } from "./money.js";

const LOOK_MS = 2000;
const LOOKS_MAX = 60;
const WAITS = "kitchen.waits";
const STATES = { ready: WAITS, started: WAITS, done: "kitchen.printed", unsure: "kitchen.unsure", dead: "kitchen.dead" };
/** The worst one is told. */
const WORST = [STATES.dead, STATES.unsure, WAITS, STATES.done];

/** The same dish twice is one line of a ticket. */
function dishes(lines) {
  const sums = new Map();
  for (const { text, quantity, kitchen } of lines) {
    const same = JSON.stringify([kitchen, text]);
    sums.set(same, { text, group: kitchen, quantity: (sums.get(same)?.quantity ?? 0) + quantity });
  }
  return [...sums.values()].map((dish) => ({ ...dish, quantity: plain(dish.quantity, 3) }));
}

export class Kitchen {
  constructor(till) {
    this.till = till;
    this.wanted = till.root.dataset.kitchen === "yes";
    this.place = till.root.querySelector("[data-kitchen-line]");
    this.button = till.root.querySelector('[data-action="kitchen"]');
    /** {ticket, address, body}; one of a ticket at most, as a later one tells all that an earlier one would. */
    this.unsent = recallUnsent();
    /** Orders go one after the other: a ticket must not be told in the wrong order. */
    this.queue = Promise.resolve();
    this.place.addEventListener("click", (event) => {
      const act = event.target.closest("[data-do]")?.dataset.do;
      if (act === "order-again") for (const job of this.unsent) this.#enqueue(job);
      if (act === "order-drop") {
        this.#keep([]);
        this.#show();
      }
    });
    this.#show();
  }

  /** Whether the key can be pressed: also to tell the kitchen that nothing is wanted any more. */
  showButton() {
    if (!this.wanted) return;
    const { basket, mode } = this.till;
    this.button.hidden = mode !== "items";
    this.button.disabled = this.till.root.dataset.step !== "sale" || (basket.isEmpty && !basket.ticket);
  }

  /** Send what stands on the left as it is now. */
  async send() {
    const { till } = this;
    const { basket } = till;
    if (!this.wanted || till.isBusy || till.sale || till.mode !== "items" || (basket.isEmpty && !basket.ticket)) return;
    basket.ticket ??= newId();
    const { ticket } = basket;
    const body = await this.#order(newId());
    if (!body) return;
    this.#enqueue({ ticket, address: "/v1/orders", body });
    if (!body.lines.length && basket.ticket === ticket) basket.ticket = null;
    this.showButton();
  }

  /** What a split bill keeps: its whole order, told when the first share is paid. Null when there is none. */
  async ofSplit(splitId) {
    const { till } = this;
    if (!this.wanted || till.mode !== "items" || !(await this.#concerns(till.basket))) return null;
    till.basket.ticket ??= newId();
    return this.#order(orderIdOf(splitId));
  }

  /** A sale is paid: what the kitchen was not told yet goes there. The same sale again prints nothing more. */
  async settled(sale) {
    if (!this.wanted) return;
    if (sale.split) {
      if (sale.split.order) this.#enqueue({ ticket: sale.split.order.ticket_id, address: "/v1/orders", body: sale.split.order });
      return;
    }
    const { basket } = sale.kept;
    if (basket?.mode !== "items" || !(await this.#concerns(basket))) return;
    this.#enqueue(orderOfSale(sale.id, basket));
  }

  /** Whether a kitchen makes any of it, or was told before; so that a sale of mugs takes no number of the day. */
  async #concerns(basket) {
    if (basket.ticket) return true;
    // Without an answer the gateway decides when it is asked.
    if (!(await this.#learn(basket.lines))) return true;
    return basket.lines.some((line) => line.kitchen);
  }

  async #order(id) {
    const { basket, registerId } = this.till;
    const lines = [...basket.lines];
    const { ticket, label } = basket;
    if (!(await this.#learn(lines))) {
      this.#say("kitchen.unheard");
      return null;
    }
    const made = dishes(lines.filter((line) => line.kitchen && !line.voucher && line.quantity > 0));
    return { id, ticket_id: ticket, register_id: registerId, ...(label ? { label } : {}), lines: made };
  }

  /** Learn who makes what was parked: a basket that comes back knows its items only. Returns whether all is known. */
  async #learn(lines) {
    const groups = new Map();
    try {
      for (const line of lines) {
        if (!line.itemId || line.kitchen !== undefined) continue;
        if (!groups.has(line.itemId)) groups.set(line.itemId, (await (await ask(`/v1/items/${line.itemId}`)).json()).kitchen_group);
        line.kitchen = groups.get(line.itemId);
      }
      return true;
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
      return false;
    }
  }

  #keep(jobs) {
    this.unsent = jobs;
    keepUnsent(jobs);
  }

  #enqueue(job) {
    this.#keep([...this.unsent.filter((one) => one.ticket !== job.ticket), job]);
    window.clearTimeout(this.timer);
    this.#say("kitchen.sending");
    this.queue = this.queue.then(() => this.#send(job));
  }

  async #send(job) {
    // Meanwhile a later order of the ticket may have taken its place.
    if (!this.unsent.includes(job)) return;
    try {
      const order = await sendOnce(job.address, job.body);
      this.#keep(this.unsent.filter((one) => one !== job));
      this.#show();
      if (!this.unsent.length) this.#tell(order, 0);
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
      // The order of this sale was taken before: only the items' kitchen groups are others by now.
      if (error.code === "key_reused") this.#keep(this.unsent.filter((one) => one !== job));
      this.#show(error instanceof Refused ? refusalWords(error, this.till.text).join(" ") : "");
    }
  }

  /** Tell where the slips of an order stand, and look again while one of them waits. */
  #tell(order, looks) {
    window.clearTimeout(this.timer);
    const states = order.slips.filter((slip) => !slip.duplicate).map((slip) => STATES[slip.state]);
    const worst = WORST.find((state) => states.includes(state));
    this.#say(worst ?? "kitchen.nothing_new", { n: order.number });
    this.place.dataset.tone = [STATES.dead, STATES.unsure].includes(worst) ? "loud" : "";
    if (worst === WAITS && looks < LOOKS_MAX) this.timer = window.setTimeout(() => this.#look(order, looks + 1), LOOK_MS);
  }

  async #look(order, looks) {
    try {
      const found = await (await ask(`/v1/orders/${order.id}`, { headers: { "X-Background": "1" } })).json();
      if (!this.unsent.length) this.#tell(found, looks);
    } catch (error) {
      if (error instanceof Unheard) this.timer = window.setTimeout(() => this.#look(order, looks + 1), LOOK_MS);
      else if (!(error instanceof Refused)) throw error;
    }
  }

  #say(key, values = {}) {
    this.place.hidden = false;
    delete this.place.dataset.tone;
    this.place.querySelector("[data-words]").textContent = this.till.text(key, values);
    for (const button of this.place.querySelectorAll("button")) button.hidden = true;
  }

  /** The orders nobody answered, with the way on. `why`: in words, where the gateway said. */
  #show(why = "") {
    if (!this.wanted || !this.unsent.length) {
      this.place.hidden = true;
      return;
    }
    this.#say("kitchen.not_sent", { n: this.unsent.length, why });
    this.place.dataset.tone = "loud";
    for (const button of this.place.querySelectorAll("button")) button.hidden = false;
  }
}
