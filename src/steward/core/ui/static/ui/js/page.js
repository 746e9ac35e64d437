// SPDX-License-Identifier: Apache-2.0
// What every module needs of the page: finding, words, the token of forms, speaking to a screen reader.

export const find = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const closest = (event, selector) => event.target.closest?.(selector) ?? null;

let words = null;

/** A phrase of the catalogue with its {places} filled; the catalogue is rendered by the server in the reader's language. */
export function say(key, values = {}) {
  words ??= JSON.parse(find("#st-messages")?.textContent || "{}");
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The headers of a request that changes something. */
export function tokenHeaders() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}");
}

/** Have a screen reader say `text` without moving the focus. */
export function announce(text) {
  const place = find("#announce");
  if (!place) return;
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}

// Plain English writes 12 Nov 2026 and 14:32, as the server does.
export const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang || "en-GB";
export const zone = document.documentElement.dataset.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Hours and minutes in the reader's zone. */
export function clock(date) {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(date);
}

/** Whether keys typed here are text. */
export function isTyping(element) {
  return element instanceof HTMLElement && (element.isContentEditable || element.matches("textarea,select,input:not([type=checkbox],[type=radio],[type=button],[type=submit])"));
}

export function element(tag, css = "", text = "") {
  const made = document.createElement(tag);
  if (css) made.className = css;
  if (text) made.textContent = text;
  return made;
}

export function isShown(node) {
  return node.checkVisibility ? node.checkVisibility({ visibilityProperty: true }) : node.offsetParent !== null;
}

/** A per-page debounce: the last call within `wait` ms is made. */
export function later(wait, run) {
  let timer = 0;
  return (...values) => { clearTimeout(timer); timer = setTimeout(() => run(...values), wait); };
}
