// The end of a sale: paid, how, the change, the receipt; then the next one.
import { ask, Refused, showRefusal, Unheard } from "../frame/api.js";
import { listenForLetter } from "./letter.js";
import { newId } from "./memory.js";
import { showMoney } from "./money.js";
import { showPanel } from "./panels.js";

/** Show that a sale is settled. `taken`: the tender that settled it, or null after a reload. */
export function showDone(till, taken) {
  const { sale } = till.sale;
  const { text, settings } = till;
  till.showStep("outcome");
  const changed = taken?.detail?.change ?? sale.tenders.at(-1)?.detail?.change;
  const change = changed ? till.minorOf({ amount: changed }) : 0;
  const total = till.minorOf(sale.totals.to_pay);
  const { split } = till.sale;
  const more = split && split.at < split.shares.length;
  const panel = showPanel(till.place, "panel-done", (made) => {
    showMoney(made.querySelector("[data-amount]"), total, settings, text);
    made.querySelector("[data-number]").textContent = sale.number === null ? "" : text("done.number", { number: sale.number });
    made.querySelector("[data-tendered]").replaceChildren(...till.tendered().map((words) => Object.assign(document.createElement("li"), { textContent: words })));
    const row = made.querySelector("[data-change]");
    row.hidden = change === 0;
    showMoney(row.querySelector(".money"), change, settings, text);
    const share = made.querySelector("[data-share]");
    share.hidden = !split;
    if (split) share.textContent = text("split.paid", { n: split.at, of: split.shares.length });
    made.querySelector("[data-next] span").textContent = text(more ? "split.next" : "outcome.next_sale");
    const picture = made.querySelector(".paper img");
    picture.addEventListener("error", () => picture.closest("figure").remove());
    picture.src = `/v1/sales/${sale.id}/receipt.png`;
  });
  const say = text("done.says", { amount: `${settings.currency} ${sale.totals.to_pay.amount}` });
  till.announce.textContent = change ? `${say} ${text("cash.change")}: ${changed}` : say;
  issueVouchers(till, panel);
  listenForLetter(panel, sale.id, (body) => send(till, panel, "/v1/receipt-letters", body, "done.mailing"));
  till.feed.show({ state: "paid", total, change, lines: till.mode === "items" ? till.basket.lines : [] });
  panel.addEventListener("click", (event) => {
    const act = event.target.closest("[data-do]")?.dataset.do;
    if (act === "print") send(till, panel, `/v1/sales/${sale.id}/receipts`, { request_id: newId(), register_id: till.registerId }, "done.printing");
    if (act === "link") receiptLink(till, panel, sale.id);
  });
}

async function send(till, panel, address, body, words) {
  const problem = panel.querySelector("[data-action-problem]");
  problem.hidden = true;
  panel.querySelector("[data-note]").textContent = "";
  try {
    const answer = await ask(address, { method: "POST", body });
    panel.querySelector("[data-note]").textContent = till.text(words);
    return answer;
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
    showRefusal(problem, error, till.text);
    return null;
  }
}

/** A link to the receipt as a code to scan, for whoever wants no paper. */
async function receiptLink(till, panel, saleId) {
  const body = { id: newId(), subject: "sale", subject_id: saleId };
  const answer = await send(till, panel, "/v1/receipt-links", body, "done.scan");
  if (!answer) return;
  const link = await answer.json();
  const picture = panel.querySelector("[data-link-code]");
  picture.src = `data:image/svg+xml,${encodeURIComponent(link.qr_svg)}`;
  picture.alt = till.text("done.scan");
  picture.hidden = false;
}

/** Gift cards that were sold: issued now that they are paid, each under an id kept with the sale. */
async function issueVouchers(till, panel) {
  const counter = till.sale;
  const sold = counter.sale.lines.filter((line) => line.kind === "voucher");
  if (!sold.length) return;
  const list = panel.querySelector("[data-vouchers]");
  list.hidden = false;
  for (const [index, line] of sold.entries()) {
    const answer = await send(till, panel, `/v1/sales/${counter.id}/vouchers`, { id: counter.voucherId(index), amount: line.amount }, "done.voucher_print");
    if (!answer) return;
    const voucher = await answer.json();
    const amount = `${line.amount.currency} ${line.amount.amount}`;
    list.append(Object.assign(document.createElement("li"), { textContent: till.text("done.voucher", { amount, code: voucher.code ?? "" }) }));
  }
}
