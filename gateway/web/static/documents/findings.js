// What the gateway found beside the values: sums, differences between e-invoice and page, rules, duplicates.
import { decimal, shownAmount, shownDate } from "./amounts.js";
import { AMOUNTS } from "./fields.js";
import { sums } from "./sums.js";

const FORMED_HERE = new Set(["net_plus_tax", "lines_sum", "lines_to_net", "taxes_sum", "rate_times_base", "total_to_payable"]);
const ADJUSTMENTS = new Set(["allowances", "charges", "adjustments"]);

function made(tag, words = "", name = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.textContent = words;
  return element;
}

function icon(name) {
  return document.querySelector(`[data-icons] [data-icon="${name}"] svg`).cloneNode(true);
}

/** What the gateway knows of the lines beyond their amounts: what comes between them and the field they add up to. */
function ofLines(checks) {
  const terms = checks.filter((check) => ["lines_sum", "lines_to_net"].includes(check.code)).flatMap((check) => check.terms);
  const adjustments = terms.filter(([name, value]) => ADJUSTMENTS.has(name) && /[1-9]/.test(value)).map(([, value]) => value);
  const last = checks.find((check) => check.code === "lines_sum")?.terms.at(-1)?.[0];
  return { adjustments, linesAre: last === "total" ? "total" : "net" };
}

/** The sums as they stand now; of the `checks` of the gateway those that are not formed here, such as check digits. */
export function showSums(place, { values, taxes, lines, decimals, currency, checks, text }) {
  const found = sums({ values, taxes, lines, ...ofLines(checks), decimals });
  const elsewhere = checks.filter((check) => !FORMED_HERE.has(check.code));
  const figure = (minor) => shownAmount(decimal(minor, decimals), text);
  const rows = found.map((sum) => sumRow(sum, figure, text));
  const others = elsewhere.map((check) => checkRow(check, text));
  place.replaceChildren(...rows, ...others);
  place.dataset.holds = String(found.every((sum) => sum.holds) && elsewhere.every((check) => check.holds));
  place.parentElement.hidden = !rows.length && !others.length;
  const unit = place.parentElement.querySelector("[data-currency]");
  if (unit) unit.textContent = currency;
  return found;
}

/** One line that is always in view: the first sum that does not come out, or that all do. */
export function showShortly(place, found, decimals, text) {
  const figure = (minor) => shownAmount(decimal(minor, decimals), text);
  const wrong = found.find((sum) => !sum.holds);
  place.hidden = !found.length;
  place.dataset.holds = String(!wrong);
  const words = document.createElement("span");
  if (wrong) words.append(text(`captured_check.${wrong.code}`), ": ", ...sumLine(wrong, figure, text).childNodes, " · ", text("review.off_by", { amount: figure(wrong.off) }));
  else words.textContent = text("review.all_hold");
  place.replaceChildren(icon(wrong ? "fails" : "holds"), words);
}

function sumLine(sum, figure, text) {
  const line = made("span", "", "sum-line");
  sum.parts.forEach((part, index) => {
    const minus = part.value < 0n;
    if (index || minus) line.append(made("span", minus ? "−" : "+", "sum-sign"));
    line.append(made("span", figure(minus ? -part.value : part.value), "sum-part"));
  });
  if (sum.rate !== undefined) line.append(made("span", `× ${shownAmount(sum.rate, text)} %`, "sum-part"));
  line.append(made("span", sum.holds ? "=" : "≠", "sum-sign"), made("strong", figure(sum.result.value), "sum-part"));
  return line;
}

function sumRow(sum, figure, text) {
  const row = made("li", "", "sum");
  row.dataset.code = sum.code;
  row.dataset.holds = String(sum.holds);
  const words = made("span", "", "sum-words");
  words.append(made("span", text(`captured_check.${sum.code}`, { rate: sum.rate ?? "" }), "sum-name"));
  words.append(sumLine(sum, figure, text));
  row.append(icon(sum.holds ? "holds" : "fails"), words, made("span", sum.holds ? text("review.holds") : text("review.off_by", { amount: figure(sum.off) }), "sum-verdict"));
  return row;
}

