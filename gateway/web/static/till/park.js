// Putting a sale aside under a name, and taking one up again: by exactly one till of the shop.
import { ask, Refused, showRefusal, Unheard } from "../frame/api.js";
import { newId } from "./memory.js";
import { showMoney } from "./money.js";
import { showPanel } from "./panels.js";

export class ParkPanel {
  constructor(till) {
    this.till = till;
  }

  async open() {
    const { till } = this;
    if (till.sale || till.isBusy) return;
    till.showStep("outcome");
    const full = till.mode === "items" && !till.basket.isEmpty;
    this.panel = showPanel(till.place, "panel-park", (panel) => {
      panel.querySelector('[data-form="park"]').hidden = !full;
    });
    const form = this.panel.querySelector('[data-form="park"]');
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#park(String(new FormData(form).get("name")).trim());
    });
    this.panel.addEventListener("click", (event) => {
      if (event.target.closest('[data-do="back"]')) till.backFromPanel();
      const row = event.target.closest("[data-parked]");
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (row && act) this.#take(JSON.parse(row.dataset.parked), act);
    });
    // The same request again, after a lost answer, is the same basket.
    this.parkId = newId();
    // Who parks types the name at once; the list of what waits may come later.
    if (full) form.elements.name.focus();
    await this.#list();
    if (!full) (this.panel.querySelector('[data-act="recall"]') ?? this.panel.querySelector('[data-do="back"]')).focus();
  }

  async #try(work) {
    const problem = this.panel.querySelector("[data-action-problem]");
    problem.hidden = true;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
      showRefusal(problem, error, this.till.text);
      return null;
    }
  }

  async #list() {
    const { till } = this;
    const answer = await this.#try(async () => (await ask("/v1/parked-sales")).json());
    const rows = (answer?.data ?? []).map((parked) => this.#row(parked));
    this.panel.querySelector("[data-waiting]").replaceChildren(...rows);
    this.panel.querySelector("[data-none]").hidden = rows.length > 0;
    till.announce.textContent = "";
  }

  #row(parked) {
    const { text, settings } = this.till;
    const row = document.createElement("li");
    row.dataset.parked = JSON.stringify({ id: parked.id, version: parked.version });
    const recall = document.createElement("button");
    recall.type = "button";
    recall.className = "plain till-button";
    recall.dataset.act = "recall";
    const name = document.createElement("strong");
    name.textContent = parked.name;
    const about = document.createElement("small");
    const since = new Date(parked.created_at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    about.textContent = text("park.about", { n: parked.lines, who: parked.created_by, since });
    const total = document.createElement("span");
    showMoney(total, this.till.minorOf(parked.total), settings, text);
    recall.append(name, total, about);
    const away = document.createElement("button");
    away.type = "button";
    away.className = "icon-button";
    away.dataset.act = "discard";
    away.textContent = "✕";
    away.setAttribute("aria-label", text("park.discard", { name: parked.name }));
    row.append(recall, away);
    return row;
  }

  async #park(name) {
    const { till } = this;
    const { basket } = till;
    const { lines, discount, tip } = basket.forApi(till.text);
    const told = { lines, ...(discount ? { discount } : {}), ...(tip ? { tip } : {}), ...(basket.ticket ? { ticket_id: basket.ticket } : {}) };
    const body = { id: this.parkId, name: name || till.text("park.no_name"), register_id: till.registerId, total: till.money(basket.minor), basket: told };
    const done = await this.#try(() => ask("/v1/parked-sales", { method: "POST", body }));
    if (!done) return;
    till.nextSale();
    till.announce.textContent = till.text("park.done", { name: body.name });
  }

  async #take(parked, act) {
    const { till } = this;
    if (act === "discard") {
      const gone = await this.#try(() => ask(`/v1/parked-sales/${parked.id}/discard`, { method: "POST", body: { version: parked.version } }));
      if (gone) await this.#list();
      return;
    }
    const body = { request_id: newId(), register_id: till.registerId, version: parked.version };
    const found = await this.#try(async () => {
      // A repeated request gets the basket again, so a lost answer does not lose it.
      for (let tries = 1; ; tries += 1) {
        try {
          return await (await ask(`/v1/parked-sales/${parked.id}/recall`, { method: "POST", body })).json();
        } catch (error) {
          if (!(error instanceof Unheard) || tries > 3) throw error;
        }
      }
    });
    if (!found) return;
    till.showStep("sale");
    till.switchMode("items");
    till.basket.fromApi(found.basket, found.name === till.text("park.no_name") ? "" : found.name);
  }
}
