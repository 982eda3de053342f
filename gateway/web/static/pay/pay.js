// The page of a pay link tells by itself when something has changed, and copies fields of the transfer.

const POLL_MS = 2500;
const POLL_SLOW_MS = 10_000;
const QUICK_POLLS = 120;

let polls = 0;

function offerCopies() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

/** Ask for the changing part; an answer without words means that nothing has changed. */
async function look() {
  const part = document.getElementById("pay-state");
  if (!part || "ended" in part.dataset) return;
  polls += 1;
  try {
    const address = `/pay/${part.dataset.token}/now?seen=${part.dataset.mark}`;
    const response = await fetch(address, { cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(POLL_SLOW_MS) });
    if (response.status === 200) {
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("pay-state");
      if (fresh) {
        part.replaceWith(document.adoptNode(fresh));
        offerCopies();
      }
    }
  } catch {
    // Not heard this time: the next look tells.
  }
  window.setTimeout(look, polls < QUICK_POLLS ? POLL_MS : POLL_SLOW_MS);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const value = button.closest("dd").querySelector("[data-copied-from]").textContent;
  await navigator.clipboard.writeText(value);
  const said = document.querySelector("[data-copied]");
  if (said) said.textContent = said.dataset.words;
});

offerCopies();
window.setTimeout(look, POLL_MS);
