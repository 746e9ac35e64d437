// SPDX-License-Identifier: Apache-2.0
// A link with data-card="<address>" shows that fragment (parts/hovercard.html) after 300 ms under the pointer, or with the keyboard focus.
import { closest, element } from "./page.js";

const WAIT_MS = 300;
const KEPT_MS = 30_000;
const kept = new Map();
let timer = 0;
let shown = null;
let link = null;

async function fragment(address) {
  const known = kept.get(address);
  if (known && Date.now() - known.at < KEPT_MS) return known.html;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return "";
  const html = await answer.text();
  kept.set(address, { html, at: Date.now() });
  return html;
}

async function show(target) {
  const html = await fragment(target.dataset.card).catch(() => "");
  if (!html || link !== target || !target.isConnected) return;
  hide();
  link = target;
  shown = element("div", "st-float");
  shown.id = "hover-card";
  shown.setAttribute("role", "tooltip");
  shown.innerHTML = html;
  if (!shown.querySelector(".st-card")) shown.innerHTML = `<div class="st-card">${html}</div>`;
  shown.addEventListener("pointerenter", () => clearTimeout(timer));
  shown.addEventListener("pointerleave", leave);
  document.body.append(shown);
  target.setAttribute("aria-describedby", shown.id);
  place(target.getBoundingClientRect(), shown.getBoundingClientRect());
}

function place(at, box) {
  const left = Math.max(12, Math.min(at.left, innerWidth - box.width - 12));
  const under = at.bottom + 6;
  shown.style.left = `${left}px`;
  shown.style.top = `${under + box.height < innerHeight ? under : Math.max(12, at.top - box.height - 6)}px`;
}

function hide() {
  shown?.remove();
  link?.removeAttribute("aria-describedby");
  shown = null;
}

function enter(event) {
  const target = closest(event, "[data-card]");
  if (!target || target === link) return;
  clearTimeout(timer);
  link = target;
  timer = setTimeout(() => show(target), WAIT_MS);
}

function leave() {
  clearTimeout(timer);
  timer = setTimeout(() => { hide(); link = null; }, WAIT_MS);
}

document.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse") enter(event); });
document.addEventListener("pointerout", (event) => { if (closest(event, "[data-card]")) leave(); });
document.addEventListener("focusin", (event) => { if (event.target.matches?.("[data-card]:focus-visible")) enter(event); });
document.addEventListener("focusout", (event) => { if (closest(event, "[data-card]")) leave(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && shown) { hide(); link = null; } });
document.addEventListener("htmx:beforeSwap", () => { hide(); link = null; });
