// The customer display asks again and again for its picture; nothing here can change anything.
const POLL_MS = 700;
const PATIENCE_MS = 4000;
const main = document.getElementById("display");

async function look() {
  const mark = main.querySelector("[data-mark]")?.dataset.mark ?? "";
  const response = await fetch(`/display/${main.dataset.register}/now?seen=${mark}`, {
    headers: { "X-Background": "1" },
    cache: "no-store",
    credentials: "same-origin",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (response.status === 403) location.assign("/display");
  if (response.status === 200) main.innerHTML = await response.text();
  return response.ok;
}

async function follow() {
  let heard = false;
  try {
    heard = await look();
  } catch {
    heard = false;
  }
  document.querySelector("[data-unheard]").hidden = heard;
  window.setTimeout(follow, heard ? POLL_MS : PATIENCE_MS);
}

follow();
