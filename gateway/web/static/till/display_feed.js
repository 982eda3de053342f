// Tells the customer display of this till what to show; the till never waits for it.
import { ask } from "../frame/api.js";
import { plain } from "./money.js";

const PAUSE_MS = 150;
const LINES_MAX = 60;

export class DisplayFeed {
  /** `register()`: the id of the till's register; `wanted`: whether a screen is there to show it. */
  constructor(settings, register, wanted) {
    this.settings = settings;
    this.register = register;
    this.wanted = wanted;
    this.sent = "";
  }

  money(minor) {
    return { amount: plain(minor, this.settings.exponent), currency: this.settings.currency };
  }

  /** Show a sale: {state, total, rest, change, lines: basket lines}; amounts in minor units or undefined. */
  show({ state, total, rest, change, lines = [] }) {
    const told = { state };
    if (total) told.total = this.money(total);
    if (rest && rest !== total) told.rest = this.money(rest);
    if (change) told.change = this.money(change);
    told.lines = lines.slice(-LINES_MAX).map((line) => ({ text: line.text, quantity: plain(line.quantity, 3), amount: this.money(line.amount) }));
    this.next = told;
    if (!this.wanted) return;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#send(), PAUSE_MS);
  }

  /** A screen was paired or opened just now. */
  begin() {
    this.wanted = true;
    this.sent = "";
    this.#send();
  }

  async #send() {
    const body = JSON.stringify(this.next ?? { state: "idle" });
    if (body === this.sent) return;
    try {
      await ask(`/v1/registers/${this.register()}/display`, { method: "PUT", body: JSON.parse(body) });
      this.sent = body;
    } catch {
      // A display out of reach must not hold up the sale; the next change tells it again.
      this.sent = "";
    }
  }
}
