// ERPs: try a connection, and decide about one document; what was refused stays on the page in words.
import { ask, showRefusal, texts } from "../frame/api.js";

const CHECK_MS = 180_000;
const root = document.getElementById("erp");
const text = texts();

/** Do one thing with a button at rest, and tell a refusal in the problem place nearest to it. */
async function act(button, place, work) {
  const problem = place.querySelector("[data-problem]");
  problem.hidden = true;
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    showRefusal(problem, error, text);
    problem.scrollIntoView({ block: "nearest" });
  } finally {
    button.disabled = false;
  }
}

/** Put what the gateway answered into its place. */
async function draw(place, answer) {
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceChildren(...drawn.body.childNodes);
}

/** Ask the ERP who it is; until it answers, show for how long already. */
async function check(section, address) {
  const progress = section.querySelector("[data-progress]");
  const words = progress.querySelector("[data-progress-words]");
  const checked = section.querySelector("[data-checked]");
  const [said, began] = [words.textContent, Date.now()];
  checked.replaceChildren();
  progress.hidden = false;
  const timer = setInterval(() => {
    words.textContent = `${said} ${text("erp.trying_for", { n: Math.round((Date.now() - began) / 1000) })}`;
  }, 1000);
  try {
    const answer = await ask(address, { method: "POST", deadline: CHECK_MS });
    await draw(checked, answer);
  } finally {
    clearInterval(timer);
    words.textContent = said;
    progress.hidden = true;
  }
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const section = button.closest("section");
  if (button.dataset.check) act(button, section, () => check(section, button.dataset.check));
  if (button.dataset.post) {
    act(button, root, async () => {
      await ask(button.dataset.post, { method: "POST" });
      location.reload();
    });
  }
});

root.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.reason && !form.dataset.preview && !form.dataset.tie) return;
  event.preventDefault();
  if (form.dataset.preview) {
    act(form.querySelector('button[type="submit"]'), root, async () => {
      const body = { key: form.elements.key.value, tables: form.elements.tables.value };
      await draw(form.querySelector("[data-previewed]"), await ask(form.dataset.preview, { method: "POST", body }));
    });
    return;
  }
  act(form.querySelector('button[type="submit"]'), root, async () => {
    const body = form.dataset.tie
      ? { erp_id: form.elements.erp_id.value.trim(), number: form.elements.number.value.trim() }
      : { reason: form.elements.reason.value.trim() };
    await ask(form.dataset.tie || form.dataset.reason, { method: "POST", body });
    location.reload();
  });
});
