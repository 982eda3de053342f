// A card payment from the press of a button to an answer. Its id is made and kept here before the first byte leaves.
import { ask, Refused, Unheard } from "../frame/api.js";
import { act, decide, showOutcome, showProgress } from "../frame/outcome.js";
import { forget, newId, recall, remember } from "./memory.js";
import { showMoney } from "./money.js";
import { play } from "./sounds.js";
import { PaymentWatch } from "./watch.js";

const RETRY_MS = 2000;
/** So long the customer still stands there: a lost request is sent again by itself. Later a person is asked first. */
const RESEND_ALONE_MS = 20_000;

/**
 * `hooks`: paying() when the panel takes over, refused(error, kept) when the gateway said no before the terminal,
 * settled(state) with each final state that is shown.
 */
export class CardPayment {
  constructor({ place, announce, settings, text, hooks }) {
    this.place = place;
    this.announce = announce;
    this.settings = settings;
    this.text = text;
    this.hooks = hooks;
    this.payment = null;
  }

  /** Begin a payment. `kept`: what the till needs to go on from after a reload. */
  async begin(body, minor, kept) {
    const id = newId();
    this.payment = { id, body: { id, ...body }, minor, kept, accepted: false, at: Date.now() };
    try {
      remember(this.payment);
    } catch {
      this.payment = null;
      this.hooks.refused({ code: "cannot_remember", message: "", hint: "" }, kept);
      return;
    }
    this.hooks.paying();
    this.showPanel("panel-sending");
    await this.send();
  }

  /** After a reload or a crash: the payment that was begun here is found again before anything else is sold. */
  static unfinished() {
    const found = recall();
    // Payments kept by an earlier version of this page named their amount in the basket.
    if (found && found.minor === undefined) return { ...found, minor: found.basket?.minor ?? 0, kept: found.basket };
    return found;
  }

  async resume(unfinished) {
    this.payment = unfinished;
    this.hooks.paying();
    this.showPanel("panel-sending");
    if (unfinished.accepted) this.follow();
    else if (!(await this.exists()) && this.payment && Date.now() - this.payment.at <= RESEND_ALONE_MS) await this.send();
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
    const { kept } = this.payment;
    this.leave();
    this.hooks.refused(error, kept);
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
    this.hooks.problem(place, error);
  }

  showServer(element) {
    const changed = showOutcome(this.place, element, this.announce);
    if (!changed) return;
    play(element.dataset.tone);
    this.hooks.shown(element.dataset.state);
  }

  showPanel(name, sounding = false) {
    const panel = document.getElementById(name).content.firstElementChild.cloneNode(true);
    const amount = panel.querySelector("[data-amount]");
    if (amount) showMoney(amount, this.payment.minor, this.settings, this.text);
    const changed = showOutcome(this.place, panel, this.announce);
    if (changed && sounding) play(panel.dataset.tone);
  }

  showOffline(tries) {
    if (this.watch) this.watch.mark = "";
    this.showPanel("panel-offline", true);
    this.place.querySelector("[data-tries]").textContent = tries ? this.text("till.offline_tries", { n: tries }) : "";
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

  async decide(form) {
    await decide(this.place, this.payment.id, form, this.text);
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

  /** Forget the payment; returns what was kept with it. */
  leave() {
    this.watch?.stop();
    this.watch = null;
    const kept = this.payment?.kept ?? null;
    forget();
    this.payment = null;
    return kept;
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    window.setTimeout(resolve, milliseconds);
  });
}
