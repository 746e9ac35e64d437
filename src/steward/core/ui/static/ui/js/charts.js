// SPDX-License-Identifier: Apache-2.0
// Time series. Charts within one [data-charts] share one time range and one cursor; dragging over one zooms all.
//
// A chart (parts/chart.html) has its data beside it, or asks GET <data-src>?from=<s>&to=<s>&points=<n>. Times are unix seconds, null is a gap:
//   {"t": [1763000000, …], "series": [{"label": "in", "v": [12.5, null, …]}], "from": s, "to": s, "step": s, "unit": "%", "min": 0, "max": 100,
//    "marks": [{"kind": "maint" | "gap" | "future", "from", "to", "label"}, {"kind": "threshold", "value", "label", "sev"},
//              {"kind": "incident" | "event", "from", "label", "url"}],
//    "cone": {"low": [null, 90, …], "high": […]}, "last": s of the last sample before the range, "empty": {"title", "body", "url", "action"}}
// All but t and series may be missing.
import { all, announce, clock, closest, element, find, language, say, zone } from "./page.js";
import { concerns } from "./live.js";
import { Plot, loadPlotter } from "./plot.js";
import { length } from "./time.js";

const POLL_MS = 30_000;
const DAY = 86_400;
const groups = new Map();

class Group {
  constructor(section) {
    this.section = section;
    this.charts = new Set();
    this.key = `page-${groups.size}`;
    this.seconds = Number(section?.dataset.seconds || 0);
    this.from = null;
    this.to = null;
    this.live = Boolean(section && find("[data-live-toggle]", section));
    this.readAddress();
    if (section) this.showRange();
  }

  get window() {
    if (this.from !== null) return [this.from, this.to];
    if (!this.seconds) return null;
    const now = Math.floor(Date.now() / 1000);
    return [now - this.seconds, now];
  }

  readAddress() {
    if (!this.section) return;
    const query = new URLSearchParams(location.search);
    const number = (name) => (/^\d{1,11}$/.test(query.get(name) ?? "") ? Number(query.get(name)) : null);
    this.seconds = number("range") ?? this.seconds;
    if (number("from") !== null && number("to") > number("from")) [this.from, this.to] = [number("from"), number("to")];
  }

  writeAddress() {
    const address = new URL(location.href);
    ["from", "to", "range"].forEach((name) => address.searchParams.delete(name));
    if (this.from !== null) {
      address.searchParams.set("from", this.from);
      address.searchParams.set("to", this.to);
    } else {
      address.searchParams.set("range", this.seconds);
    }
    history.replaceState(history.state, "", address);
  }

  show(from, to) {
    [this.from, this.to] = [from, to];
    this.changed();
  }

  last(seconds) {
    this.seconds = seconds;
    this.show(null, null);
  }

  changed() {
    this.writeAddress();
    this.showRange();
    this.charts.forEach((chart) => chart.load());
  }

  showRange() {
    const zoomed = this.from !== null;
    const title = find(".js-range", this.section);
    if (title) title.dataset.title ??= title.textContent;
    if (title && (zoomed || this.seconds !== Number(this.section.dataset.seconds))) {
      title.textContent = zoomed ? `${moment(this.from, DAY * 2)} – ${moment(this.to, DAY * 2)}` : say("range_last", { t: length(this.seconds) });
    } else if (title) {
      title.textContent = title.dataset.title;
    }
    all('[data-seg="range"] button', this.section).forEach((button) => {
      button.setAttribute("aria-pressed", String(!zoomed && Number(button.value) === this.seconds));
    });
    const out = find("[data-zoom-out]", this.section);
    if (out) out.hidden = !zoomed;
    const toggle = find("[data-live-toggle]", this.section);
    if (toggle) toggle.setAttribute("aria-pressed", String(this.live && !zoomed));
  }

  at(text) {
    if (this.section) all(".js-at", this.section).forEach((node) => { node.textContent = text; });
  }

