// The arithmetic of an invoice as it stands in the fields now: what is added, what comes out, by how much it is off.
// All in whole minor units; the gateway computes the same when a correction arrives, and its word counts.
import { minor } from "./amounts.js";

const RATE_DECIMALS = 6;
const RATE_SCALE = 10n ** BigInt(RATE_DECIMALS);
const HUNDRED = 100n;
// Tax may be rounded for each line: so many minor units may be off at one rate.
const RATE_OFF_MAX = 2n;

/**
 * Return the sums that can be formed: `{code, parts: [{name, value}], result: {name, value}, off, holds}`.
 * `values`: stored decimals by field name; `taxes`, `lines`: rows of stored decimals; `adjustments`: what is taken off
 * and added after the lines, signed; `linesAre`: the field the lines add up to, the total where prices are with tax.
 * A missing optional part is left out.
 */
export function sums({ values, taxes, lines, adjustments, linesAre, decimals }) {
  const amount = (name) => minor(values[name], decimals);
  const column = (rows, name) => rows.map((row) => minor(row[name], decimals));
  const between = named(adjustments.map((stored) => minor(stored, decimals)), "adjustment");
  const amounts = named(column(lines, "amount"), "line");
  const found = [
    sum("lines_sum", amounts.length ? [...amounts, ...between] : [], { name: linesAre, value: amount(linesAre) }, 0n),
    ...taxes.map((row) => rateTimesBase(row, decimals)),
    sum("taxes_sum", named(column(taxes, "tax"), "tax"), { name: "tax", value: amount("tax") }, 0n),
    sum("net_plus_tax", parts(amount, ["net", "tax"]), { name: "total", value: amount("total") }, 0n),
    payable(amount),
  ];
  return found.filter(Boolean);
}

function parts(amount, names) {
  return names.map((name) => ({ name, value: amount(name) }));
}

function named(values, name) {
  return values.map((value) => ({ name, value }));
}

function sum(code, terms, result, tolerance) {
  if (!terms.length || result.value === null || terms.some((term) => term.value === null)) return null;
  const off = terms.reduce((whole, term) => whole + term.value, 0n) - result.value;
  return { code, parts: terms, result, off, holds: size(off) <= tolerance };
}

/** What is left to pay: only where something was prepaid or rounded, or it stands on the page by itself. */
function payable(amount) {
  const left = amount("payable");
  const prepaid = amount("prepaid");
  const rounding = amount("rounding");
  if (left === null || amount("total") === null) return null;
  const terms = [{ name: "total", value: amount("total") }];
  if (prepaid !== null) terms.push({ name: "prepaid", value: -prepaid });
  if (rounding !== null) terms.push({ name: "rounding", value: rounding });
  return sum("total_to_payable", terms, { name: "payable", value: left }, 0n);
}

function rateTimesBase(row, decimals) {
  const rate = minor(row.rate, RATE_DECIMALS);
  const base = minor(row.base, decimals);
  const tax = minor(row.tax, decimals);
  if (rate === null || base === null || tax === null) return null;
  const exact = base * rate;
  const unit = RATE_SCALE * HUNDRED;
  const rounded = roundedHalfUp(exact, unit);
  const off = rounded - tax;
  return { code: "rate_times_base", rate: row.rate, parts: [{ name: "base", value: base }], result: { name: "tax", value: tax }, off, holds: size(off) <= RATE_OFF_MAX };
}

function roundedHalfUp(value, unit) {
  const positive = size(value);
  const whole = (positive * 2n + unit) / (unit * 2n);
  return value < 0n ? -whole : whole;
}

function size(value) {
  return value < 0n ? -value : value;
}
