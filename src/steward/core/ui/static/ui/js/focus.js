// SPDX-License-Identifier: Apache-2.0
// Focus is never lost by an update: what had it before a swap gets it back, by its id, its address or its words; else the piece itself.
// Lists keep theirs by row, see table.js.
import { all, isShown } from "./page.js";

let had = null;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { activeElement: active } = document;
  const { target } = detail;
  had = null;
  if (!target?.contains(active) || target.matches("[data-list]")) return;
  had = { target: target.id, id: active.id, name: active.tagName, href: active.getAttribute("href"), text: active.textContent.trim() };
});

document.addEventListener("htmx:afterSettle", () => {
  if (!had || (document.activeElement && document.activeElement !== document.body)) return;
  const piece = document.getElementById(had.target) ?? document.getElementById("main");
  const same = had.id ? document.getElementById(had.id) : null;
  const alike = piece && all("a,button,summary", piece).find((each) => each.tagName === had.name && each.getAttribute("href") === had.href && each.textContent.trim() === had.text && isShown(each));
  const next = same ?? alike ?? piece;
  if (next === piece && piece) piece.tabIndex = -1;
  next?.focus({ preventScroll: true });
  had = null;
});
