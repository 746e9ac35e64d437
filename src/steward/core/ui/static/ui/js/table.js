// SPDX-License-Identifier: Apache-2.0
// Lists ([data-list]): the row that has the focus (j, k, arrows), selection and its bar, and the place kept when htmx exchanges the list.
import { all, announce, closest, find, isTyping } from "./page.js";
import { keysOff } from "./keys.js";

const rows = (list) => all("tbody tr[data-id]", list);
const box = (row) => find("td.ck .st-check", row);
const current = (list) => find("tr.is-cur", list);

function listOf(target) {
  return target.closest?.("[data-list]") ?? all("[data-list]").find((list) => rows(list).length) ?? null;
}

function makeCurrent(row, { focus = false } = {}) {
  const list = row.closest("[data-list]");
  rows(list).forEach((each) => { each.classList.remove("is-cur"); each.tabIndex = -1; });
  row.classList.add("is-cur");
  row.tabIndex = 0;
  if (!focus) return;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

function step(list, by) {
  const found = rows(list);
  const at = found.indexOf(current(list));
  const next = found[at < 0 ? 0 : Math.max(0, Math.min(found.length - 1, at + by))];
  if (next) makeCurrent(next, { focus: true });
}

function openRow(row) {
  const link = find("td.sub a[href], .subj a[href]", row);
  if (link) link.click();
  else if (row.dataset.href) location.assign(row.dataset.href);
}

const STEPS = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || find("dialog[open]")) return;
  const onRow = event.target.matches?.("tr[data-id]");
  if (event.key.length === 1 && keysOff() && !onRow) return;
  if (event.key.startsWith("Arrow") && !onRow) return;
  const list = listOf(event.target);
  if (!list) return;
  if (event.key in STEPS) {
    event.preventDefault();
    step(list, STEPS[event.key]);
  } else if (event.key === "x" && current(list)) {
    event.preventDefault();
    box(current(list))?.click();
  } else if (event.key === "Enter" && onRow) {
    event.preventDefault();
    openRow(event.target);
  } else if (event.key === "Escape" && selected(list).length) {
    select(list, []);
  }
});

document.addEventListener("focusin", (event) => {
  const row = closest(event, "[data-list] tr[data-id]");
  if (row && !row.classList.contains("is-cur")) makeCurrent(row);
});

// Selection

const selected = (list) => rows(list).filter((row) => box(row)?.checked).map((row) => row.dataset.id);
let lastChecked = null;

function select(list, ids) {
  rows(list).forEach((row) => { if (box(row)) box(row).checked = ids.includes(row.dataset.id); });
  showSelection(list);
}

function showSelection(list) {
  const found = rows(list);
  const n = selected(list).length;
  found.forEach((row) => row.classList.toggle("is-sel", Boolean(box(row)?.checked)));
  const head = find("[data-select-page]", list);
  if (head) {
    head.checked = n > 0 && n === found.length;
    head.indeterminate = n > 0 && n < found.length;
  }
  const bar = find("[data-bulk]", list);
  if (!bar) return;
  bar.hidden = !n;
  find(".js-count", bar).textContent = n;
}

document.addEventListener("click", (event) => {
  const list = closest(event, "[data-list]");
  if (!list) return;
  if (closest(event, "[data-select-none]")) select(list, []);
  const row = closest(event, "tr[data-id]");
  if (!row) return;
  makeCurrent(row);
  const check = box(row);
  if (event.target !== check) return;
  if (event.shiftKey && lastChecked?.isConnected) checkBetween(list, lastChecked, row, check.checked);
  lastChecked = row;
});

function checkBetween(list, from, to, on) {
  const found = rows(list);
  const [first, last] = [found.indexOf(from), found.indexOf(to)].sort((a, b) => a - b);
  found.slice(first, last + 1).forEach((row) => { box(row).checked = on; });
  showSelection(list);
}

document.addEventListener("change", (event) => {
  const list = closest(event, "[data-list]");
  if (!list || !event.target.matches(".st-check")) return;
  if (event.target.matches("[data-select-page]")) select(list, event.target.checked ? rows(list).map((row) => row.dataset.id) : []);
  else showSelection(list);
});

// The place that is kept when a list is exchanged

const places = new Map();

function placeIn(list) {
  const focus = list.contains(document.activeElement) ? document.activeElement : null;
  const row = current(list);
  return {
    row: row?.dataset.id,
    at: rows(list).indexOf(row),
    ids: selected(list),
    focus: focus && { id: focus.id, inRow: Boolean(focus.closest("tr[data-id]")), onBox: focus.matches(".st-check"), href: focus.getAttribute("href"), text: focus.textContent.trim() },
  };
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.matches?.("[data-list]")) places.set(detail.target.id, { ...placeIn(detail.target), read: detail.requestConfig?.verb === "get" });
});

document.addEventListener("htmx:afterSettle", () => {
  for (const [id, place] of places) {
    const list = document.getElementById(id);
    if (list) restore(list, place);
  }
  places.clear();
  all("[data-list] input[type=search]").forEach(askAnew);
});

let asked = "";

/** What was typed while the rows came, before the new box listened, is asked for now; once, since the server may tidy it. */
function askAnew(box) {
  if (box.value.trim() === box.defaultValue.trim() || box.value === asked) return;
  asked = box.value;
  box.dispatchEvent(new Event("search", { bubbles: true }));
}

function restore(list, place) {
  // After an action the selection has been dealt with; after a new order or a new page it still holds for the rows that are there.
  select(list, place.read ? place.ids : []);
  const found = rows(list);
  const row = found.find((each) => each.dataset.id === place.row) ?? (place.at >= 0 ? found[Math.min(place.at, found.length - 1)] : null);
  if (row) makeCurrent(row);
  if (place.focus && !list.contains(document.activeElement)) refocus(list, place.focus, row);
  const pages = find(".st-pager span", list);
  if (pages) announce(pages.textContent);
}

function refocus(list, was, row) {
  const same = was.id ? document.getElementById(was.id) : all("a,button", list).find((each) => each.getAttribute("href") === was.href && each.textContent.trim() === was.text);
  const alike = was.text ? all("th a,.st-tabs a,.st-pager a", list).find((each) => each.textContent.trim() === was.text) : null;
  const inRow = was.inRow && row ? (was.onBox ? box(row) : row) : null;
  (inRow ?? same ?? alike ?? row ?? find("input[type=search],.st-tabs a,summary,a,button", list))?.focus({ preventScroll: true });
}

all("[data-list]").forEach(showSelection);
