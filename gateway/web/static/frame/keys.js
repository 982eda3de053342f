// One keyboard rule for every screen: a button that shows a key is pressed by that key.

/** Whether the person is typing words, so that letters must not act. */
function isTyping(element) {
  return element instanceof HTMLElement && element.matches("input:not([type=radio], [type=checkbox]), textarea, select");
}

/** Whether Enter or Space already means something on the focused element. */
function actsByItself(element) {
  return element instanceof HTMLElement && element.matches("button, a[href], summary, textarea, select, input[type=radio], input[type=checkbox]");
}

function isVisible(element) {
  return element.getClientRects().length > 0 && !element.closest("[inert]");
}

function buttonFor(key) {
  const buttons = document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`);
  return [...buttons].find((button) => isVisible(button) && !button.disabled);
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  const plain = event.key.length === 1;
  if (plain && isTyping(event.target)) return;
  if (event.key === "Enter" && (actsByItself(event.target) || event.target.closest?.("form"))) return;
  const button = buttonFor(plain ? event.key.toLowerCase() : event.key);
  if (!button) return;
  event.preventDefault();
  // A held key must not press the next screen's button as well.
  if (!event.repeat) button.click();
}

let leader = false;

/** `g` and a letter go to an area; `/` goes to the search. */
function travel(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (leader) {
    leader = false;
    const goal = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (goal) {
      event.preventDefault();
      location.assign(goal.dataset.address);
    }
    return;
  }
  if (event.key === "g") {
    leader = true;
    event.preventDefault();
  } else if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    event.preventDefault();
    if (search) search.focus();
    else if (document.querySelector('[data-area="journal"]')) location.assign("/journal");
  }
}

export function listenForKeys() {
  document.addEventListener("keydown", (event) => {
    travel(event);
    pressed(event);
  });
}
