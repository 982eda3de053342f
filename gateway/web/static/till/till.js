// The till: from an amount to an answer. The payment's id is made and kept here before the first byte leaves.
import { ask, Refused, showRefusal, texts, Unheard } from "../frame/api.js";
import { act, decide, showOutcome, showProgress } from "../frame/outcome.js";
import { AmountField } from "./amount.js";
import { Items } from "./items.js";
import { forget, newId, recall, remember } from "./memory.js";
import { plain, showMoney } from "./money.js";
import { isMuted, play, setMuted, wakeSound } from "./sounds.js";
import { PaymentWatch } from "./watch.js";

const RETRY_MS = 2000;
/** So long the customer still stands there: a lost request is sent again by itself. Later a person is asked first. */
const RESEND_ALONE_MS = 20_000;

class Till {
  constructor(root) {
    this.root = root;
    this.text = texts();
    this.settings = {
      currency: root.dataset.currency,
      exponent: Number(root.dataset.exponent),
      amountMax: Number(root.dataset.amountMax),
    };
    this.place = root.querySelector("[data-outcome]");
    this.announce = root.querySelector("[data-announce]");
    this.mode = "amount";
    this.amount = new AmountField(root, this.settings, this.text, () => this.showTotal());
    this.items = new Items(root, this.settings, this.text, () => this.showTotal());
    this.actions = {
      card: () => this.begin(),
      cancel: () => this.post("cancel", {}),
      ask: () => this.post("ask", {}),
      next: () => this.nextSale(),
      leave: () => this.nextSale(),
      back: () => this.back(),
      "try-again": () => this.tryAgain(),
      "print-copy": () => this.post("receipts", { copy: "customer", request_id: newId() }),
      "send-again": () => this.sendAgain(),
      sound: () => this.switchSound(),
    };
    this.listen();
    this.showTotal();
    this.showSound();
    const unfinished = recall();
    if (unfinished) this.resume(unfinished);
  }

  get minor() {
    return this.mode === "items" ? this.items.minor : this.amount.minor;
  }

