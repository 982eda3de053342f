// The till's page itself: modes, keys, totals, steps, sound. What is sold and how it is paid stands in till.js.
import { Refused, showRefusal, texts, Unheard } from "../frame/api.js";
import { lineOf, Scanner } from "./finder.js";
import { minorOf, plain, scaled, showMoney } from "./money.js";
import { isMuted, play, setMuted, wakeSound } from "./sounds.js";

const MODE_KEY = "tillbridge.till_mode";

/** Whether items were sold here last. */
export function prefersItems() {
  return localStorage.getItem(MODE_KEY) === "items";
}

/** The page of one till; `Till` adds what is sold (`amount`, `basket`, `view`, `finder`) and the ways to pay. */
export class TillFace {
  constructor(root) {
    this.root = root;
    this.text = texts();
    this.settings = { currency: root.dataset.currency, exponent: Number(root.dataset.exponent), amountMax: Number(root.dataset.amountMax) };
    this.place = root.querySelector("[data-outcome]");
    this.announce = root.querySelector("[data-announce]");
    this.mode = "amount";
    this.sale = null;
  }

  get registerId() {
    return this.root.querySelector("[data-registers]").value;
  }

  /** What the next tender is to bring: all that is due, or the part somebody typed. */
  get wanted() {
    const typed = scaled(this.root.querySelector("#part").value, this.settings.exponent);
    return typed && typed < this.due ? typed : this.due;
  }

  money(minor) {
    return { amount: plain(minor, this.settings.exponent), currency: this.settings.currency };
  }

  minorOf(money) {
    return minorOf(money, this.settings.exponent);
  }

  get isBusy() {
    return this.root.dataset.step === "outcome";
  }

  listen() {
    this.root.addEventListener("click", (event) => {
      wakeSound();
      const button = event.target.closest("[data-action]");
      if (button && !button.disabled) this.actions[button.dataset.action]?.();
      const mode = event.target.closest("button[data-mode]");
      if (mode) this.switchMode(mode.dataset.mode);
    });
    this.root.addEventListener("submit", (event) => {
      if (event.target.dataset.form !== "decide") return;
      event.preventDefault();
      this.cards.decide(event.target);
    });
    document.addEventListener("keydown", (event) => this.key(event));
    this.root.querySelector("#part").addEventListener("input", () => this.showTotal());
    const registers = this.root.querySelector("select[data-registers]");
    registers?.addEventListener("change", () => {
      document.querySelector("[data-register-name]").textContent = registers.selectedOptions[0].textContent;
      for (const line of this.root.querySelectorAll("[data-shift-of]")) line.hidden = line.dataset.shiftOf !== registers.value;
    });
    let amountBefore = 0;
    this.scanner = new Scanner({
      ready: () => this.root.dataset.step === "sale" && !["given", "find"].includes(document.activeElement?.id),
      began: () => {
        amountBefore = this.amount.minor;
      },
      scanned: (code) => {
        if (document.activeElement?.id === "amount") this.amount.minor = amountBefore;
        if (document.activeElement?.form?.dataset.form === "item") document.activeElement.value = "";
        this.switchMode("items");
        this.finder.code(code);
      },
    });
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (event.key === "F8") {
      event.preventDefault();
      if (this.root.dataset.step === "sale") this.switchMode(this.mode === "items" ? "amount" : "items");
    } else if (event.key === "/" && this.root.dataset.step === "sale" && event.target.id !== "find" && !event.target.matches?.("input:not(#amount)")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.switchMode("items");
    } else if (event.key === "Enter" && event.target.id === "amount" && this.due > 0 && !event.repeat) {
      event.preventDefault();
      this.root.querySelector('[data-action="card"]').focus();
    }
  }

  addItem(item, quantity = 1000) {
    if (minorOf(item.price, this.settings.exponent) === 0) {
      const { text, rate } = this.view.form.elements;
      this.root.querySelector("[data-free]").open = true;
      text.value = item.name;
      rate.value = item.tax_rate;
      this.view.complain("price", "till.item_needs_price");
      return;
    }
    this.view.complain(null, this.basket.add(lineOf(item, this.settings, quantity)));
    play("key");
  }

  notFound(key, values) {
    this.switchMode("items");
    this.view.complain(null, key, values);
    play("stop");
  }

  basketChanged() {
    if (!this.view) return;
    this.view.show();
    this.showTotal();
  }

  switchMode(mode) {
    this.mode = mode;
    this.root.dataset.mode = mode;
    localStorage.setItem(MODE_KEY, mode);
    for (const view of ["amount", "items"]) this.root.querySelector(`[data-view="${view}"]`).hidden = view !== mode;
    for (const button of this.root.querySelectorAll("button[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    this.showTotal();
    (mode === "items" ? this.finder.input : this.amount.input).focus();
  }

  showTotal() {
    if (!this.view) return;
    showMoney(this.root.querySelector("[data-total]"), this.due, this.settings, this.text);
    const part = this.root.querySelector("[data-part-of]");
    part.hidden = this.due <= 0;
    const ready = this.due > 0;
    for (const name of ["card", "cash"]) this.root.querySelector(`[data-action="${name}"]`).disabled = !ready;
    this.root.querySelector('[data-action="split"]').disabled = !ready || Boolean(this.sale);
    this.root.querySelector("[data-pay-hint]").hidden = ready;
    this.kitchen?.showButton();
    this.tellDisplay(ready ? "sale" : "idle");
  }

  /** Three steps: `sale` (what is sold), `rest` (stored, something still due), `outcome` (has it been paid?). */
  showStep(step) {
    this.root.dataset.step = step;
    this.root.querySelector('[data-part="sale"]').inert = step !== "sale";
    this.root.querySelector('[data-view="pay"]').hidden = step === "outcome";
    if (step !== "outcome") this.place.replaceChildren();
    this.root.querySelector("[data-problem]").hidden = true;
    this.kitchen?.showButton();
  }

  /** Say that something was refused, where the next action is. */
  complain(error) {
    this.showStep(this.sale?.sale ? "rest" : "sale");
    showRefusal(this.root.querySelector("[data-problem]"), error, this.text);
    this.root.querySelector('[data-action="card"]').focus();
    play("stop");
  }

  /** Run work that may be refused or not heard; whatever else goes wrong is a mistake of ours. */
  async attempt(work) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unheard)) throw error;
      this.complain(error);
      return null;
    }
  }

  switchSound() {
    setMuted(!isMuted());
    this.showSound();
    play("ok");
  }

  showSound() {
    const button = this.root.querySelector('[data-action="sound"]');
    button.setAttribute("aria-pressed", String(!isMuted()));
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, isMuted() ? "#volume-x" : "#volume-2"));
  }
}
