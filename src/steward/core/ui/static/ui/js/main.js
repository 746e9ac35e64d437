// SPDX-License-Identifier: Apache-2.0
// The one script of a page. Modules listen on the document, so what htmx swaps in needs no wiring; charts load when there is one.
import "./theme.js";
import "./menu.js";
import "./board.js";
import "./dialog.js";
import "./keys.js";
import "./palette.js";
import "./table.js";
import "./focus.js";
import "./toast.js";
import "./live.js";
import "./time.js";
import "./forms.js";
import "./files.js";
import "./hovercard.js";
import "./passkey.js";
import { find } from "./page.js";

async function drawCharts() {
  if (find("[data-chart=time]")) (await import("./charts.js")).drawAll();
  if (find("[data-chart]:not([data-chart=time])")) (await import("./echart.js")).drawAll();
}

document.addEventListener("htmx:afterSettle", drawCharts);
drawCharts();
document.documentElement.dataset.ready = "";