  get follows() {
    return this.live && this.from === null && !document.hidden;
  }
}

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.place = find(".plot", figure);
    this.group = groupOf(figure);
    this.group.charts.add(this);
    this.unit = figure.dataset.unit || "";
    this.title = figure.dataset.title || "";
    this.asked = null;
    this.plot = null;
    this.data = inline(figure);
    this.size = new ResizeObserver(() => this.plot?.resize());
    this.size.observe(this.place);
    if (this.data && !this.group.window) this.draw();
    else this.load();
  }

  async load({ tail = false } = {}) {
    const { src } = this.figure.dataset;
    if (!src) {
      if (this.data) this.draw();
      return;
    }
    const range = this.group.window;
    const since = tail && this.data?.t?.length ? this.data.t.at(-1) : null;
    const address = new URL(src, location.href);
    if (range) {
      address.searchParams.set("from", since ?? range[0]);
      address.searchParams.set("to", range[1]);
    }
    address.searchParams.set("points", Math.max(60, Math.round(this.place.clientWidth)));
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const answer = await fetch(address, { signal: this.asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.take(await answer.json(), range, since);
    } catch (error) {
      if (error.name !== "AbortError" && !tail) this.failed();
    }
  }

  take(data, range, since) {
    if (range) [data.from, data.to] = range;
    this.data = since === null ? data : joined(this.data, data);
    this.draw();
  }

  draw() {
    const { data } = this;
    if (!data.series?.length || (!data.t?.length && !data.marks?.length && !data.last)) {
      this.none(data.empty ?? { title: say("no_data"), body: this.why(data) });
      return;
    }
    find(".none", this.figure)?.remove();
    this.place.hidden = false;
    this.plot?.destroy();
    this.plot = new Plot(this, data);
    this.describe();
  }

  why(data) {
    if (!data.from) return "";
    const [from, to] = [data.from, data.to].map((at) => moment(at, DAY * 2));
    return say("no_data_why", { from, to });
  }

  none({ title, body = "", url = "", action = "" }, { failed = false } = {}) {
    this.plot?.destroy();
    this.plot = null;
    find(".none", this.figure)?.remove();
    const box = element("div", "none");
    box.append(element("b", "ink", title), element("span", "", body));
    if (failed) {
      const again = element("button", "btn btn-sm", say("again"));
      again.type = "button";
      again.dataset.chartAgain = "";
      box.append(again);
    } else if (url) {
      const link = element("a", "", action);
      link.href = url;
      box.append(link);
    }
    this.place.hidden = true;
    this.place.after(box);
    find(".val", this.figure).replaceChildren();
  }

  failed() {
    this.none({ title: say("chart_failed"), body: say("chart_failed_why") }, { failed: true });
  }

  describe() {
    const { series } = this.data;
    const known = series.flatMap((each) => each.v).filter((value) => value !== null);
    const name = series.length > 1 ? `${this.title} (${series.map((each) => each.label).join(", ")})` : this.title;
    const low = Math.min(...known), high = Math.max(...known);
    const last = series[0].v.findLast((value) => value !== null);
    this.place.setAttribute("role", "img");
    this.place.tabIndex = 0;
    this.place.setAttribute("aria-label", known.length ? say("summary", { title: name, last: number(last), low: number(low), high: number(high), unit: this.unit }) : `${name}: ${say("no_data")}`);
  }

  /** The values at an index of the data, or the last ones when there is no cursor. */
  values(at) {
    const { series } = this.data;
    const place = find(".val", this.figure);
    place.replaceChildren(...series.map((each, n) => {
      const value = at === null ? each.v.findLast((one) => one !== null) : each.v[at];
      const box = element("span");
      box.append(element("i", each.dash ? "d" : ["", "b", "c", "d"][n % 4]), series.length > 1 ? `${each.label} ` : " ");
      box.append(element("b", "", value === null || value === undefined ? say("gap") : number(value)));
      if (value !== null && value !== undefined && this.unit) box.append(` ${this.unit}`);
      return box;
    }));
    this.group.at(at === null ? "–" : moment(this.data.t[at], this.data.t.at(-1) - this.data.t[0]));
  }

  speak(at) {
    const said = this.data.series.map((each) => `${this.data.series.length > 1 ? `${each.label} ` : ""}${each.v[at] === null ? say("gap") : `${number(each.v[at])} ${this.unit}`}`);
    announce(`${moment(this.data.t[at], DAY * 2)}: ${said.join(", ")}`);
  }

  gone() {
    this.plot?.destroy();
    this.size.disconnect();
    this.group.charts.delete(this);
  }
}

function inline(figure) {
  const block = find('script[type="application/json"]', figure);
  return block ? JSON.parse(block.textContent) : null;
}

/** New columns behind old ones; what lies before the new range is dropped. Series are matched by their place. */
function joined(old, fresh) {
  const start = fresh.t.findIndex((at) => at > old.t.at(-1));
  const keep = old.t.findIndex((at) => at >= fresh.from);
  const more = start < 0 ? [] : fresh.t.slice(start);
  const cut = keep < 0 ? old.t.length : keep;
  return {
    ...old,
    ...fresh,
    t: [...old.t.slice(cut), ...more],
    series: old.series.map((each, n) => ({ ...each, v: [...each.v.slice(cut), ...(start < 0 ? [] : (fresh.series[n]?.v ?? []).slice(start))] })),
    marks: fresh.marks ?? old.marks,
  };
}

function groupOf(figure) {
  const section = figure.closest("[data-charts]");
  if (!groups.has(section)) groups.set(section, new Group(section));
  return groups.get(section);
}

export const number = (value) => new Intl.NumberFormat(language, { maximumSignificantDigits: Math.abs(value) >= 1000 ? 6 : 3 }).format(value);

/** A moment as fits the length of the range: the hour, or the day with it. */
export function moment(seconds, span) {
  const date = new Date(seconds * 1000);
  if (span <= DAY) return clock(date);
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(date);
}

const drawn = new Map();

export async function drawAll() {
  await loadPlotter();
  for (const [figure, chart] of drawn) {
    if (figure.isConnected) continue;
    chart.gone();
    drawn.delete(figure);
  }
  all("[data-chart=time]").filter((figure) => !drawn.has(figure) && find(".plot", figure)).forEach((figure) => drawn.set(figure, new Chart(figure)));
}

const chartOf = (event) => drawn.get(closest(event, "[data-chart=time]"));

document.addEventListener("click", (event) => {
  if (closest(event, "[data-chart-again]")) chartOf(event)?.load();
  const section = closest(event, "[data-charts]");
  const group = section && groups.get(section);
  if (!group) return;
  const range = closest(event, '[data-seg="range"] button');
  if (range) group.last(Number(range.value));
  else if (closest(event, "[data-zoom-out]")) group.show(null, null);
  else if (closest(event, "[data-live-toggle]")) {
    group.live = group.from !== null || !group.live;
    group.show(null, null);
  }
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.(".st-chart .plot") || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  chartOf(event)?.plot?.step((event.key === "ArrowRight" ? 1 : -1) * (event.shiftKey ? 10 : 1));
});

document.addEventListener("st:live", ({ detail }) => {
  for (const [figure, chart] of drawn) {
    if (concerns(figure.dataset.liveTopic, detail.topic) && chart.group.follows) chart.load({ tail: true });
  }
});
document.addEventListener("st:theme", () => drawn.forEach((chart) => { if (chart.plot) chart.draw(); }));
setInterval(() => drawn.forEach((chart) => { if (chart.group.follows) chart.load({ tail: true }); }), POLL_MS);
