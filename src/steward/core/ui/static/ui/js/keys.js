// SPDX-License-Identifier: Apache-2.0
// Keys: whatever carries data-key is pressed, focused or opened by that key or pair of keys ("c", "/", "g t").
import { all, element, find, isShown, isTyping } from "./page.js";
import { open } from "./dialog.js";

const PAIR_MS = 1200;
const OFF = "st-keys-off";
let first = "";
let timer = 0;

export const keysOff = () => localStorage.getItem(OFF) === "1";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (find("dialog[open]") || keysOff() || event.key.length !== 1) return;
  if (event.key === "?") {
    event.preventDefault();
    showKeys();
    return;
  }
  const pressed = first ? `${first} ${event.key}` : event.key;
  first = "";
  clearTimeout(timer);
  const target = withKey(pressed);
  if (target) {
    event.preventDefault();
    press(target);
  } else if (beginsPair(pressed)) {
    first = pressed;
    timer = setTimeout(() => { first = ""; }, PAIR_MS);
  }
});

function withKey(key) {
  // What the page itself offers comes before what every page offers.
  const found = all(`main [data-key="${CSS.escape(key)}"]`).concat(all(`[data-key="${CSS.escape(key)}"]`));
  // What is in a closed menu or a folded floor can still be reached by its key; what is hidden on purpose can't.
  return found.find(isShown) ?? found.find((node) => node.closest(".st-nav,.st-menu") && !node.closest("[hidden]"));
}

const beginsPair = (key) => Boolean(find(`[data-key^="${CSS.escape(key)} "]`));

function press(node) {
  if (isTyping(node)) {
    node.focus();
    node.select?.();
    return;
  }
  node.click();
  if (node.matches("summary")) find(".st-menu :is(a,button)", node.parentElement)?.focus();
}

function showKeys() {
  const dialog = find("#keys");
  const list = find("[data-keys]", dialog);
  all(".own", list).forEach((row) => row.remove());
  const seen = new Set(["/"]);
  for (const node of all("[data-key]")) {
    const { key } = node.dataset;
    if (seen.has(key) || node.closest("[hidden]")) continue;
    seen.add(key);
    list.append(...ownRow(key, node));
  }
  open(dialog);
}

function ownRow(key, node) {
  const name = element("dt", "own");
  name.append(...key.split(" ").flatMap((each) => [element("kbd", "", each), " "]));
  const copy = node.cloneNode(true);
  all("kbd,svg,.n", copy).forEach((part) => part.remove());
  return [name, element("dd", "own", node.getAttribute("aria-label") || copy.textContent.trim())];
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-keys-on]")) localStorage.setItem(OFF, event.target.checked ? "0" : "1");
});
const box = find("[data-keys-on]");
if (box) box.checked = !keysOff();
