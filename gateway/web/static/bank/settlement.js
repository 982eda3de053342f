// Payouts, contracts and chargebacks: every form is one request to the API, then the page is shown anew.
import { Refused, ask, showRefusal, texts } from "../frame/api.js";

const root = document.getElementById("settlement");
const text = texts();
/** Nothing changed: the page stays as it is. */
const STAY = Symbol("stay");
/** The id of what a form makes stays the same over tries, so that a lost answer makes nothing twice. */
const ids = new WeakMap();

function idOf(form) {
  if (!ids.has(form)) ids.set(form, crypto.randomUUID());
  return ids.get(form);
}

function refuse(code) {
  return new Refused(422, { code, detail: text(`error.${code}`), hint: text(`hint.${code}`) });
}

/** A decimal as people write it, as a plain one with a point; the last mark is that of the decimals. */
function plain(written) {
  const told = written.replaceAll(/[\s\u00a0']/g, "");
  const mark = Math.max(told.lastIndexOf(","), told.lastIndexOf("."));
  const whole = mark < 0 ? told : told.slice(0, mark);
  const rest = mark < 0 ? "" : told.slice(mark + 1);
  const digits = whole.replaceAll(/[.,]/g, "") || "0";
  if (!/^\d{1,12}$/.test(digits) || !/^\d{0,4}$/.test(rest)) throw refuse("invalid_amount");
  return rest ? `${digits}.${rest}` : digits;
}

/** A decimal as a whole number of its smallest unit: no amount ever meets a fraction of the computer. */
function units(written, places) {
  const [whole, rest = ""] = plain(written || "0").split(".");
  if (rest.length > places) throw refuse("invalid_amount");
  return Number(whole + rest.padEnd(places, "0"));
}

function list(written) {
  return written.split(";").map((one) => one.trim()).filter(Boolean);
}

function valueIn(place, name) {
  return place.querySelector(`[name="${name}"]`).value.trim();
}

function contractOf(form) {
  const field = (name) => form.elements.namedItem(name).value.trim();
  const minor = (written) => units(written, Number(form.dataset.places));
  const rows = [...form.querySelectorAll("[data-fee]")].filter((row) => valueIn(row, "percent") || valueIn(row, "fixed"));
  const limits = [...form.querySelectorAll("[data-deadline]")].filter((row) => valueIn(row, "days"));
  return {
    after: Number(form.dataset.after),
    valid_from: field("valid_from"),
    name: field("name"),
    currency: field("currency"),
    fees: rows.map((row) => ({ brand: valueIn(row, "brand"), kind: valueIn(row, "kind"), bp: units(valueIn(row, "percent"), 2), fixed: minor(valueIn(row, "fixed")) })),
    rents: list(field("rents")).map(minor),
    refund_fee: minor(field("refund_fee")),
    chargeback_fee: minor(field("chargeback_fee")),
    payout_days: Number(field("payout_days")),
    reserve_bp: units(field("reserve"), 2),
    statement_names: list(field("statement_names")),
    terminals: [...form.querySelectorAll('[name="terminals"]:checked')].map((box) => box.value),
    report_accounts: list(field("report_accounts")),
    deadlines: limits.map((row) => ({ scheme: valueIn(row, "scheme"), family: valueIn(row, "family"), days: Number(valueIn(row, "days")) })),
    respond_days: Number(field("respond_days")),
  };
}

function chargebackOf(form) {
  const field = (name) => form.elements.namedItem(name).value.trim();
  return {
    acquirer: field("acquirer"),
    reference: field("reference"),
    amount: { amount: plain(field("amount")), currency: field("currency") },
    scheme: field("scheme"),
    reason_code: field("reason_code"),
    opened_on: field("opened_on"),
    respond_by: field("respond_by") || null,
    note: field("note"),
  };
}

function bodyOf(form) {
  const body = "step" in form.dataset ? { step: form.dataset.step, version: Number(form.dataset.version) } : {};
  for (const field of form.elements) {
    if (field.name && field.type !== "submit") body[field.name] = field.value.trim();
  }
  return body;
}

async function send(form, work) {
  const problem = root.querySelector("[data-problem]");
  const buttons = form.querySelectorAll("button");
  problem.hidden = true;
  for (const button of buttons) button.disabled = true;
  try {
    const address = await work();
    if (address === STAY) for (const button of buttons) button.disabled = false;
    else if (address) location.assign(address);
    else location.reload();
  } catch (error) {
    for (const button of buttons) button.disabled = false;
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
  }
}

/** Send the bytes of a file; a refusal is told like any other. */
async function sendFile(address, method, file) {
  const response = await fetch(`${address}?name=${encodeURIComponent(file.name.slice(0, 100))}`, {
    method,
    headers: { "Content-Type": "application/octet-stream", "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]')?.content ?? "" },
    body: file,
    credentials: "same-origin",
  });
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, told);
  return told;
}

function fileOf(form) {
  return form.elements.namedItem("file").files[0];
}

root.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.dataset.upload) {
    send(form, async () => {
      const told = await sendFile(form.dataset.upload, "POST", fileOf(form));
      const done = root.querySelector("[data-done]");
      done.hidden = !told.repeated;
      done.textContent = text("settlement.script_repeated");
      if (told.repeated) return STAY;
      return told.payouts.length === 1 ? `/settlement/payouts/${told.payouts[0].id}` : "/settlement";
    });
  } else if (form.dataset.evidence) {
    send(form, async () => {
      await sendFile(form.dataset.evidence + idOf(form), "PUT", fileOf(form));
    });
  } else if ("contract" in form.dataset) {
    send(form, async () => {
      const acquirer = form.elements.namedItem("acquirer").value.trim();
      await ask(`/v1/acquirer-contracts/${encodeURIComponent(acquirer)}`, { method: "PUT", body: contractOf(form) });
      return "/settlement/contracts";
    });
  } else if ("chargeback" in form.dataset) {
    send(form, async () => {
      const made = await ask(`/v1/chargebacks/${idOf(form)}`, { method: "PUT", body: chargebackOf(form) });
      return `/chargebacks/${(await made.json()).id}`;
    });
  } else if (form.dataset.api) {
    send(form, async () => {
      await ask(form.dataset.api, { method: "POST", body: bodyOf(form) });
      return form.dataset.back || "";
    });
  }
});
