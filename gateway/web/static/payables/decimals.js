// Numbers people type, read without guessing: 1.000 and 1,000 mean different things in different languages.

const MARKS = { de: "," };

/** What was typed as a decimal with a point, "" for nothing; null when it is none or could mean two numbers. */
export function readDecimal(typed, language = document.documentElement.lang) {
  const plain = typed.replace(/[\s'\u00a0\u2019]/g, "");
  if (plain === "") return "";
  if (!/^-?[0-9]+([.,][0-9]+)*$/.test(plain)) return null;
  const marks = [...plain].filter((sign) => sign === "." || sign === ",");
  if (!marks.length) return plain.replace(/^(-?)0+(?=[0-9])/, "$1");
  const last = marks.at(-1);
  const kinds = new Set(marks);
  const decimals = plain.length - plain.lastIndexOf(last) - 1;
  const own = MARKS[language.slice(0, 2)] ?? ".";
  if (kinds.size === 1 && marks.length > 1) return null;
  if (kinds.size === 1 && last !== own && decimals === 3) return null;
  if (kinds.size === 2 && marks.filter((sign) => sign === last).length > 1) return null;
  const whole = plain.slice(0, plain.lastIndexOf(last)).replace(/[.,]/g, "");
  return `${whole.replace(/^(-?)0+(?=[0-9])/, "$1")}.${plain.slice(plain.lastIndexOf(last) + 1)}`;
}
