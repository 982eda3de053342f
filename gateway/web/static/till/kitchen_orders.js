// Orders to the kitchen that nobody answered yet, kept in this browser: {ticket, address, body}, one of a ticket at most.
import { Refused, Unheard } from "../frame/api.js";
import { sendOnce } from "./counter_sale.js";

const KEY = "tillbridge.unsent_orders";

/** The id of the one order that follows from a sale or a split bill: its own id as a UUID of version 4. */
export function orderIdOf(id) {
  return `${id.slice(0, 14)}4${id.slice(15)}`;
}

/** What the kitchen has to be told of a whole sale. `ticket`, `label`: of the bill it was, where it was one. */
export function orderOfSale(saleId, { ticket, label } = {}) {
  const body = { id: orderIdOf(saleId) };
  if (ticket) body.ticket_id = ticket;
  if (label) body.label = label;
  return { ticket: ticket ?? saleId, address: `/v1/sales/${saleId}/orders`, body };
}

export function recallUnsent() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

export function keepUnsent(jobs) {
  localStorage.setItem(KEY, JSON.stringify(jobs));
}

/** Tell the kitchen of a sale that was paid away from the till. What is not heard waits at the till, which says so. */
export async function tellKitchen(saleId) {
  const job = orderOfSale(saleId);
  keepUnsent([...recallUnsent(), job]);
  try {
    await sendOnce(job.address, job.body);
  } catch (error) {
    if (error instanceof Refused || error instanceof Unheard) return;
    throw error;
  }
  keepUnsent(recallUnsent().filter((one) => one.ticket !== job.ticket));
}
