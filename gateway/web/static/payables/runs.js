// Payment runs: propose one, change it, approve and release what is shown, each with the digest that was looked at.
import { Refused, Unheard, ask, showRefusal, texts } from "../frame/api.js";

const LOOK_MS = 2000;
const LOOKS_MAX = 90;
const root = document.getElementById("runs");
const text = texts();
const proposal = crypto.randomUUID();

function problemOf(place) {
  return place.closest("dialog")?.querySelector("[data-problem]") ?? root.querySelector("[data-problem]");
}

function wait(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** Show that a long step goes on, and for how long already; returns what ends it. */
function showProgress(place) {
  const progress = (place.closest("dialog") ?? root).querySelector("[data-progress]");
  if (!progress) return () => {};
  const words = progress.querySelector("[data-progress-words]");
  const said = words.textContent;
  const began = Date.now();
  progress.hidden = false;
  const timer = setInterval(() => {
    words.textContent = `${said} ${text("runs.seconds", { n: Math.round((Date.now() - began) / 1000) })}`;
  }, 1000);
  return () => {
    clearInterval(timer);
    words.textContent = said;
    progress.hidden = true;
  };
}

/** Send one act and show the page as it is afterwards. */
async function act(button, send) {
  const problem = problemOf(button);
  const finished = showProgress(button);
  problem.hidden = true;
  button.disabled = true;
  try {
    await send();
  } catch (error) {
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
  } finally {
    button.disabled = false;
    finished();
  }
}

/** Ask until somebody answers: the same step again is the same step, and a large run takes longer than one answer. */
async function askPatiently(address, options) {
  for (let looks = 1; ; looks += 1) {
    try {
      return await ask(address, options);
    } catch (error) {
      if (!(error instanceof Unheard) || looks === LOOKS_MAX) throw error;
      await wait(LOOK_MS);
    }
  }
}

async function propose(form) {
  const address = `/payment-runs/${proposal}`;
  const day = form.elements.run_on.value;
  try {
    await askPatiently(`/v1${address}`, { method: "PUT", body: { run_on: day } });
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "nothing_to_pay") throw error;
    // Of each payable it is said there why it is left out.
    location.assign(`/payment-runs/preview?run_on=${encodeURIComponent(day)}`);
    return;
  }
  location.assign(address);
}

root.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter ?? form.querySelector('button[type="submit"]');
  if (form.dataset.reason) {
    event.preventDefault();
    act(button, async () => {
      await ask(form.dataset.reason, { method: "POST", body: { reason: form.elements.reason.value.trim() } });
      location.reload();
    });
  } else if ("propose" in form.dataset && !("look" in button.dataset)) {
    event.preventDefault();
    act(button, () => propose(form));
  }
});

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.opens) document.getElementById(button.dataset.opens).showModal();
  if (button.dataset.closes) document.getElementById(button.dataset.closes).close();
  if (button.dataset.decide) {
    act(button, async () => {
      // The server decides by the digest: what changed meanwhile is not approved, and the page shows it.
      await askPatiently(button.dataset.decide, { method: "POST", body: { digest: root.dataset.digest } });
      location.reload();
    });
  }
});

/** While files are handed over: how many the bank surely has; the page is new as soon as it has them all. */
async function watchHandOver(place) {
  const all = Number(place.dataset.files);
  for (;;) {
    await wait(LOOK_MS);
    try {
      const { data } = await (await ask("/v1/bank/files")).json();
      const waiting = data.filter((file) => file.run_id === place.dataset.handOver && file.state !== "handed_over");
      const done = all - waiting.length;
      place.querySelector("progress").value = done;
      place.querySelector("[data-hand-words]").textContent = text("runs.handed_of", { n: done, all });
      if (!waiting.length) {
        location.reload();
        return;
      }
    } catch (error) {
      if (!(error instanceof Unheard)) return;
    }
  }
}

const handOver = root.querySelector("[data-hand-over]");
if (handOver) watchHandOver(handOver);
