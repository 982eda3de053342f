// Runs the matching of open lines and tells meanwhile how far it is.
import { ask } from "../frame/api.js";

const MATCHING_MS = 600_000;
const LOOK_MS = 1_000;

/** Match what is open; `told({done, lines})` about every second. Resolves with what was found. */
export async function matchAll(told) {
  const looking = setInterval(() => ask("/v1/bank/matching").then((answer) => answer.json()).then((at) => at.running && at.lines && told(at)).catch(() => {}), LOOK_MS);
  try {
    return await (await ask("/v1/bank/matching", { method: "POST", body: {}, deadline: MATCHING_MS })).json();
  } finally {
    clearInterval(looking);
  }
}
