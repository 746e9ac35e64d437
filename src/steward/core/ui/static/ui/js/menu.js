// SPDX-License-Identifier: Apache-2.0
// <details class="st-drop">: one open at a time, arrows move in it, Esc and a click elsewhere close it.
import { all, closest, isShown } from "./page.js";

const OPEN = "details.st-drop[open]";

function close(drop, { focus = false } = {}) {
  drop.open = false;
  if (focus) drop.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  const inside = closest(event, "details.st-drop");
  all(OPEN).filter((drop) => drop !== inside && !drop.contains(inside)).forEach((drop) => close(drop));
  const choice = closest(event, ".st-menu a, .st-menu button");
  if (choice && inside && !closest(event, ".st-choices form")) close(inside);
});

document.addEventListener("keydown", (event) => {
  const drop = closest(event, OPEN);
  if (!drop) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    close(drop, { focus: true });
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const choices = all(".st-menu :is(a,button,summary,input)", drop).filter(isShown);
  if (!choices.length) return;
  event.preventDefault();
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = choices.indexOf(document.activeElement);
  choices[(at + step + choices.length) % choices.length].focus();
});
