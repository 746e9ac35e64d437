// SPDX-License-Identifier: Apache-2.0
// One time series on a canvas: uPlot, with the tokens of the design and with what it does not draw itself:
// gaps and maintenance hatched, thresholds, incidents and events as lines with words, the band of a forecast.
import { element, find, language, say, zone } from "./page.js";
import { moment, number } from "./charts.js";

const SERIES = ["--st-series-1", "--st-series-2", "--st-series-3", "--st-series-4"];
const DAY = 86_400;
let loading = null;

/** The plotter is a classic script; it is fetched once, when the first chart is there. */
export function loadPlotter() {
  loading ??= new Promise((done, failed) => {
    const script = element("script");
    script.src = new URL("../../vendor/uplot.min.js", import.meta.url);
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  return loading;
}

let probe = null;

/** The colour of a token as it is now; custom properties are not resolved by themselves, a colour is. */
export function token(name) {
  if (!probe?.isConnected) {
    probe = element("span", "st-sr");
    probe.setAttribute("aria-hidden", "true");
    document.body.append(probe);
  }
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

const ratio = () => window.devicePixelRatio || 1;
const font = (weight = 400) => `${weight} ${12 * ratio()}px ${getComputedStyle(document.body).fontFamily}`;

export class Plot {
  constructor(chart, data) {
    this.chart = chart;
    this.data = data;
    this.marks = data.marks ?? [];
    this.gaps = this.marks.some((mark) => mark.kind === "gap") ? [] : gapsIn(data);
    this.span = (data.to ?? data.t.at(-1)) - (data.from ?? data.t[0]);
    chart.place.replaceChildren();
    this.columns = [data.t, ...data.series.map((each) => each.v)];
    if (data.cone) this.columns.push(data.cone.low, data.cone.high);
    this.u = new window.uPlot(this.options(), this.columns, chart.place);
    chart.values(null);
  }

  options() {
    const { chart, data } = this;
    const single = data.series.filter((each) => !each.dash).length === 1;
    const area = token("--st-area");
    const series = data.series.map((each, n) => ({
      label: each.label,
      stroke: token(each.dash ? "--st-series-4" : SERIES[n % SERIES.length]),
      dash: each.dash ? [5, 4] : undefined,
      width: 1.5,
      fill: single && !each.dash ? area : undefined,
      points: { show: false },
      spanGaps: false,
    }));
    const unseen = { stroke: "transparent", points: { show: false } };
    const count = data.series.length;
    return {
      width: Math.max(120, chart.place.clientWidth),
      height: chart.place.clientHeight,
      padding: [6, 6, 0, 0],
      legend: { show: false },
      tzDate: (at) => window.uPlot.tzDate(new Date(at * 1000), zone),
      cursor: {
        y: false,
        sync: { key: chart.group.key, setSeries: false, scales: ["x", null] },
        drag: { x: true, y: false, setScale: false },
        points: { size: 8, width: 2, stroke: (u, n) => series[n - 1]?.stroke ?? "transparent", fill: token("--st-surface"), show: (u, n) => (n <= count ? undefined : false) },
      },
      scales: { x: { time: true, range: () => this.reach() }, y: { range: (u, low, high) => this.height(low, high) } },
      axes: [this.timeAxis(), this.valueAxis()],
      series: [{}, ...series, ...(data.cone ? [unseen, unseen] : [])],
      bands: data.cone ? [{ series: [count + 2, count + 1], fill: area }] : undefined,
      hooks: {
        drawClear: [(u) => this.under(u)],
        draw: [(u) => this.over(u)],
        setCursor: [(u) => this.moved(u)],
        setSelect: [(u) => this.selected(u)],
      },
    };
  }

  reach() {
    const { from, to, t } = this.data;
    const reach = [from ?? t[0], to ?? t.at(-1)];
    return reach[0] === reach[1] ? [reach[0] - 60, reach[1] + 60] : reach;
  }

  height(low, high) {
    const { min, max } = { ...this.chart.figure.dataset, ...this.data };
    const limits = this.marks.filter((mark) => mark.kind === "threshold").map((mark) => mark.value);
    const top = max !== undefined && max !== null ? Number(max) : Math.max(high ?? 1, ...limits);
    const bottom = min !== undefined && min !== null ? Number(min) : Math.min(0, low ?? 0);
    if (max !== undefined && max !== null) return [bottom, top > bottom ? top : bottom + 1];
    const step = niceStep((top - bottom || 1) / 4);
    return [bottom, Math.max(step, Math.ceil((top * 1.02) / step) * step)];
  }

  timeAxis() {
    const ink = token("--st-ink-3");
    const hours = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
    const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: zone });
    return {
      stroke: ink,
      font: font().replace(/[\d.]+px/, "12px"),
      grid: { show: false },
      ticks: { show: false },
      border: { show: true, stroke: token("--st-line-strong"), width: 1 },
      size: 22,
      gap: 5,
      space: 78,
      values: (u, splits, axis, space, every) => splits.map((at) => (every >= DAY ? days : hours).format(new Date(at * 1000))),
    };
  }

  valueAxis() {
    return {
      stroke: token("--st-ink-3"),
      font: font().replace(/[\d.]+px/, "12px"),
      grid: { stroke: token("--st-grid"), width: 1 },
      ticks: { show: false },
      gap: 6,
      space: 26,
      size: (u, values) => Math.max(32, 10 + 7 * Math.max(0, ...(values ?? []).map((each) => each.length))),
      values: (u, splits) => splits.map((value) => number(value)),
    };
  }

  under(u) {
    const { ctx, bbox } = u;
    ctx.save();
    for (const mark of [...this.marks, ...this.gaps]) {
      if (!["maint", "gap", "future"].includes(mark.kind)) continue;
      const [left, width] = this.stretch(u, mark.from, mark.to);
      if (width <= 0) continue;
      ctx.fillStyle = mark.kind === "future" ? token("--st-sunken") : hatch(ctx, mark.kind);
      ctx.fillRect(left, bbox.top, width, bbox.height);
    }
    ctx.restore();
  }

  stretch(u, from, to) {
    const [first, last] = [u.bbox.left, u.bbox.left + u.bbox.width];
    const left = Math.max(first, from === null || from === undefined ? first : u.valToPos(from, "x", true));
    const right = Math.min(last, to === null || to === undefined ? last : u.valToPos(to, "x", true));
    return [left, right - left];
  }

  over(u) {
    const { ctx } = u;
    ctx.save();
    ctx.textBaseline = "alphabetic";
    ctx.beginPath();
    ctx.rect(u.bbox.left - 5 * ratio(), 0, u.bbox.width + 10 * ratio(), u.bbox.top + u.bbox.height);
    ctx.clip();
    this.marks.filter((mark) => mark.kind === "threshold").forEach((mark) => this.threshold(u, mark));
    this.marks.filter((mark) => mark.kind === "incident" || mark.kind === "event").forEach((mark) => this.line(u, mark));
    if (this.silent) this.middle(u, say("silent_since", { time: this.data.last ? moment(this.data.last, DAY * 2) : "–" }));
    ctx.restore();
  }

  get silent() {
    return this.data.series.every((each) => each.v.every((value) => value === null));
  }

  threshold(u, { value, label = "", sev = "medium" }) {
    const { ctx, bbox } = u;
    const y = Math.round(u.valToPos(value, "y", true));
    if (y < bbox.top - 1 || y > bbox.top + bbox.height) return;
    ctx.strokeStyle = token(`--st-${sev}-mark`);
    ctx.lineWidth = 1.2 * ratio();
    ctx.setLineDash([2 * ratio(), 3 * ratio()]);
    stroke(ctx, bbox.left, y, bbox.left + bbox.width, y);
    ctx.setLineDash([]);
    ctx.font = font(500);
    ctx.fillStyle = token(`--st-${sev}-fg`);
    ctx.textAlign = "left";
    const above = y - bbox.top > 6 * ratio();
    ctx.fillText(label, bbox.left + 4 * ratio(), above ? y - 4 * ratio() : y + 14 * ratio());
  }

  line(u, { kind, from, label = "" }) {
    const { ctx, bbox } = u;
    const x = Math.round(u.valToPos(from, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    const incident = kind === "incident";
    ctx.strokeStyle = token(incident ? "--st-critical-mark" : "--st-accent");
    ctx.lineWidth = (incident ? 1.5 : 1) * ratio();
    stroke(ctx, x, bbox.top, x, bbox.top + bbox.height);
    if (incident) triangle(ctx, x, bbox.top, 5 * ratio(), token("--st-critical-mark"));
    ctx.font = font(incident ? 500 : 400);
    ctx.fillStyle = token(incident ? "--st-critical-fg" : "--st-ink-3");
    const fits = x + ctx.measureText(label).width + 12 * ratio() < bbox.left + bbox.width;
    ctx.textAlign = fits ? "left" : "right";
    ctx.fillText(label, x + (fits ? 8 : -8) * ratio(), bbox.top + 10 * ratio());
  }

  middle(u, text) {
    const { ctx, bbox } = u;
    ctx.font = font();
    ctx.fillStyle = token("--st-ink-3");
    ctx.textAlign = "center";
    ctx.fillText(text, bbox.left + bbox.width / 2, bbox.top + bbox.height / 2 + 4 * ratio());
  }

  moved(u) {
    const at = u.cursor.idx;
    this.chart.values(u.cursor.left >= 0 && at !== null && at !== undefined ? at : null);
  }

  selected(u) {
    if (u.select.width < 6) return;
    const [from, to] = [u.select.left, u.select.left + u.select.width].map((at) => Math.round(u.posToVal(at, "x")));
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    // Every chart under the synchronised cursor gets the same selection; the one under the pointer decides.
    if (to - from >= 10 && this.chart.figure.matches(":hover") && this.chart.figure.dataset.src) this.chart.group.show(from, to);
  }

  /** Move the cursor by the keyboard, and say what stands there. */
  step(by) {
    const { u } = this;
    const last = this.data.t.length - 1;
    const from = u.cursor.idx ?? last;
    const at = Math.max(0, Math.min(last, u.cursor.left < 0 || u.cursor.left === undefined ? last : from + by));
    const left = u.valToPos(this.data.t[at], "x");
    u.setCursor({ left, top: u.over.clientHeight / 2 }, true, true);
    this.chart.speak(at);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.chart.place;
    if (width && (width !== this.u.width || height !== this.u.height)) this.u.setSize({ width, height });
  }

  destroy() {
    this.u.destroy();
    find(".uplot", this.chart.place)?.remove();
  }
}

function stroke(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

function triangle(ctx, x, y, size, fill) {
  ctx.fillStyle = fill;
  ctx.beginPath();
  ctx.moveTo(x - size, y);
  ctx.lineTo(x + size, y);
  ctx.lineTo(x, y + size * 1.4);
  ctx.fill();
}

/** Stretches where no series has a value, from the last sample before to the first after. */
export function gapsIn({ t, series }) {
  const gaps = [];
  let start = null;
  t.forEach((at, n) => {
    const empty = series.every((each) => each.v[n] === null || each.v[n] === undefined);
    if (empty && start === null) start = n === 0 ? null : t[n - 1];
    if (empty && n === 0) start = at;
    if (!empty && start !== null) {
      gaps.push({ kind: "gap", from: start, to: at });
      start = null;
    }
  });
  if (start !== null) gaps.push({ kind: "gap", from: start, to: null });
  return gaps;
}

function hatch(ctx, kind) {
  const scale = ratio();
  const tile = element("canvas");
  const size = (kind === "gap" ? 7 : 10) * scale;
  tile.width = tile.height = size;
  const pen = tile.getContext("2d");
  pen.strokeStyle = token(kind === "gap" ? "--st-unknown-mark" : "--st-low-mark");
  pen.globalAlpha = kind === "gap" ? 0.4 : 0.22;
  pen.lineWidth = (kind === "gap" ? 1.2 : 2) * scale;
  const up = kind !== "gap";
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift, up ? size : 0);
    pen.lineTo(shift + size, up ? 0 : size);
    pen.stroke();
  }
  return ctx.createPattern(tile, "repeat");
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].find((each) => each * power >= rough) * power;
}
