// Money at the till: whole minor units (BigInt where products could grow), never fractions of floats.

/** Format minor units as this page's language writes them. */
export function figure(minor, exponent, text) {
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const whole = exponent ? digits.slice(0, -exponent) : digits;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, text("format.thousands"));
  const sign = minor < 0 ? "−" : "";
  return sign + grouped + (exponent ? text("format.decimal") + digits.slice(-exponent) : "");
}

/** The plain decimal the API takes: "12.34". */
export function plain(minor, exponent) {
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const sign = minor < 0 ? "-" : "";
  return sign + (exponent ? `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}` : digits);
}

/** Read an amount of the API into minor units: by its digits, never through a fraction. */
export function minorOf(money, exponent) {
  const [whole, fraction = ""] = money.amount.replace("-", "").split(".");
  const value = Number(whole + fraction.padEnd(exponent, "0"));
  return money.amount.startsWith("-") ? -value : value;
}

/** Read a typed decimal with point or comma into integers of 10^-scale; null when it is none. */
export function scaled(typed, scale) {
  const match = /^(\d{1,12})(?:[.,](\d*))?$/.exec(typed.trim());
  if (!match) return null;
  const fraction = match[2] ?? "";
  if (fraction.length > scale) return null;
  const value = Number(match[1] + fraction.padEnd(scale, "0"));
  return Number.isSafeInteger(value) ? value : null;
}

/** Quantity (thousandths) times price (minor units), rounded half up to the minor unit, as the gateway checks it. */
export function lineAmount(quantityThousandths, priceMinor) {
  return Number((BigInt(quantityThousandths) * BigInt(priceMinor) * 2n + 1000n) / 2000n);
}

/** Show an amount with its currency small beside it. */
export function showMoney(place, minor, settings, text) {
  const currency = document.createElement("span");
  currency.className = "currency";
  currency.textContent = settings.currency;
  place.classList.add("money");
  place.replaceChildren(currency, figure(minor, settings.exponent, text));
}
