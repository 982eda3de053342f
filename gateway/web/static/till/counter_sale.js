// The sale that is being paid here: stored by the gateway under an id made here, then settled by tenders.
// What was sent is kept in this browser until it is answered, so that a reload or crash goes on with the same sale.
import { ask, Refused, Unheard } from "../frame/api.js";
import { newId } from "./memory.js";
import { minorOf } from "./money.js";

const KEY = "tillbridge.unfinished_sale";
const TRIES = 4;
const PAUSE_MS = 1000;

/** The unfinished sale: {id, body, basket, stored, tender, split}, or null. */
export function recallSale() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    window.setTimeout(resolve, milliseconds);
  });
}

/** Send a request that carries its own id, again while the gateway cannot be heard: it is done once. */
export async function sendOnce(address, body) {
  for (let tries = 1; ; tries += 1) {
    try {
      const response = await ask(address, { method: "POST", body, headers: { "Idempotency-Key": body.id } });
      return await response.json();
    } catch (error) {
      const again = error instanceof Unheard || (error instanceof Refused && error.status >= 500);
      if (!again || tries >= TRIES) throw error;
      await pause(PAUSE_MS);
    }
  }
}

export class CounterSale {
  /** `kept`: as `recallSale` returns it. */
  constructor(settings, kept) {
    this.settings = settings;
    this.kept = kept;
    this.sale = null;
  }

  /** Begin a sale of a basket. */
  static begin(settings, { body, basket, split = null }) {
    const sale = new CounterSale(settings, { id: body.id, body, basket, stored: false, tender: null, split });
    sale.#keep();
    return sale;
  }

  /** Take up a sale the gateway has, such as a share of a split bill. */
  static of(settings, sale, split) {
    const found = new CounterSale(settings, { id: sale.id, body: null, basket: null, stored: true, tender: null, split });
    found.sale = sale;
    found.#keep();
    return found;
  }

  get id() {
    return this.kept.id;
  }

  get split() {
    return this.kept.split;
  }

  get rest() {
    return this.#minor(this.sale.due.rest);
  }

  get total() {
    return this.#minor(this.sale.totals.to_pay);
  }

  get isSettled() {
    return Boolean(this.sale?.due.settled);
  }

  /** Whether anything was taken or is under way: then the goods cannot change any more. */
  get isPaidInPart() {
    const { captured, pending, unknown } = this.sale.due;
    return [captured, pending, unknown].some((money) => this.#minor(money) > 0);
  }

  #minor(money) {
    return minorOf(money, this.settings.exponent);
  }

  #keep() {
    localStorage.setItem(KEY, JSON.stringify(this.kept));
  }

  forget() {
    localStorage.removeItem(KEY);
  }

  /** Store the sale unless it is stored. */
  async store() {
    if (this.kept.stored) return;
    this.sale = await sendOnce("/v1/sales", this.kept.body);
    this.kept.stored = true;
    this.#keep();
  }

  /** The id under which a gift card of this sale is issued: made once, so that a repeat issues no second one. */
  voucherId(index) {
    this.kept.vouchers ??= [];
    this.kept.vouchers[index] ??= newId();
    this.#keep();
    return this.kept.vouchers[index];
  }

  async load() {
    this.sale = await (await ask(`/v1/sales/${this.id}`, { headers: { "X-Background": "1" } })).json();
    return this.sale;
  }

  get isVoided() {
    return Boolean(this.sale?.voided);
  }

  /** Give up the sale, and the shares of the bill that were not reached: nothing was paid on any of them. */
  async giveUp(reason) {
    const { split } = this;
    for (const id of split ? split.shares.slice(split.at - 1) : [this.id]) await this.#void(id, reason);
  }

  /** One id for each sale, made once: a repeat is the same. */
  async #void(id, reason) {
    this.kept.voids ??= {};
    this.kept.voids[id] ??= newId();
    this.#keep();
    await sendOnce(`/v1/sales/${id}/void`, { id: this.kept.voids[id], reason });
  }

  /** Take a tender; the same until it is answered. Returns it; the sale is loaded anew. */
  async tender(wish) {
    await this.store();
    this.kept.tender = { id: newId(), ...wish };
    this.#keep();
    return this.#sendTender();
  }

  /** After a reload: a tender that was sent and not answered is sent again under its id. */
  async resume() {
    await this.store();
    if (this.kept.tender) await this.#sendTender();
    await this.load();
  }

  async #sendTender() {
    let taken;
    try {
      taken = await sendOnce(`/v1/sales/${this.id}/tenders`, this.kept.tender);
    } catch (error) {
      if (error instanceof Refused && error.status < 500) this.#tenderEnded();
      throw error;
    }
    this.#tenderEnded();
    await this.load();
    return taken;
  }

  #tenderEnded() {
    this.kept.tender = null;
    this.#keep();
  }

  /** Say that an open tender arrived, or will not. */
  async endTender(tenderId, arrived, reason) {
    const verb = arrived ? "confirm" : "cancel";
    await ask(`/v1/sales/${this.id}/tenders/${tenderId}/${verb}`, { method: "POST", body: arrived ? { reason } : undefined });
    await this.load();
  }
}
