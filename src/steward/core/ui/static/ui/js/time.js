// SPDX-License-Identifier: Apache-2.0
// Keeps relative times true, with the words of steward.core.ui.ages, and the clock over the page.
import { all, clock, language, say, zone } from "./page.js";

const EVERY_MS = 10_000;
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];

export function length(seconds) {
  const n = Math.floor(Math.abs(seconds));
  if (n < MINUTE) return say("second", { n });
  if (n < HOUR) return say("minute", { n: Math.floor(n / MINUTE) });
  if (n < DAY) return say("hour", { n: Math.floor(n / HOUR) });
  const days = say("day", { n: Math.floor(n / DAY) });
  const hours = Math.floor((n % DAY) / HOUR);
  return n < 3 * DAY && hours ? `${days} ${say("hour", { n: hours })}` : days;
}

export function age(at, now = Date.now()) {
  const seconds = (now - at) / 1000;
  if (Math.abs(seconds) < 1) return say("now");
  return say(seconds > 0 ? "ago" : "ahead", { t: length(seconds) });
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function tick() {
  if (document.hidden) return;
  all("time[data-relative]").forEach((node) => write(node, age(Date.parse(node.dateTime))));
  all("time[data-clock]").forEach((node) => write(node, present()));
}

/** "Thu 12 Nov, 14:32 Istanbul", as the server wrote it. */
function present() {
  const date = new Date();
  const parts = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", timeZone: zone }).formatToParts(date);
  const part = (type) => parts.find((each) => each.type === type).value;
  return `${part("weekday")} ${part("day")} ${part("month")}, ${clock(date)} ${zone.split("/").pop().replaceAll("_", " ")}`;
}

setInterval(tick, EVERY_MS);
document.addEventListener("visibilitychange", tick);
document.addEventListener("htmx:afterSettle", tick);
