// Rows of an invoice, its lines and its taxes by rate: shown as a table, corrected cell by cell, sent as a whole.
import { decimalsOf, shownAmount, typedAmount } from "./amounts.js";

const FINE_DECIMALS = 6;
const IN_MINOR = new Set(["amount", "base", "tax"]);

export class Rows {
  /** `columns`: names of the cells; `settled(rows)`: something was changed; `typing()`: not stored yet. */
  constructor(table, { columns, settled, typing, currency, lit, text, readOnly }) {
    Object.assign(this, { table, columns, settled, typing, currency, lit, text, readOnly });
    this.body = table.querySelector("tbody");
    this.kind = table.dataset.rows;
    this.stored = [];
    this.body.addEventListener("input", () => {
      this.body.dataset.typed = "yes";
      this.typing();
    });
    this.body.addEventListener("change", (event) => this.changed(event.target));
    this.body.addEventListener("focusin", (event) => {
      if (event.target.dataset?.cell) lit(event.target.dataset.cell);
    });
    this.body.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove]");
      if (button) this.remove(button.closest("tr"));
    });
    const add = table.closest("section").querySelector("[data-add-row]");
    if (readOnly) add.hidden = true;
    else add.addEventListener("click", () => this.add());
  }

  /** Show what the gateway has; while somebody types in here it stays as it is. */
  show(rows) {
    this.stored = rows;
    if (this.body.contains(document.activeElement) && this.body.dataset.typed) return;
    const focused = document.activeElement?.dataset?.cell;
    this.body.replaceChildren(...rows.map((row, index) => this.row(row, index)));
    if (focused) this.body.querySelector(`[data-cell="${CSS.escape(focused)}"]`)?.focus();
    this.fold();
  }

  row(cells, index) {
    const row = document.createElement("tr");
    for (const name of this.columns) row.append(this.cell(name, cells[name], index));
    const last = document.createElement("td");
    last.className = "actions";
    if (!this.readOnly) {
      const button = document.querySelector("[data-icons] [data-remove]").cloneNode(true);
      button.setAttribute("aria-label", this.text("review.remove_row", { n: index + 1 }));
      last.append(button);
    }
    row.append(last);
    return row;
  }

  cell(name, field, index) {
    const cell = document.createElement("td");
    const input = document.createElement("input");
    const label = this.text(`captured_cell.${name}`);
    cell.dataset.label = label;
    input.value = this.shown(name, field?.value ?? "");
    input.dataset.cell = `${this.kind}.${index}.${name}`;
    input.dataset.name = name;
    input.readOnly = this.readOnly;
    input.tabIndex = -1;
    input.maxLength = 500;
    input.autocomplete = "off";
    input.setAttribute("aria-label", this.text("review.cell_of", { cell: label, n: index + 1 }));
    if (field?.value && field.mark !== "accept" && !field.corrected_by) {
      input.dataset.mark = "check";
      cell.append(document.querySelector('[data-icons] [data-icon="fails"] svg').cloneNode(true));
    }
    cell.append(input);
    return cell;
  }

  shown(name, stored) {
    return ["text", "unit"].includes(name) ? stored : shownAmount(stored, this.text).replace("−", "-");
  }

  read(name, typed) {
    const plain = typed.trim();
    if (!plain || ["text", "unit"].includes(name)) return plain;
    return typedAmount(plain.replace("%", ""), IN_MINOR.has(name) ? decimalsOf(this.currency()) : FINE_DECIMALS);
  }

  /** The rows as they stand in the cells now; a cell that is no value is null. */
  values() {
    return [...this.body.rows].map((row) => {
      const found = {};
      for (const input of row.querySelectorAll("[data-cell]")) found[input.dataset.name] = this.read(input.dataset.name, input.value);
      return found;
    });
  }

  changed(input) {
    delete this.body.dataset.typed;
    const bad = this.read(input.dataset.name, input.value) === null;
    input.toggleAttribute("aria-invalid", bad);
    if (bad) input.setAttribute("aria-invalid", "true");
    this.complain(bad ? this.text("review.no_amount") : "");
    if (!bad) this.send();
  }

  send() {
    const rows = this.values();
    if (rows.some((row) => Object.values(row).includes(null))) return;
    const kept = rows.filter((row) => Object.values(row).some(Boolean));
    this.settled(this.kind, kept);
  }

  complain(words) {
    const place = this.table.closest("section").querySelector("[data-rows-complaint]");
    place.textContent = words;
    place.hidden = !words;
  }

  add() {
    this.body.append(this.row({}, this.body.rows.length));
    this.fold();
    this.body.lastElementChild.querySelector("input").focus();
  }

  remove(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.fold();
    (next?.querySelector("input") ?? this.table.closest("section").querySelector("[data-add-row]")).focus();
    this.typing();
    this.send();
  }

  fold() {
    this.table.hidden = !this.body.rows.length;
    this.table.closest("section").querySelector("[data-no-rows]").hidden = Boolean(this.body.rows.length);
  }

  places() {
    return this.stored.flatMap((row, index) =>
      Object.entries(row).flatMap(([name, field]) =>
        (field?.places ?? []).map(({ page, box }) => ({ name: `${this.kind}.${index}.${name}`, page, box, mark: field.mark === "accept" ? "sure" : "check" })),
      ),
    );
  }
}
