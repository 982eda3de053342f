// What is being sold: lines, what is taken off, and the tip; the sums follow the gateway's own rounding.
import { lineAmount, minorOf, plain } from "./money.js";

export const LINES_MAX = 500;
const WHOLE = 10_000n;

/** A share of an amount in basis points, rounded half up; of amounts above zero only. */
export function share(minor, basisPoints) {
  return Number((BigInt(minor) * BigInt(basisPoints) * 2n + WHOLE) / (2n * WHOLE));
}

/**
 * A line: {text, quantity (thousandths), price, amount, rate, itemId, kitchen, off (basis points), voucher}. `ticket`: the
 * id under which the kitchen knows what stands here, once it was told; `label`: the name it was parked under.
 */
export class Basket {
  constructor(settings, changed) {
    this.settings = settings;
    this.changed = changed;
    this.restore(null);
  }

  get isEmpty() {
    return this.lines.length === 0;
  }

  /** The sum of goods, vouchers aside, after what was taken off single lines. */
  get goods() {
    return this.lines.reduce((sum, line) => (line.voucher ? sum : sum + line.amount - this.offOf(line)), 0);
  }

  /** What is taken off the whole. */
  get off() {
    if (!this.discount) return 0;
    return this.discount.percent ? share(Math.max(this.goods, 0), this.discount.percent) : this.discount.minor;
  }

  get minor() {
    const vouchers = this.lines.reduce((sum, line) => (line.voucher ? sum + line.amount : sum), 0);
    return this.goods + vouchers - this.off + this.tip;
  }

  offOf(line) {
    return line.off ? share(line.amount, line.off) : 0;
  }

  restore(kept) {
    this.lines = kept?.lines ?? [];
    this.discount = kept?.discount ?? null;
    this.tip = kept?.tip ?? 0;
    this.ticket = kept?.ticket ?? null;
    this.label = kept?.label ?? "";
    this.changed();
  }

  kept() {
    return { lines: this.lines, discount: this.discount, tip: this.tip, ticket: this.ticket, label: this.label };
  }

  /** Add a line; the same item at the same price becomes one line. Returns the key of a problem, or null. */
  add(line) {
    if (this.lines.length >= LINES_MAX) return "till.item_too_many";
    const amount = lineAmount(line.quantity, line.price);
    if (this.minor + amount > this.settings.amountMax) return "till.item_too_much";
    const same = this.lines.find((one) => one.itemId && one.itemId === line.itemId && one.price === line.price && !one.off);
    if (same) return this.setQuantity(this.lines.indexOf(same), same.quantity + line.quantity);
    this.lines.push({ off: 0, voucher: false, itemId: null, ...line, amount });
    this.changed();
    return null;
  }

  setQuantity(index, quantity) {
    const line = this.lines[index];
    if (quantity <= 0) {
      this.remove(index);
      return null;
    }
    const amount = lineAmount(quantity, line.price);
    if (this.minor - line.amount + amount > this.settings.amountMax) return "till.item_too_much";
    line.quantity = quantity;
    line.amount = amount;
    this.changed();
    return null;
  }

  setOff(index, basisPoints) {
    this.lines[index].off = basisPoints;
    this.changed();
  }

  /** Take something off the whole: {percent: basis points} or {minor}; null for nothing. */
  setDiscount(discount) {
    this.discount = discount;
    this.changed();
  }

  setTip(minor) {
    this.tip = minor;
    this.changed();
  }

  remove(index) {
    this.lines.splice(index, 1);
    if (this.isEmpty) this.discount = null;
    this.changed();
  }

  #money(minor) {
    return { amount: plain(minor, this.settings.exponent), currency: this.settings.currency };
  }

  /** The basket in the form of the API: lines with what is taken off each, the discount of all, the tip. */
  forApi(text) {
    const lines = [];
    for (const line of this.lines) {
      const told = { kind: line.voucher ? "voucher" : "goods", text: line.text, quantity: plain(line.quantity, 3), tax_rate: line.rate };
      const item = line.itemId ? { item_id: line.itemId } : {};
      lines.push({ ...told, unit_price: this.#money(line.price), amount: this.#money(line.amount), ...item });
      const off = this.offOf(line);
      if (off) {
        const words = text("till.off_line", { name: line.text.slice(0, 60), percent: percentWords(line.off, text) });
        const less = this.#money(-off);
        lines.push({ kind: "discount", text: words, quantity: "1", unit_price: less, amount: less, tax_rate: line.rate });
      }
    }
    const told = { lines };
    if (this.discount) {
      const { percent, minor } = this.discount;
      told.discount = percent
        ? { text: text("till.off_all", { percent: percentWords(percent, text) }), percent: plain(percent, 2) }
        : { text: text("till.off_amount"), amount: this.#money(minor) };
    }
    if (this.tip) told.tip = this.#money(this.tip);
    return told;
  }

  /** Read back what was parked: discounts of single lines become shares of the line before them. */
  fromApi(told, label = "") {
    const minor = (money) => minorOf(money, this.settings.exponent);
    const lines = [];
    for (const one of told.lines) {
      const amount = minor(one.amount);
      const before = lines.at(-1);
      if (one.kind === "discount" && before?.amount > 0) {
        before.off = Math.round((-amount * 10_000) / before.amount);
      } else {
        const quantity = minorOf({ amount: one.quantity }, 3);
        const voucher = one.kind === "voucher";
        lines.push({ text: one.text, quantity, price: minor(one.unit_price), amount, rate: one.tax_rate, itemId: one.item_id, off: 0, voucher });
      }
    }
    const discount = told.discount?.percent
      ? { percent: minorOf({ amount: told.discount.percent }, 2) }
      : told.discount?.amount
        ? { minor: minor(told.discount.amount) }
        : null;
    this.restore({ lines, discount, tip: told.tip ? minor(told.tip) : 0, ticket: told.ticket_id, label });
  }
}

export function percentWords(basisPoints, text) {
  return plain(basisPoints, 2).replace(/\.?0+$/, "").replace(".", text("format.decimal"));
}
