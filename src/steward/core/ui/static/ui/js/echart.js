// SPDX-License-Identifier: Apache-2.0
// Bars, dots and heat maps: ECharts with the tokens of the design. Data beside the figure, or from data-src:
//   bars  {"labels": [...], "series": [{"label", "v": [number | null], "sev"}], "stacked": bool}
//   dots  {"rows": ["P1, n = 1", …], "points": [{"row": 0, "x": 38, "sev", "label", "url"}], "line": {"x": 100, "label"}, "max": 150}
//   heat  {"x": [...], "y": [...], "cells": [[x, y, number | null], …], "max": number}   null is hatched, never the colour of nothing
import { all, element, find, say } from "./page.js";
import { number } from "./charts.js";
import { token } from "./plot.js";

const drawn = new Map();
let loading = null;

function loadCharts() {
  loading ??= new Promise((done, failed) => {
    const script = element("script");
    script.src = new URL("../../vendor/echarts.min.js", import.meta.url);
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  return loading;
}

const text = () => ({ color: token("--st-ink-3"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 });
const axis = (more) => ({
  axisLine: { lineStyle: { color: token("--st-line-strong") } },
  axisTick: { show: false },
  axisLabel: text(),
  splitLine: { lineStyle: { color: token("--st-grid") } },
  ...more,
});
const mark = (sev, plain) => token(sev ? `--st-${sev}-mark` : plain);

// A tooltip drawn on the canvas: one of HTML would carry inline style, which the policy forbids.
const common = () => ({
  animation: false,
  textStyle: text(),
  grid: { left: 4, right: 12, top: 10, bottom: 2, containLabel: true },
  tooltip: { renderMode: "richText", confine: true, backgroundColor: token("--st-raised"), borderColor: token("--st-line-strong"), borderWidth: 1, padding: [6, 10], textStyle: { ...text(), color: token("--st-ink") } },
});

const KINDS = {
  bars: (data, unit) => ({
    ...common(),
    tooltip: { ...common().tooltip, trigger: "axis", valueFormatter: (value) => (value === null || value === undefined ? say("gap") : `${number(value)} ${unit}`) },
    xAxis: axis({ type: "category", data: data.labels, splitLine: { show: false } }),
    yAxis: axis({ type: "value", axisLine: { show: false }, axisLabel: { ...text(), formatter: number } }),
    series: data.series.map((each, n) => ({
      type: "bar", name: each.label, stack: data.stacked ? "all" : undefined, barMaxWidth: 28, data: each.v,
      itemStyle: { color: mark(each.sev, `--st-series-${(n % 4) + 1}`), borderRadius: data.stacked ? 0 : [2, 2, 0, 0] },
    })),
  }),
  dots: (data, unit) => ({
    ...common(),
    tooltip: { ...common().tooltip, formatter: ({ data: point }) => `${point.label ?? ""} ${number(point.value[0])} ${unit}`.trim() },
    xAxis: axis({ type: "value", min: 0, max: data.max, axisLine: { show: false }, splitLine: { show: false }, axisLabel: { ...text(), formatter: (value) => `${value} ${unit}` } }),
    yAxis: axis({ type: "category", data: data.rows, inverse: true, axisLine: { show: false }, splitLine: { show: true, lineStyle: { color: token("--st-grid") } } }),
    series: [{
      type: "scatter",
      data: data.points.map((point) => ({
        value: [point.x, point.row], label: point.label, url: point.url, symbol: point.sev ? "triangle" : "circle", symbolSize: point.sev ? 9 : 8,
        itemStyle: { color: mark(point.sev, "--st-series-1"), opacity: point.sev ? 1 : 0.55, borderColor: mark(point.sev, "--st-series-1") },
      })),
      markLine: data.line && {
        silent: true, symbol: "none", lineStyle: { color: token("--st-ink"), type: "solid", width: 2 },
        label: { ...text(), color: token("--st-ink-2"), formatter: data.line.label, position: "start" }, data: [{ xAxis: data.line.x }],
      },
    }],
  }),
  heat: (data, unit) => ({
    ...common(),
    tooltip: { ...common().tooltip, formatter: ({ value }) => `${data.y[value[1]]}, ${data.x[value[0]]}: ${value[2] === null || value[2] === "-" ? say("gap") : `${number(value[2])} ${unit}`}` },
    xAxis: axis({ type: "category", data: data.x, splitLine: { show: false }, axisLine: { show: false } }),
    yAxis: axis({ type: "category", data: data.y, inverse: true, axisLine: { show: false } }),
    visualMap: { show: false, min: 0, max: data.max, inRange: { color: [token("--st-sunken"), token("--st-series-1")] } },
    series: [
      { type: "heatmap", data: data.cells.filter((cell) => cell[2] !== null), itemStyle: { borderColor: token("--st-surface"), borderWidth: 2, borderRadius: 2 } },
      { type: "heatmap", data: data.cells.filter((cell) => cell[2] === null).map(([x, y]) => ({ value: [x, y, 0], visualMap: false })), itemStyle: hatched() },
    ],
  }),
};

function hatched() {
  return {
    color: token("--st-surface"), borderColor: token("--st-unknown-line"), borderWidth: 1,
    decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1.5, 4], rotation: -Math.PI / 4, color: token("--st-unknown-mark") },
  };
}

async function draw(figure) {
  const place = find(".plot", figure);
  const block = find('script[type="application/json"]', figure);
  let data;
  try {
    data = block ? JSON.parse(block.textContent) : await (await fetch(figure.dataset.src, { headers: { Accept: "application/json" } })).json();
  } catch {
    place.replaceChildren(element("div", "none", say("chart_failed")));
    return;
  }
  drawn.get(figure)?.chart.dispose();
  place.replaceChildren();
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  chart.setOption(KINDS[figure.dataset.chart](data, figure.dataset.unit || ""));
  chart.on("click", ({ data: point }) => { if (point?.url) location.assign(point.url); });
  const size = drawn.get(figure)?.size ?? new ResizeObserver(() => drawn.get(figure)?.chart.resize());
  size.observe(place);
  drawn.set(figure, { chart, size });
}

export async function drawAll() {
  await loadCharts();
  for (const [figure, { chart, size }] of drawn) {
    if (figure.isConnected) continue;
    chart.dispose();
    size.disconnect();
    drawn.delete(figure);
  }
  all("[data-chart]:not([data-chart=time])").filter((figure) => !drawn.has(figure)).forEach(draw);
}

document.addEventListener("st:theme", () => drawn.forEach((_, figure) => draw(figure)));
