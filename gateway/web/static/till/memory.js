// What the till must not forget over a reload or a crash of the browser: the payment it began, with its id and body.

const KEY = "tillbridge.unfinished_payment";

/** A UUID of version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random bits. */
export function newId(nowMs = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let index = 0; index < 6; index += 1) bytes[index] = Math.floor(nowMs / 2 ** (8 * (5 - index))) % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The unfinished payment: {id, body, basket, attempt, accepted, at}, or null. */
export function recall() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** Keep it; called before the first byte leaves. Throws when the browser cannot keep anything. */
export function remember(payment) {
  localStorage.setItem(KEY, JSON.stringify(payment));
}

export function forget() {
  localStorage.removeItem(KEY);
}
