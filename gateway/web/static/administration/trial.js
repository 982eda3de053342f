// What a trial has brought so far: its steps, what was found and what to do, and who answered.

function icon(place) {
  return document.querySelector("[data-icons]").children[place].cloneNode(true);
}

function stepItem(step) {
  const item = document.createElement("li");
  const what = document.createElement("span");
  const result = document.createElement("span");
  what.textContent = step.what;
  result.textContent = step.result;
  result.className = "quiet";
  item.append(what, result);
  return item;
}

const ICONS = { "": 2, ok: 0, wait: 3, stop: 1 };
const TONES = { good: ["ok", 0], attention: ["wait", 3], fault: ["stop", 1] };

function findingNotice(found) {
  const [tone, place] = TONES[found.gravity];
  const notice = document.createElement("div");
  notice.className = `notice ${tone}`;
  notice.dataset.finding = found.code;
  const words = document.createElement("div");
  const title = document.createElement("strong");
  const advice = document.createElement("p");
  title.textContent = found.words;
  advice.textContent = found.advice;
  words.append(title, advice);
  notice.append(icon(place), words);
  return notice;
}

function fact(list, name, value) {
  if (!value) return;
  const term = document.createElement("dt");
  const description = document.createElement("dd");
  term.textContent = name;
  description.textContent = value;
  list.append(term, description);
}

function titleOf(trial, text) {
  if (trial.state === "running") return text("trial.running");
  if (!trial.answered) return text("trial.no_answer");
  return text(trial.ready ? "trial.ready" : "trial.answered");
}

/** Draw a trial into its place. */
export function showTrial(place, trial, text) {
  const title = titleOf(trial, text);
  const heading = place.querySelector("[data-trial-title]");
  place.dataset.tone = trial.state === "running" ? "" : trial.ready ? "ok" : trial.answered ? "wait" : "stop";
  if (heading.textContent !== title) heading.replaceChildren(icon(ICONS[place.dataset.tone]), title);
  if (place.dataset.state !== trial.state) place.querySelector("[data-steps-of]").open = !trial.answered;
  place.dataset.state = trial.state;
  place.querySelector("[data-steps]").replaceChildren(...trial.steps.map(stepItem));
  place.querySelector("[data-findings]").replaceChildren(...trial.findings.map(findingNotice));
  const facts = place.querySelector("[data-facts]");
  facts.replaceChildren();
  fact(facts, text("trial.terminal_id"), trial.terminal_id);
  fact(facts, text("trial.terminal_state"), trial.terminal_state);
  fact(facts, text("trial.line"), trial.transport);
}
