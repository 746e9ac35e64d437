// SPDX-License-Identifier: Apache-2.0
// Dragging a card of a board is choosing from its menu: a lane takes a card only where the menu has an item for it (data-to),
// and dropping presses that item. So the keyboard, which has the menu, can do all that the mouse can.
import { all, closest, find } from "./page.js";

let dragged = null;

const lanes = () => all("[data-lane]", dragged.closest(".st-board"));
const moveTo = (lane) => find(`[data-to="${CSS.escape(lane.dataset.lane)}"]`, dragged);

function laneUnder(event) {
  const lane = dragged && closest(event, "[data-lane]");
  return lane && moveTo(lane) ? lane : null;
}

document.addEventListener("dragstart", (event) => {
  dragged = closest(event, ".st-tile[draggable=true]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  dragged.classList.add("is-dragged");
  lanes().filter(moveTo).forEach((lane) => lane.classList.add("may-drop"));
});

document.addEventListener("dragover", (event) => {
  const lane = laneUnder(event);
  if (dragged) lanes().forEach((each) => each.classList.toggle("is-over", each === lane));
  if (lane) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const lane = laneUnder(event);
  if (!lane) return;
  event.preventDefault();
  moveTo(lane).click();
});

document.addEventListener("dragend", () => {
  if (!dragged) return;
  lanes().forEach((lane) => lane.classList.remove("may-drop", "is-over"));
  dragged.classList.remove("is-dragged");
  dragged = null;
});
