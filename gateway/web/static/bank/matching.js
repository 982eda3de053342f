// Has open lines matched and tells how far that is. The run goes on by itself, whether somebody looks or not.
import { Refused, Unheard, ask } from "../frame/api.js";

const LOOK_MS = 1_000;
const UNHEARD_MAX = 30;

/** Match what is open; `told({done, lines})` about every second. Resolves with what was found. */
export async function matchAll(told) {
  const run = await (await ask("/v1/bank/matching", { method: "POST", body: {} })).json();
  return follow(run.id, told);
}

/** Look at a run until its end. A gateway that is not heard for a while is waited for. */
export async function follow(id, told) {
  for (let unheard = 0; ; ) {
    try {
      const run = await (await ask(`/v1/bank/matching/${id}`)).json();
      unheard = 0;
      if (run.state === "done") return run;
      if (run.state === "failed") throw new Refused(500, { code: "matching_failed" });
      if (run.lines) told(run);
    } catch (error) {
      unheard += 1;
      if (!(error instanceof Unheard) || unheard > UNHEARD_MAX) throw error;
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}
