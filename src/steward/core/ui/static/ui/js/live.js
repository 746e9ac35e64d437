// SPDX-License-Identifier: Apache-2.0
// One event stream a page: <meta name="steward-live" content="…/events">, topics in body[data-topics] and on elements.
//   "change" {"topic"}  elements with data-live are asked for anew, .st-newer counts, charts fetch what is new; "*" means anything may have changed
//                       data-live-say: words that are spoken when they differ afterwards; data-live-poll: asked for every 5 s while no
//                       stream is open, or when the element has no topic to hear of
//   "end" {"why"}       "renew": connect again at once; "signed-out": say so
//   "toast", "alert"    as in toast.js; {"sev", "text", "url", "link"}: over the page, spoken at once
// Connects again with growing pauses; after a gap everything live is asked for anew. Closed while the page is hidden for long,
// since a browser allows six streams to one host.
import { all, announce, clock, closest, element, find, isTyping, say } from "./page.js";
import { toast } from "./toast.js";

const HIDDEN_MS = 60_000;
const LONGEST_MS = 30_000;
const TELL_MS = 5_000;
const QUIET_MS = 300;
const MOST_TOPICS = 40;
const POLL_MS = 5_000;
const address = find('meta[name="steward-live"]')?.content;
let stream = null;
let connectedTo = "";
let pause = 0;
let wasOpen = false;
let lost = false;
let ended = false;
let hiding = 0;

const LISTENERS = "[data-live],[data-newer],[data-live-topic]:not(tr)";
const named = (node) => `${node.dataset.live ?? ""} ${node.dataset.newer ?? ""} ${node.dataset.liveTopic ?? ""}`;

function topics() {
  const found = [document.body.dataset.topics ?? "", ...all(LISTENERS).map(named)].join(" ").split(/\s+/).filter((topic) => /^[cp]\./.test(topic));
  return [...new Set(found)].slice(0, MOST_TOPICS);
}

/** Whether a list of topics holds `told`, or the topic of every record of its kind ("….*"). */
export function concerns(list, told) {
  return told === "*" || (list ?? "").split(/\s+/).some((topic) => topic && (topic === told || (topic.endsWith(".*") && told.startsWith(topic.slice(0, -1)))));
}

function connect() {
  const wanted = topics();
  if (!address || !wanted.length || document.hidden || ended) return;
  const url = new URL(address, location.href);
  url.searchParams.set("topics", wanted.join(","));
  connectedTo = wanted.join(",");
  stream?.close();
  stream = new EventSource(url, { withCredentials: true });
  stream.onopen = opened;
  stream.onerror = broken;
  const hears = (name, run) => stream.addEventListener(name, (event) => run(JSON.parse(event.data)));
  hears("change", changed);
  hears("toast", toast);
  hears("alert", alarm);
  hears("end", end);
}

function opened() {
  pause = 0;
  wasOpen = true;
  document.documentElement.dataset.live = "on";
  if (!lost) return;
  lost = false;
  find("#live-lost")?.remove();
  changed({ topic: "*" });
}

function broken() {
  drop("off");
  lost = wasOpen;
  pause = Math.min(LONGEST_MS, (pause || 500) * 2);
  if (lost && pause > TELL_MS) tell(say("live_lost", { time: clock(new Date()) }));
  setTimeout(() => { if (!stream) connect(); }, pause * (0.75 + Math.random() / 2));
}

function drop(state) {
  stream?.close();
  stream = null;
  document.documentElement.dataset.live = state;
}

function end({ why }) {
  drop("off");
  if (why === "signed-out") {
    ended = true;
    tell(say("signed_out"));
  } else {
    lost = why !== "renew";
    connect();
  }
}

function tell(text) {
  const region = find("#live");
  if (!region || find("#live-lost")) return;
  const line = element("div", "st-live", text);
  line.id = "live-lost";
  line.dataset.sev = "unknown";
  region.append(line);
}

function changed({ topic }) {
  document.dispatchEvent(new CustomEvent("st:live", { detail: { topic } }));
  all("[data-live]").filter((node) => concerns(node.dataset.live, topic)).forEach(refreshSoon);
  all("[data-newer]").filter((bar) => concerns(bar.dataset.newer, topic)).forEach(count);
}

// By id: an answer puts another element in the place of the one that was told.
const waiting = new Set();
const asking = new Set();
const again = new Set();

function refreshSoon({ id }) {
  if (!id || waiting.has(id)) return;
  waiting.add(id);
  setTimeout(() => {
    waiting.delete(id);
    const node = document.getElementById(id);
    if (node) refresh(node);
  }, QUIET_MS);
}

function refresh(node) {
  // Somebody is writing in it: what they wrote matters more than what is new.
  if (node.contains(document.activeElement) && isTyping(document.activeElement)) {
    document.activeElement.addEventListener("blur", () => refreshSoon(node), { once: true });
    return;
  }
  const { id } = node;
  if (!node.isConnected || !id) return;
  // The answer that is on its way may be older than what was told meanwhile.
  if (asking.has(id)) {
    again.add(id);
    return;
  }
  asking.add(id);
  const said = node.dataset.liveSay;
  const done = () => {
    asking.delete(id);
    const now = document.getElementById(id);
    if (again.delete(id) && now) refreshSoon(now);
    return now?.dataset.liveSay;
  };
  ask(node, node.dataset.liveSrc).then(() => {
    const now = done();
    if (now && now !== said) announce(now);
  }, done);
}

/** What moves goes on moving when nothing tells of it: the stream was cut, or is not for this reader. */
function poll() {
  if (document.hidden || ended) return;
  const cut = document.documentElement.dataset.live !== "on";
  all("[data-live-poll]").filter((node) => cut || !node.dataset.live).forEach(refresh);
}

/** From the node itself: requests of one element wait for each other, and of those that wait only the last is made. */
function ask(node, source = "") {
  return htmx.ajax("GET", source || location.href, { source: node, target: node, swap: "outerHTML show:none", select: `#${node.id}` });
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
  const list = closest(event, "[data-show-newer]")?.closest("[data-list]");
  if (list) ask(list);
});

// Something was taken back: what the page shows is no longer so.
document.addEventListener("st:stale", () => {
  const main = find("#main");
  if (main && !isTyping(document.activeElement)) ask(main);
});

document.addEventListener("htmx:afterSettle", () => { if (topics().join(",") !== connectedTo) connect(); });
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(() => { drop("off"); lost = wasOpen; }, HIDDEN_MS);
  else if (!stream) connect();
});
setInterval(poll, POLL_MS);
connect();
