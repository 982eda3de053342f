// Amounts of documents: decimal strings as they are stored, whole minor units (BigInt) as they are added. No floats.

const DECIMALS_OTHERWISE = 2;
const CENTURY = 2000;

/** How many decimals a currency has; two where it is not known. */
export function decimalsOf(currency) {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  } catch {
    return DECIMALS_OTHERWISE;
  }
}

/** Read a stored decimal into integers of 10^-decimals; null when it is none or finer than that. */
export function minor(stored, decimals) {
  const match = /^(-?)(\d{1,15})(?:\.(\d+))?$/.exec(stored ?? "");
  if (!match) return null;
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  if (fraction.length > decimals) return null;
  const value = BigInt(match[2] + fraction.padEnd(decimals, "0"));
  return match[1] ? -value : value;
}

/** Integers of 10^-decimals as the stored decimal: "1234.50". */
export function decimal(value, decimals) {
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, "0");
  const whole = decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
  return (value < 0n ? "-" : "") + whole;
}

/** A stored decimal as the reader's language writes it; anything else stays as it is. */
export function shownAmount(stored, text) {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(stored ?? "");
  if (!match) return stored ?? "";
  const grouped = match[2].replace(/\B(?=(\d{3})+$)/g, text("format.thousands"));
  return (match[1] ? "−" : "") + grouped + (match[3] ? text("format.decimal") + match[3] : "");
}

/**
 * Read a typed amount, whichever sign separates its decimals; null when it is no amount.
 * Of two kinds of signs the last separates decimals; a sign that stands alone with exactly three digits behind it, or
 * that is repeated, groups thousands.
 */
export function typedAmount(typed, decimals) {
  const plain = typed.replace(/[\s\u00a0\u202f'’]/g, "").replace(/[−–]/g, "-").replace(/^\+/, "");
  const match = /^(-?)([\d.,]*\d[\d.,]*)(-?)$/.exec(plain);
  if (!match || (match[1] && match[3])) return null;
  const [whole, fraction] = parted(match[2], decimals);
  if (whole === null || !/^\d{1,15}$/.test(whole) || !/^\d*$/.test(fraction)) return null;
  const sign = match[1] || match[3];
  return sign + whole.replace(/^0+(?=\d)/, "") + (fraction ? `.${fraction}` : "");
}

function parted(digits, decimals) {
  const last = Math.max(digits.lastIndexOf("."), digits.lastIndexOf(","));
  if (last < 0) return [digits, ""];
  const sign = digits[last];
  const behind = digits.slice(last + 1);
  const before = digits.slice(0, last);
  const other = sign === "." ? "," : ".";
  const groups = before.includes(sign) || (!before.includes(other) && behind.length === 3 && decimals < 3 && /^[1-9]\d{0,2}$/.test(before));
  if (groups) return isGrouped(digits, sign) ? [digits.split(sign).join(""), ""] : [null, ""];
  if (before.includes(other) && !isGrouped(before, other)) return [null, ""];
  return [before.split(other).join("") || "0", behind];
}

function isGrouped(digits, sign) {
  const [first, ...rest] = digits.split(sign);
  return /^\d{1,3}$/.test(first) && rest.every((part) => /^\d{3}$/.test(part));
}

/** A stored ISO date as the reader's language writes it. */
export function shownDate(stored, text) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(stored ?? "");
  if (!match) return stored ?? "";
  return text("format.day", { year: match[1], month: match[2], day: match[3] });
}

/** Read a typed date: ISO, or day, month and year; null when there is no such day. */
export function typedDate(typed) {
  const iso = /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})$/.exec(typed.trim());
  const usual = /^(\d{1,2})[-./ ]+(\d{1,2})[-./ ]+(\d{2}|\d{4})$/.exec(typed.trim());
  if (!iso && !usual) return null;
  let [year, month, day] = iso ? iso.slice(1).map(Number) : usual.slice(1).map(Number).reverse();
  if (usual && month > 12 && day <= 12) [month, day] = [day, month];
  if (year < 100) year += CENTURY;
  const found = new Date(Date.UTC(year, month - 1, day));
  if (found.getUTCMonth() !== month - 1 || found.getUTCDate() !== day) return null;
  return found.toISOString().slice(0, 10);
}
