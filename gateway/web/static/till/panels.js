// Panels of the till's right side: one question at a time, made from the templates of the page.
import { showMoney } from "./money.js";

/** Put a template's panel in place and the focus where the next action is. */
export function showPanel(place, name, fill) {
  const panel = document.getElementById(name).content.firstElementChild.cloneNode(true);
  fill?.(panel);
  place.replaceChildren(panel);
  (panel.querySelector("[autofocus]:not([disabled])") ?? panel).focus();
  return panel;
}

export function putMoney(panel, name, minor, settings, text) {
  const place = panel.querySelector(`[data-money="${name}"]`);
  if (place) showMoney(place, minor, settings, text);
}

/** The row that holds an amount may be shown or not. */
export function putRow(panel, name, minor, settings, text) {
  const row = panel.querySelector(`[data-row="${name}"]`);
  row.hidden = !minor;
  showMoney(row.querySelector(".money"), minor, settings, text);
}
