// SPDX-License-Identifier: Apache-2.0
// What happened, for 10 s, longer under focus or pointer. From the header HX-Trigger, from the event stream, or rendered by the server:
//   {"toast": {"text": "…", "sev": "high", "links": [{"text", "url"}], "undo": {"url", "token", "text"}}}, or a list of them.
import { announce, closest, element, find, all, say, tokenHeaders } from "./page.js";

const SHOWN_MS = 10_000;
const MOST = 4;
const region = find("#toasts");

export function toast({ text, sev = "", links = [], undo = null }) {
  const box = element("div", "st-toast");
  box.dataset.toast = "";
  if (sev) box.dataset.sev = sev;
  const acts = element("span", "acts");
  for (const link of links) {
    const made = element("a", "", link.text);
    made.href = link.url;
    acts.append(made);
  }
  if (undo) acts.append(undoButton(undo));
  acts.append(closeButton());
  box.append(element("span", "text", text), acts);
  region.append(box);
  all(".st-toast", region).slice(0, -MOST).forEach((old) => old.remove());
  announce(text);
  fade(box);
}

function undoButton(undo) {
  const made = element("button", "", undo.text || say("undo"));
  made.type = "button";
  made.dataset.undo = undo.url;
  made.dataset.token = undo.token ?? "";
  return made;
}

function closeButton() {
  const made = element("button", "x", "×");
  made.type = "button";
  made.dataset.dismiss = "";
  made.setAttribute("aria-label", say("dismiss"));
  return made;
}

function fade(box) {
  let timer = 0;
  const start = () => { clearTimeout(timer); timer = setTimeout(() => box.remove(), SHOWN_MS); };
  const hold = () => clearTimeout(timer);
  box.addEventListener("pointerenter", hold);
  box.addEventListener("focusin", hold);
  box.addEventListener("pointerleave", () => { if (!box.matches(":focus-within")) start(); });
  box.addEventListener("focusout", start);
  start();
}

document.addEventListener("click", (event) => {
  if (closest(event, "[data-dismiss]")) closest(event, ".st-toast").remove();
  const undo = closest(event, "[data-undo]");
  if (!undo) return;
  undo.disabled = true;
  closest(event, ".st-toast").remove();
  takeBack(undo.dataset);
});

/** The answer may carry a toast and a reload of its own; without one the page is asked for anew. */
async function takeBack({ undo, token }) {
  const body = new URLSearchParams({ token });
  let answer;
  try {
    answer = await fetch(undo, { method: "POST", body, headers: { ...tokenHeaders(), "HX-Request": "true" } });
  } catch {
    toast({ text: say("offline"), sev: "high" });
    return;
  }
  const told = triggers(answer);
  [told.toast ?? { text: answer.ok ? say("undone") : say("failed", { status: answer.status }), sev: answer.ok ? "" : "high" }].flat().forEach(toast);
  if (answer.ok) document.dispatchEvent(new CustomEvent("st:stale"));
}

function triggers(answer) {
  try {
    return JSON.parse(answer.headers.get("HX-Trigger") || "{}");
  } catch {
    return {};
  }
}

// htmx hands a list over as {value: [...]}.
document.addEventListener("toast", ({ detail }) => [detail.value ?? detail].flat().forEach(toast));
document.addEventListener("htmx:responseError", ({ detail }) => {
  const { status } = detail.xhr;
  if (triggersToast(detail.xhr)) return;
  toast({ text: status === 403 ? say("denied") : say("failed", { status }), sev: "high" });
});
// Who asked for nothing is not told that it failed, every few seconds: the banner of the live updates says it once.
document.addEventListener("htmx:sendError", ({ detail }) => {
  if (!detail.target?.matches("[data-live-poll]") || detail.requestConfig.verb !== "get") toast({ text: say("offline"), sev: "high" });
});

const triggersToast = (xhr) => /\btoast\b/.test(xhr.getResponseHeader("HX-Trigger") || "");

all(".st-toast", region ?? document.createElement("div")).forEach(fade);
