// SPDX-License-Identifier: Apache-2.0
// Go to or do. GET <data-src>?q=…&at=<path> answers a fragment (parts/palette_results.html): options are links, a post is sent with the token.
import { all, announce, closest, find, later, say, tokenHeaders } from "./page.js";

const dialog = find("#palette");
const input = dialog && find("input", dialog);
const list = dialog && find(".results", dialog);
const none = dialog && find(".none", dialog);
let asked = null;

function openPalette() {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  input.select();
  ask();
}

async function ask() {
  asked?.abort();
  asked = new AbortController();
  const query = input.value.trim();
  const started = performance.now();
  try {
    const address = new URL(dialog.dataset.src, location.href);
    address.searchParams.set("q", query);
    address.searchParams.set("at", location.pathname);
    const answer = await fetch(address, { signal: asked.signal, headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(String(answer.status));
    list.innerHTML = await answer.text();
    show(query, Math.round(performance.now() - started));
  } catch (error) {
    if (error.name === "AbortError") return;
    list.replaceChildren();
    tell(say("search_failed"));
  }
}

function show(query, took) {
  const found = options();
  all(".name", list).forEach((name) => mark(name, query));
  tell(found.length ? "" : say("found_none", { q: query }));
  find("[data-palette-time]", dialog).textContent = say("answered", { ms: took });
  announce(say("found", { n: found.length }));
  input.setAttribute("aria-expanded", String(found.length > 0));
  choose(found[0]);
}

function tell(text) {
  none.textContent = text;
  none.hidden = !text;
}

function mark(node, query) {
  const words = query.split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!words.length) return;
  const pieces = node.textContent.split(new RegExp(`(${words.join("|")})`, "giu"));
  node.replaceChildren(...pieces.map((piece, at) => {
    if (at % 2 === 0) return piece;
    const marked = document.createElement("mark");
    marked.textContent = piece;
    return marked;
  }));
}

const options = () => all("[role=option]", list);
const chosen = () => find("[aria-selected=true]", list);

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  input.setAttribute("aria-activedescendant", option?.id ?? "");
  if (!option) return;
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const found = options();
  if (found.length) choose(found[(found.indexOf(chosen()) + step + found.length) % found.length]);
}

function run(option, { newTab = false } = {}) {
  if (!option) return;
  if (option.dataset.method === "post") {
    dialog.close();
    htmx.ajax("POST", option.href, { swap: "none", headers: tokenHeaders() });
    return;
  }
  if (newTab) window.open(option.href, "_blank", "noopener");
  else location.assign(option.href);
}

if (dialog) {
  input.addEventListener("input", later(80, ask));
  input.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      event.preventDefault();
      move(moves[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(chosen(), { newTab: event.ctrlKey || event.metaKey });
    }
  });
  list.addEventListener("click", (event) => {
    const option = closest(event, "[data-method=post]");
    if (!option) return;
    event.preventDefault();
    run(option);
  });
  dialog.addEventListener("close", () => { input.value = ""; });
}

document.addEventListener("click", (event) => {
  if (!closest(event, "[data-palette]")) return;
  event.preventDefault();
  find("#floors")?.close();
  openPalette();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  openPalette();
});
if (location.hash === "#palette") openPalette();
