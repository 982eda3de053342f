// The rarer ways to pay, and what else a till does: each asks one question and takes one tender.
import { ask, Refused, showRefusal, Unheard } from "../frame/api.js";
import { newId } from "./memory.js";
import { minorOf, plain, scaled, showMoney } from "./money.js";
import { showPanel } from "./panels.js";
import { play } from "./sounds.js";

const POLL_MS = 2000;
const PAUSE_MS = 200;

/** Show what there is; tenders need something that is due. */
export function openMore(till) {
  if (till.isBusy) return;
  till.showStep("outcome");
  const panel = showPanel(till.place, "panel-more", (made) => {
    for (const button of made.querySelectorAll("[data-tender]")) button.disabled = till.due <= 0;
  });
  const open = { voucher: askCode, store_credit: askCode, account: askCustomer, transfer: askTransfer, foreign_cash: askForeign };
  panel.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.disabled) return;
    const { tender } = button.dataset;
    if (tender) open[tender](till, tender);
    if (button.dataset.do === "back") till.backFromPanel();
    if (button.dataset.do === "display") showDisplays(till);
    if (button.dataset.do === "drawer") askDrawer(till);
  });
  (panel.querySelector("button:not([disabled])") ?? panel).focus();
}

/** A form in a panel: errors stay in it, Esc leads back. */
function formPanel(till, name, fill, send) {
  const panel = showPanel(till.place, name, fill);
  const form = panel.querySelector("form");
  panel.addEventListener("click", (event) => {
    if (event.target.closest('[data-do="back"]')) till.backFromPanel();
  });
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    await inPanel(till, panel, () => send(new FormData(form), panel));
  });
  return panel;
}

async function inPanel(till, panel, work) {
  const problem = panel.querySelector("[data-action-problem]");
  problem.hidden = true;
  const buttons = [...panel.querySelectorAll("button:not([disabled])")];
  for (const button of buttons) button.disabled = true;
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
    showRefusal(problem, error, till.text);
    play("stop");
    return null;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

async function take(till, wish) {
  await till.makeSale();
  const taken = await till.sale.tender(wish);
  await till.tenderTaken(taken);
  return taken;
}

/** Vouchers and store credit: by their code; one that holds less is taken as a part. */
function askCode(till, kind) {
  const minor = till.wanted;
  const fill = (panel) => {
    panel.querySelector("[data-title]").textContent = till.text(`tender.${kind}`);
    showMoney(panel.querySelector("[data-amount]"), minor, till.settings, till.text);
  };
  formPanel(till, "panel-code", fill, async (data, panel) => {
    const code = String(data.get("code")).trim();
    const balance = await (await ask("/v1/voucher-balances", { method: "POST", body: { code } })).json();
    const { left } = balance;
    const amount = Math.min(minor, minorOf(left, till.settings.exponent));
    if (amount <= 0) throw new Refused(409, { code: "voucher_empty" });
    panel.querySelector("[data-note]").textContent = till.text("more.code_holds", { amount: `${left.currency} ${left.amount}` });
    // The code itself knows whether it is a voucher or store credit.
    await take(till, { kind: balance.kind, amount: till.money(amount), code });
  });
}

/** On account: found by name or number, with what they may still owe. */
function askCustomer(till) {
  const minor = till.wanted;
  const panel = formPanel(till, "panel-customer", (made) => showMoney(made.querySelector("[data-amount]"), minor, till.settings, till.text));
  const input = panel.querySelector("input");
  let timer = 0;
  const look = async () => {
    const answer = await inPanel(till, panel, async () => (await ask(`/v1/customers?search=${encodeURIComponent(input.value.trim())}&limit=10`)).json());
    if (!answer) return;
    const rows = answer.data.map((customer) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain till-button";
      button.dataset.customer = customer.id;
      button.textContent = customer.name;
      return button;
    });
    panel.querySelector("[data-found]").replaceChildren(...rows);
    panel.querySelector("[data-none]").hidden = rows.length > 0;
  };
  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(look, PAUSE_MS);
  });
  panel.addEventListener("click", (event) => {
    const customer = event.target.closest("[data-customer]")?.dataset.customer;
    if (customer) inPanel(till, panel, () => take(till, { kind: "account", amount: till.money(minor), customer_id: customer }));
  });
}

/** A bank transfer: the code is shown until somebody says that the money arrived, or that it will not. */
async function askTransfer(till) {
  const minor = till.wanted;
  await till.attempt(async () => {
    await till.makeSale();
    const taken = await till.sale.tender({ kind: "transfer", amount: till.money(minor) });
    showTransfer(till, taken);
  });
}

