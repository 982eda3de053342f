// Follows one payment or refund: the event stream when it can be had, asking again and again when it cannot.
import { ask, Refused, Unheard } from "../frame/api.js";

const POLL_MS = 1500;
const SETTLED_POLL_MS = 3000;
const STREAM_RETRY_MS = 10_000;

/** Shows the server's picture of a payment or refund and keeps it fresh until `stop()`. */
export class MovementWatch {
  /**
   * @param {{area: string, id: string, place: string}} what `payments` or `refunds`, its id, where it is shown
   * @param {object} handlers show(html element), progress(words), heard(bool), gone(error)
   */
  constructor({ area, id, place }, handlers) {
    this.area = area;
    this.id = id;
    this.place = place;
    this.handlers = handlers;
    this.mark = "";
    this.stopped = false;
    this.loading = false;
    this.again = false;
    this.#stream();
    this.load();
  }

  stop() {
    this.stopped = true;
    this.events?.close();
    window.clearTimeout(this.timer);
    window.clearTimeout(this.streamTimer);
  }

  /** Ask for the picture now; one request at a time, and once more if something happened meanwhile. */
  async load() {
    if (this.stopped) return;
    if (this.loading) {
      this.again = true;
      return;
    }
    this.loading = true;
    window.clearTimeout(this.timer);
    try {
      const address = `/${this.area}/${this.id}/outcome?place=${this.place}&seen=${this.mark}`;
      const response = await ask(address, { headers: { "X-Background": "1" } });
      if (this.stopped) return;
      this.handlers.heard(true);
      if (response.status !== 204) this.#show(await response.text());
    } catch (error) {
      if (this.stopped) return;
      if (error instanceof Unheard) this.handlers.heard(false);
      else if (error instanceof Refused) this.handlers.gone(error);
      else throw error;
    } finally {
      this.loading = false;
    }
    if (this.stopped) return;
    if (this.again) {
      this.again = false;
      this.load();
      return;
    }
    const streaming = this.events?.readyState === EventSource.OPEN;
    // Once settled only the paper is still on its way, and its events may come after the stream has ended.
    this.timer = window.setTimeout(() => this.load(), streaming || this.settled ? SETTLED_POLL_MS : POLL_MS);
  }

  #show(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const element = holder.content.querySelector("[data-state]");
    if (!element) return;
    this.mark = element.dataset.mark;
    const state = element.dataset.state;
    const wasSettled = this.settled;
    this.settled = !["sent", "unknown"].includes(state);
    if (wasSettled && !this.settled) this.#stream();
    this.handlers.show(element);
  }

  #stream() {
    this.events?.close();
    this.events = new EventSource(`/v1/${this.area}/${this.id}/events`);
    this.events.addEventListener("progress", (event) => {
      const hint = JSON.parse(event.data);
      this.handlers.progress(hint.code ?? "", hint.words ?? "");
    });
    for (const kind of ["payment", "refund", "receipt"]) this.events.addEventListener(kind, () => this.load());
    this.events.addEventListener("error", () => {
      if (this.stopped || this.events.readyState !== EventSource.CLOSED) return;
      // Refused (too many streams) or ended: asking goes on meanwhile.
      window.clearTimeout(this.streamTimer);
      if (!this.settled) this.streamTimer = window.setTimeout(() => this.#stream(), STREAM_RETRY_MS);
    });
  }
}

/** Follows one payment; see {@link MovementWatch}. */
export class PaymentWatch extends MovementWatch {
  constructor(id, place, handlers) {
    super({ area: "payments", id, place }, handlers);
  }
}
