// Amounts in whole minor units of their currency: what people type is read without guessing, sums are never fractions.
import { readDecimal } from "../payables/decimals.js";

/** Minor units of what was typed, null when it is no amount of this many places. */
export function toMinor(typed, exponent) {
  const plain = readDecimal(typed);
  if (plain === null || plain === "") return null;
  const [whole, fraction = ""] = plain.split(".");
  if (fraction.length > exponent) return null;
  const minor = BigInt(`${whole.replace("-", "")}${fraction.padEnd(exponent, "0")}`);
  return plain.startsWith("-") ? -minor : minor;
}

/** A decimal with a point, as the API takes it. */
export function toDecimal(minor, exponent) {
  const digits = String(minor < 0n ? -minor : minor).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  return (minor < 0n ? "-" : "") + (exponent ? `${whole}.${digits.slice(-exponent)}` : whole);
}

/** As the reader's language writes it. */
export function shown(minor, exponent, currency) {
  const [whole, fraction] = toDecimal(minor < 0n ? -minor : minor, exponent).split(".");
  const language = document.documentElement.lang;
  const mark = new Intl.NumberFormat(language).formatToParts(1.5).find((part) => part.type === "decimal").value;
  const grouped = new Intl.NumberFormat(language).format(BigInt(whole));
  return `${currency}\u00a0${minor < 0n ? "\u2212" : ""}${grouped}${fraction ? mark + fraction : ""}`;
}