export function showTransfer(till, tender) {
  till.showStep("outcome");
  till.tellDisplay("transfer");
  const minor = minorOf(tender.amount, till.settings.exponent);
  const end = async (data, panel, arrived) => {
    await till.sale.endTender(tender.id, arrived, String(data.get("reason") ?? "").trim() || till.text("more.transfer_seen"));
    stop();
    await till.tenderTaken(till.sale.sale.tenders.find((one) => one.id === tender.id));
    return panel;
  };
  const panel = formPanel(
    till,
    "panel-transfer",
    (made) => {
      showMoney(made.querySelector("[data-amount]"), minor, till.settings, till.text);
      made.querySelector("[data-reference]").textContent = tender.detail.reference ?? "";
      const picture = made.querySelector("img");
      picture.addEventListener("error", () => picture.closest("figure").remove());
      picture.src = `/v1/transfers/${tender.detail.transfer_id}/code.svg`;
    },
    (data, made) => end(data, made, true),
  );
  panel.querySelector('[data-do="not-coming"]').addEventListener("click", () => inPanel(till, panel, () => end(new FormData(), panel, false)));
  panel.querySelector('[data-do="later"]').addEventListener("click", () => {
    stop();
    till.showRest();
  });
  const timer = window.setInterval(async () => {
    if (!till.place.contains(panel)) {
      stop();
      return;
    }
    try {
      await till.sale.load();
    } catch (error) {
      if (error instanceof Refused || error instanceof Unheard) return;
      throw error;
    }
    const now = till.sale.sale.tenders.find((one) => one.id === tender.id);
    if (now && now.state !== "open") {
      stop();
      await till.tenderTaken(now);
    }
  }, POLL_MS);
  const stop = () => window.clearInterval(timer);
}

/** Foreign cash: what to ask for by today's rate, what was given, change in the store's own currency. */
function askForeign(till) {
  const minor = till.wanted;
  const fill = (panel) => showMoney(panel.querySelector("[data-amount]"), minor, till.settings, till.text);
  const panel = formPanel(till, "panel-foreign", fill, async (data) => {
    const exponent = Number(panel.dataset.exponent ?? 2);
    const given = scaled(String(data.get("given")), exponent);
    if (!given) throw new Refused(422, { code: "given_needed" });
    const currency = String(data.get("currency"));
    await take(till, { kind: "foreign_cash", amount: till.money(minor), given: { amount: plain(given, exponent), currency } });
  });
  const look = () =>
    inPanel(till, panel, async () => {
      const currency = panel.querySelector("select").value;
      const query = `amount=${plain(minor, till.settings.exponent)}&currency=${till.settings.currency}&pay_in=${currency}`;
      const offer = await (await ask(`/v1/foreign-cash?${query}`)).json();
      const places = offer.ask.amount.split(".")[1]?.length ?? 0;
      panel.dataset.exponent = String(places);
      panel.querySelector("[data-ask]").textContent = `${offer.ask.currency} ${offer.ask.amount}`;
      panel.querySelector("[data-rate]").textContent = till.text("more.rate", { rate: offer.rate, day: offer.dated });
    });
  panel.querySelector("select").addEventListener("change", look);
  look();
}

/** The drawer opens by itself with cash; otherwise somebody says why, and that is kept. */
function askDrawer(till) {
  formPanel(till, "panel-drawer", null, async (data, panel) => {
    const body = { id: newId(), reason: String(data.get("reason")).trim() };
    await ask(`/v1/registers/${till.registerId}/drawer`, { method: "POST", body });
    panel.querySelector("[data-note]").textContent = till.text("more.drawer_asked");
  });
}

/** Customer displays: a window of this browser, or a tablet paired by a code. */
async function showDisplays(till) {
  const panel = formPanel(till, "panel-display", null);
  panel.querySelector("[data-window]").href = `/display/${till.registerId}`;
  panel.querySelector("[data-window]").addEventListener("click", () => till.feed.begin());
  const list = async () => {
    const found = await inPanel(till, panel, async () => (await ask("/v1/displays")).json());
    const rows = (found?.data ?? []).map((one) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "stop";
      button.dataset.revoke = one.id;
      button.textContent = till.text("more.display_revoke");
      const words = till.text("more.display_of", { register: one.register_id, since: one.paired_at.slice(0, 10) });
      row.append(words, button);
      return row;
    });
    panel.querySelector("[data-displays]").replaceChildren(...rows);
  };
  panel.addEventListener("click", (event) => {
    const { revoke } = event.target.closest("[data-revoke]")?.dataset ?? {};
    if (revoke) inPanel(till, panel, () => ask(`/v1/displays/${revoke}`, { method: "DELETE" })).then(list);
    if (!event.target.closest('[data-do="code"]')) return;
    inPanel(till, panel, async () => {
      const made = await (await ask(`/v1/registers/${till.registerId}/display-codes`, { method: "POST" })).json();
      const place = panel.querySelector("[data-code]");
      place.textContent = `${made.code.slice(0, 4)} ${made.code.slice(4)}`;
      panel.querySelector("[data-code-note]").hidden = false;
      till.feed.begin();
    });
  });
  await list();
}
