// The line at the till about systems outside: asked for now and then, shown only where a limit is crossed.
const EVERY_MS = 20_000;
const place = document.querySelector("[data-outward-line]");

async function look() {
  try {
    const answer = await fetch("/outward/line", { headers: { "X-Background": "1" }, credentials: "same-origin", redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...page.body.children);
    place.hidden = !place.children.length;
  } catch (error) {
    // Not heard: the frame says so already, and the line stays as it was.
    if (!(error instanceof TypeError)) throw error;
  }
}

if (place) {
  look();
  setInterval(look, EVERY_MS);
}