  listen() {
    this.root.addEventListener("click", (event) => {
      wakeSound();
      const button = event.target.closest("[data-action]");
      if (button && !button.disabled) this.actions[button.dataset.action]?.();
      const mode = event.target.closest("[data-mode]");
      if (mode) this.switchMode(mode.dataset.mode);
    });
    this.root.addEventListener("submit", async (event) => {
      if (event.target.dataset.form !== "decide") return;
      event.preventDefault();
      await decide(this.place, this.payment.id, event.target, this.text);
      this.watch?.load();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "F2" && !this.isBusy()) {
        event.preventDefault();
        this.switchMode(this.mode === "items" ? "amount" : "items");
      }
      if (event.key === "Enter" && event.target.id === "amount" && this.minor > 0 && !event.repeat) {
        event.preventDefault();
        this.root.querySelector('[data-action="card"]').focus();
      }
    });
    const registers = this.root.querySelector("select[data-registers]");
    registers?.addEventListener("change", () => {
      document.querySelector("[data-register-name]").textContent = registers.selectedOptions[0].textContent;
    });
  }

  isBusy() {
    return this.root.dataset.step === "outcome";
  }

  switchMode(mode) {
    this.mode = mode;
    this.root.dataset.mode = mode;
    for (const view of ["amount", "items"]) this.root.querySelector(`[data-view="${view}"]`).hidden = view !== mode;
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
    this.showTotal();
    const first = mode === "items" ? this.items.form.elements.text : this.amount.input;
    first.focus();
  }

  showTotal() {
    if (!this.items) return;
    showMoney(this.root.querySelector("[data-total]"), this.minor, this.settings, this.text);
    const ready = this.minor > 0;
    this.root.querySelector('[data-action="card"]').disabled = !ready;
    this.root.querySelector("[data-pay-hint]").hidden = ready;
  }

  /** One question at a time: either what is to pay, or whether it has been paid. */
  showStep(step) {
    this.root.dataset.step = step;
    const paying = step === "outcome";
    this.root.querySelector('[data-part="sale"]').inert = paying;
    this.root.querySelector('[data-view="pay"]').hidden = paying;
    if (!paying) this.place.replaceChildren();
  }

  async begin() {
    if (this.isBusy() || this.minor <= 0) return;
    this.root.querySelector("[data-problem]").hidden = true;
    const money = { amount: plain(this.minor, this.settings.exponent), currency: this.settings.currency };
    const id = newId();
    const body = { id, amount: money, register_id: this.root.querySelector("[data-registers]").value };
    if (this.mode === "items") body.lines = this.items.forApi();
    const basket = { mode: this.mode, minor: this.minor, lines: this.mode === "items" ? this.items.lines : [] };
    this.payment = { id, body, basket, accepted: false, at: Date.now() };
    try {
      remember(this.payment);
    } catch {
      this.payment = null;
      showRefusal(this.root.querySelector("[data-problem]"), { code: "cannot_remember", message: "", hint: "" }, this.text);
      return;
    }
    this.showStep("outcome");
    this.showPanel("panel-sending");
    await this.send();
  }

  /** Send the same request under the same id until there is an answer; the gateway makes one payment of it. */
  async send() {
    const { id } = this.payment;
    for (let tries = 1; this.payment?.id === id; tries += 1) {
      try {
        await ask("/v1/payments", { method: "POST", body: this.payment.body, headers: { "Idempotency-Key": id } });
        this.accepted();
        return;
      } catch (error) {
        if (error instanceof Refused) {
          if (error.status < 500) {
            this.refused(error);
            return;
          }
        } else if (!(error instanceof Unheard)) throw error;
        this.showOffline(tries);
        await pause(RETRY_MS);
        if (this.payment?.id !== id || (await this.exists())) return;
        if (Date.now() - this.payment.at > RESEND_ALONE_MS) return;
      }
    }
  }

  /** Ask by id whether the gateway has the payment; waits while it cannot be heard. Returns whether that settled it. */
  async exists() {
    const { id } = this.payment;
    for (let tries = 1; this.payment?.id === id; tries += 1) {
      try {
        await ask(`/v1/payments/${id}`);
        this.accepted();
        return true;
      } catch (error) {
        if (error instanceof Refused && error.status === 404) {
          if (Date.now() - this.payment.at > RESEND_ALONE_MS) this.showPanel("panel-never-arrived", true);
          return false;
        }
        if (error instanceof Refused && error.status < 500) {
          this.refused(error);
          return true;
        }
        this.showOffline(tries);
        await pause(RETRY_MS);
      }
    }
    return true;
  }

  accepted() {
    this.payment.accepted = true;
    remember(this.payment);
    this.follow();
  }

  /** The gateway said no before anything left for the terminal. */
  refused(error) {
    const { basket } = this.payment;
    forget();
    this.payment = null;
    this.showStep("sale");
    this.restore(basket);
    showRefusal(this.root.querySelector("[data-problem]"), error, this.text);
    this.root.querySelector('[data-action="card"]').focus();
    play("stop");
  }

  follow() {
    this.watch?.stop();
    this.watch = new PaymentWatch(this.payment.id, "till", {
      show: (element) => this.showServer(element),
      progress: (code, words) => showProgress(this.place, code, words, this.text),
      heard: (up) => {
        if (!up) this.showOffline(0);
      },
      gone: (error) => this.gone(error),
    });
  }

  /** The gateway answers and will not show this payment: there must be a way on. */
  gone(error) {
    if (error.status === 404) {
      this.watch.stop();
      this.refused(error);
      return;
    }
    const place = this.place.querySelector("[data-action-problem]") ?? this.place.appendChild(document.createElement("div"));
    showRefusal(place, error, this.text);
  }

  showServer(element) {
    if (showOutcome(this.place, element, this.announce)) play(element.dataset.tone);
  }

  showPanel(name, sounding = false) {
    const panel = document.getElementById(name).content.firstElementChild.cloneNode(true);
    const amount = panel.querySelector("[data-amount]");
    if (amount) showMoney(amount, this.payment.basket.minor, this.settings, this.text);
    const changed = showOutcome(this.place, panel, this.announce);
    if (changed && sounding) play(panel.dataset.tone);
    return panel;
  }

  showOffline(tries) {
    if (this.watch) this.watch.mark = "";
    this.showPanel("panel-offline", true);
    this.place.querySelector("[data-tries]").textContent = tries ? this.text("till.offline_tries", { n: tries }) : "";
  }

  /** After a reload or a crash: the payment that was begun here is found again before anything else is sold. */
  async resume(unfinished) {
    this.payment = unfinished;
    this.restore(unfinished.basket);
    this.showStep("outcome");
    this.showPanel("panel-sending");
    if (unfinished.accepted) this.follow();
    else if (!(await this.exists()) && this.payment && Date.now() - this.payment.at <= RESEND_ALONE_MS) await this.send();
  }

  restore(basket) {
    this.switchMode(basket.mode);
    if (basket.mode === "items") this.items.restore(basket.lines);
    else this.amount.minor = basket.minor;
  }

  async sendAgain() {
    this.payment.at = Date.now();
    remember(this.payment);
    this.showPanel("panel-sending");
    await this.send();
  }

  async post(action, body) {
    await act(this.place, `/v1/payments/${this.payment.id}/${action}`, body, this.text);
    this.watch?.load();
  }

  /** A further attempt of the same payment; its id is kept too, so that a lost answer cannot start two. */
  async tryAgain() {
    const after = this.place.querySelector(".outcome").dataset.attempts;
    if (this.payment.attempt?.after !== after) {
      this.payment.attempt = { id: newId(), after };
      remember(this.payment);
    }
    await this.post("attempts", { request_id: this.payment.attempt.id });
  }

  leaveOutcome() {
    this.watch?.stop();
    this.watch = null;
    forget();
    this.payment = null;
    this.showStep("sale");
    this.announce.textContent = "";
  }

  nextSale() {
    this.leaveOutcome();
    this.items.restore([]);
    this.amount.minor = 0;
    this.switchMode(this.mode);
  }

  back() {
    const basket = this.payment?.basket;
    this.leaveOutcome();
    if (basket) this.restore(basket);
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

function pause(milliseconds) {
  return new Promise((resolve) => {
    window.setTimeout(resolve, milliseconds);
  });
}

const root = document.getElementById("till");
if (root) new Till(root);