function checkRow(check, text) {
  const row = made("li", "", "sum");
  row.dataset.code = check.code;
  row.dataset.holds = String(check.holds);
  const words = made("span", "", "sum-words");
  const key = `captured_check.${check.code}`;
  words.append(made("span", text(key) === key ? check.code.replaceAll("_", " ") : text(key), "sum-name"));
  words.append(made("span", check.terms.map(([, value]) => value).join(" · "), "sum-line"));
  row.append(icon(check.holds ? "holds" : "fails"), words, made("span", text(check.holds ? "review.holds" : "review.fails"), "sum-verdict"));
  return row;
}

/** Both values of a field that the e-invoice and the page tell differently, with a button for each. */
export function showDifferences(root, differences, { choose, readOnly, text }) {
  const shownValue = (name, value) => (AMOUNTS.has(name) ? shownAmount(value, text) : name.includes("date") ? shownDate(value, text) : value);
  for (const row of root.querySelectorAll("[data-field]")) {
    const place = row.querySelector("[data-difference]");
    const one = differences.find((difference) => difference.name === row.dataset.field);
    place.hidden = !one;
    if (!one) continue;
    const buttons = [
      ["xml", "F2", one.xml],
      ["page", "F3", one.page],
    ].map(([from, key, value]) => {
      const button = made("button", "", "plain");
      button.type = "button";
      button.tabIndex = -1;
      button.disabled = readOnly;
      button.dataset.from = from;
      button.append(made("span", text(`review.from_${from}`), "quiet small"), made("strong", shownValue(one.name, value) || "–"), made("kbd", key));
      button.addEventListener("click", () => choose(one.name, value));
      return button;
    });
    place.replaceChildren(icon("fails"), made("span", text("review.differs")), ...buttons);
  }
}

/** What the official rules say of the e-invoice. */
export function showVerdict(place, verdict, text) {
  place.hidden = !verdict;
  if (!verdict) return;
  const tone = verdict.valid === null || verdict.valid === undefined ? "wait" : verdict.valid ? "ok" : "stop";
  place.querySelector("[data-verdict]").className = `notice ${tone}`;
  const words = { ok: "review.rules_kept", stop: "review.rules_broken", wait: "review.rules_not_judged" }[tone];
  const shape = { ok: "holds", stop: "wrong", wait: "fails" }[tone];
  const title = made("strong", text(words, { n: verdict.failed.length }));
  const by = made("p", [verdict.not_judged && notJudged(verdict.not_judged, text), verdict.judged_by && text("review.judged_by", { rules: verdict.judged_by })].filter(Boolean).join(" "));
  const both = document.createElement("div");
  both.append(title, by);
  place.querySelector("[data-verdict]").replaceChildren(icon(shape), both);
  const rules = [...verdict.failed.map((one) => [one, "stop"]), ...verdict.warnings.map((one) => [one, "wait"])];
  place.querySelector("[data-rules]").replaceChildren(
    ...rules.map(([rule, level]) => {
      const one = document.createElement("li");
      one.append(made("span", text(`review.rule_${level}`), `state ${level}`), made("code", rule.rule), made("span", rule.text));
      one.lastChild.lang = "en";
      return one;
    }),
  );
}

function notJudged(code, text) {
  const key = `captured_reason.${code}`;
  return text(key) === key ? code : text(key);
}

/** Other invoices that may be the same one, and earlier arrivals of the file, with the reason for each. */
export function showDuplicates(place, duplicates, text) {
  place.hidden = !duplicates.length;
  place.querySelector("ul").replaceChildren(
    ...duplicates.map(({ other_id, strength, sign, values }) => {
      const item = document.createElement("li");
      const hard = strength === "hard";
      const state = made("span", "", `state ${hard ? "stop" : "wait"}`);
      state.append(icon(hard ? "wrong" : "fails"), text(hard ? "review.duplicate_hard" : "review.duplicate_soft"));
      item.append(state, sign === "same_file" ? made("span", values.name) : linkTo(other_id, values, text));
      item.append(made("span", text(`duplicate.${sign}`, { at: shownDate(values.at, text) }), "quiet"));
      return item;
    }),
  );
}

function linkTo(id, values, text) {
  const amount = values.total ? `${values.currency} ${shownAmount(values.total, text)}` : "";
  const words = [values.supplier, values.number, shownDate(values.date, text), amount].filter(Boolean).join(" · ");
  const link = made("a", words || text("review.other_invoice"));
  link.href = `/invoices/${id}`;
  return link;
}
