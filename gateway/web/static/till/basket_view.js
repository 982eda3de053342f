// The list of what is sold: quantities, what is taken off, and the form for a line that is in no catalogue.
import { percentWords } from "./basket.js";
import { figure, plain, scaled } from "./money.js";

export class BasketView {
  constructor(root, basket, settings, text) {
    this.root = root;
    this.basket = basket;
    this.settings = settings;
    this.text = text;
    this.body = root.querySelector("[data-items] tbody");
    this.form = root.querySelector('[data-form="item"]');
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#addFree();
    });
    this.body.addEventListener("click", (event) => this.#clicked(event));
    this.#listenForTotals();
  }

  /** Say what is wrong, at the field where it is; null clears it. */
  complain(field, key, values = {}) {
    const place = this.root.querySelector("[data-item-problem]");
    place.hidden = !key;
    place.textContent = key ? this.text(key, values) : "";
    for (const input of this.form.querySelectorAll("input")) {
      if (input.name === field) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    if (field) this.form.elements[field].focus();
  }

  show() {
    const { lines } = this.basket;
    this.body.replaceChildren(...lines.map((line, index) => this.#row(line, index)));
    this.root.querySelector("[data-items]").hidden = !lines.length;
    this.root.querySelector("[data-items-empty]").hidden = lines.length > 0;
    this.root.querySelector("[data-basket-foot]").hidden = !lines.length;
    this.#showTotals();
  }

  #addFree() {
    const data = new FormData(this.form);
    const line = {
      text: String(data.get("text")).trim(),
      quantity: scaled(String(data.get("quantity")), 3),
      price: scaled(String(data.get("price")), this.settings.exponent),
      rate: String(data.get("rate")),
    };
    if (line.rate === "voucher") {
      line.rate = "0";
      line.voucher = true;
    }
    if (!line.text) return this.complain("text", "till.item_needs_text");
    if (!line.quantity) return this.complain("quantity", "till.item_needs_quantity");
    if (line.price === null) return this.complain("price", "till.item_needs_price");
    const problem = this.basket.add(line);
    if (problem) return this.complain("price", problem);
    this.complain(null, null);
    this.form.reset();
    this.form.elements.text.focus();
    return undefined;
  }

  #clicked(event) {
    const button = event.target.closest("button[data-line]");
    if (!button) return;
    const index = Number(button.dataset.line);
    const line = this.basket.lines[index];
    const { act } = button.dataset;
    if (act === "more") this.complain(null, this.basket.setQuantity(index, line.quantity + 1000));
    if (act === "less") this.basket.setQuantity(index, line.quantity - 1000);
    if (act === "remove") this.basket.remove(index);
    if (act === "off") this.#askOff(index);
    else this.#focusNear(act, index);
  }

  #focusNear(act, index) {
    const near = Math.min(index, this.basket.lines.length - 1);
    const next = this.body.querySelector(`[data-act="${act}"][data-line="${near}"]`);
    (next ?? this.root.querySelector("#find")).focus();
  }

  /** One small dialog asks for what is taken off a line or off all, and for the tip. */
  #askOff(index) {
    const line = this.basket.lines[index];
    this.ask({
      title: this.text("till.off_line_title", { name: line.text }),
      shares: true,
      amounts: false,
      done: (value) => this.basket.setOff(index, value?.percent ?? 0),
    });
  }

  #listenForTotals() {
    this.root.querySelector('[data-action="discount"]').addEventListener("click", () => {
      this.ask({
        title: this.text("till.discount_title"),
        shares: true,
        amounts: true,
        max: this.basket.goods,
        done: (value) => this.basket.setDiscount(value),
      });
    });
    this.root.querySelector('[data-action="tip"]').addEventListener("click", () => {
      this.ask({
        title: this.text("till.tip_title"),
        shares: false,
        amounts: true,
        max: this.settings.amountMax,
        done: (value) => this.basket.setTip(value?.minor ?? 0),
      });
    });
    const dialog = document.getElementById("off-dialog");
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      // Enter presses the first button of the form, also where it is not shown: then an amount is meant.
      const pressed = event.submitter?.value ?? "percent";
      const kind = pressed === "percent" && !this.question.shares ? "amount" : pressed;
      const typed = String(new FormData(event.target).get("value"));
      this.#answer(dialog, kind, typed);
    });
    dialog.addEventListener("click", (event) => {
      const quick = event.target.closest("[data-percent]");
      if (quick) this.#answer(dialog, "percent", quick.dataset.percent);
    });
  }

  ask(question) {
    const dialog = document.getElementById("off-dialog");
    this.question = question;
    dialog.querySelector("[data-title]").textContent = question.title;
    dialog.querySelector("[data-off-problem]").hidden = true;
    for (const part of dialog.querySelectorAll("[data-shares]")) part.hidden = !question.shares;
    for (const part of dialog.querySelectorAll("[data-amounts]")) part.hidden = !question.amounts;
    dialog.querySelector("form").reset();
    dialog.showModal();
    dialog.querySelector("input").focus();
  }

  #answer(dialog, kind, typed) {
    const problem = dialog.querySelector("[data-off-problem]");
    const percent = kind === "percent" ? scaled(typed, 2) : null;
    const minor = kind === "amount" ? scaled(typed, this.settings.exponent) : null;
    const wrong = (kind === "percent" && !(percent > 0 && percent <= 10_000)) || (kind === "amount" && !(minor > 0 && minor <= this.question.max));
    if (wrong) {
      problem.textContent = this.text(kind === "percent" ? "till.off_wrong_share" : "till.off_wrong_amount");
      problem.hidden = false;
      return;
    }
    dialog.close();
    this.question.done(kind === "none" ? null : kind === "percent" ? { percent } : { minor });
  }

  #showTotals() {
    const { discount, off, tip } = this.basket;
    const put = (name, shown, words) => {
      const row = this.root.querySelector(`[data-total-of="${name}"]`);
      row.hidden = !shown;
      row.querySelector("[data-words]").textContent = words;
      row.querySelector(".money").textContent = figure(shown, this.settings.exponent, this.text);
    };
    const words = discount?.percent ? this.text("till.off_all", { percent: percentWords(discount.percent, this.text) }) : this.text("till.off_amount");
    put("discount", -off, words);
    put("tip", tip, this.text("till.tip"));
  }

  #button(act, index, words, label) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.act = act;
    button.dataset.line = String(index);
    button.textContent = words;
    button.setAttribute("aria-label", this.text(label, { name: this.basket.lines[index].text }));
    return button;
  }

  #row(line, index) {
    const cell = (name, ...parts) => {
      const made = document.createElement("td");
      made.className = name;
      made.append(...parts);
      return made;
    };
    const quantity = document.createElement("span");
    quantity.className = "quantity";
    quantity.textContent = plain(line.quantity, 3).replace(/\.?0+$/, "").replace(".", this.text("format.decimal"));
    const steps = cell("steps-of-line", this.#button("less", index, "−", "till.less"), quantity, this.#button("more", index, "+", "till.more_of"));
    const name = cell("", line.text);
    const off = this.basket.offOf(line);
    if (off) {
      const less = document.createElement("small");
      less.textContent = `${this.text("till.off_all", { percent: percentWords(line.off, this.text) })}: ${figure(-off, this.settings.exponent, this.text)}`;
      name.append(less);
    }
    const row = document.createElement("tr");
    const acts = cell("acts", this.#button("off", index, "%", "till.off_line_named"), this.#button("remove", index, "✕", "till.item_remove_named"));
    row.append(steps, name, cell("number", figure(line.amount, this.settings.exponent, this.text)), acts);
    return row;
  }
}
