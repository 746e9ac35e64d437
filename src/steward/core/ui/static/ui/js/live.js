// SPDX-License-Identifier: Apache-2.0
// One event stream a page: <meta name="steward-live" content="…/events">, topics in body[data-topics] and on elements.
//   event "change", data {"topic": "…"}   elements with data-live="…" are asked for anew, .st-newer counts, charts fetch what is new
//   event "toast", data as in toast.js;   event "alert", data {"sev", "text", "url", "link"}: over the page, spoken at once
// Connects again with growing pauses; after a gap everything live is asked for anew. Closed while the page is hidden for long,
// since a browser allows six streams to one host.
import { all, clock, closest, element, find, say } from "./page.js";
import { toast } from "./toast.js";

const HIDDEN_MS = 60_000;
const LONGEST_MS = 30_000;
const QUIET_MS = 300;
const address = find('meta[name="steward-live"]')?.content;
let stream = null;
let pause = 0;
let lost = false;
let hiding = 0;

function topics() {
  const named = all("[data-live],[data-live-topic],[data-newer]").flatMap((node) => [node.dataset.live, node.dataset.liveTopic, node.dataset.newer]);
  return [...new Set([document.body.dataset.topics, ...named].join(" ").split(/\s+/).filter(Boolean))];
}

let connectedTo = "";

function connect() {
  const wanted = topics();
  if (!address || !wanted.length || document.hidden) return;
  const url = new URL(address, location.href);
  url.searchParams.set("topics", wanted.join(","));
  connectedTo = wanted.join(",");
  stream?.close();
  stream = new EventSource(url, { withCredentials: true });
  stream.onopen = opened;
  stream.onerror = broken;
  stream.addEventListener("change", (event) => changed(JSON.parse(event.data)));
  stream.addEventListener("toast", (event) => toast(JSON.parse(event.data)));
  stream.addEventListener("alert", (event) => alarm(JSON.parse(event.data)));
}

function opened() {
  pause = 0;
  document.documentElement.dataset.live = "on";
  if (!lost) return;
  lost = false;
  find("#live-lost")?.remove();
  resync();
}

function broken() {
  stream.close();
  stream = null;
  document.documentElement.dataset.live = "off";
  pause = Math.min(LONGEST_MS, (pause || 500) * 2);
  setTimeout(connect, pause * (0.75 + Math.random() / 2));
  if (!lost && pause > 4000) tellLost();
  lost = true;
}

function tellLost() {
  const region = find("#live");
  if (!region || find("#live-lost")) return;
  const line = element("div", "st-live", say("live_lost", { time: clock(new Date()) }));
  line.id = "live-lost";
  line.dataset.sev = "unknown";
  region.append(line);
}

function changed(detail) {
  document.dispatchEvent(new CustomEvent("st:live", { detail }));
  all(`[data-live~="${CSS.escape(detail.topic)}"]`).forEach(refreshSoon);
  all(`[data-newer~="${CSS.escape(detail.topic)}"]`).forEach(count);
}

function resync() {
  document.dispatchEvent(new CustomEvent("st:live", { detail: { topic: "*" } }));
  all("[data-live]").forEach(refreshSoon);
  all("[data-newer]").forEach(count);
}

const waiting = new Map();

function refreshSoon(node) {
  if (waiting.has(node)) return;
  waiting.set(node, setTimeout(() => { waiting.delete(node); refresh(node); }, QUIET_MS));
}

function refresh(node) {
  if (!node.isConnected || !node.id) return;
  // Somebody is writing in it: what they wrote matters more than what is new.
  if (node.contains(document.activeElement) && document.activeElement.matches("input,textarea,select")) {
    document.activeElement.addEventListener("blur", () => refreshSoon(node), { once: true });
    return;
  }
  htmx.ajax("GET", node.dataset.liveSrc || location.href, { target: node, swap: "outerHTML", select: `#${node.id}` });
}

function count(bar) {
  const n = Number(bar.dataset.count || 0) + 1;
  bar.dataset.count = n;
  find(".js-newer", bar).textContent = n === 1 ? say("newer_one") : say("newer_many", { n });
  bar.hidden = false;
}

function alarm({ sev = "critical", text, url = "", link = "" }) {
  const line = element("div", "st-live");
  line.dataset.sev = sev;
  line.append(element("span", "", `${text} `));
  if (url) {
    const made = element("a", "", link || say("open"));
    made.href = url;
    line.append(made);
  }
  find("#live")?.replaceChildren(line);
}

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-show-newer]");
  if (!button) return;
  const list = button.closest("[data-list]");
  if (list) htmx.ajax("GET", location.href, { target: list, swap: "outerHTML", select: `#${list.id}` });
  else location.reload();
});

document.addEventListener("st:stale", () => {
  all("[data-list]").forEach((list) => htmx.ajax("GET", location.href, { target: list, swap: "outerHTML", select: `#${list.id}` }));
  all("[data-live]").forEach(refreshSoon);
});

document.addEventListener("htmx:afterSettle", () => { if (topics().join(",") !== connectedTo) connect(); });
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(() => { stream?.close(); stream = null; lost = true; }, HIDDEN_MS);
  else if (!stream) connect();
});
connect();
