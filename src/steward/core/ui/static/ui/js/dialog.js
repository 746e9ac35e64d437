// SPDX-License-Identifier: Apache-2.0
// Dialogs: data-open="#id", data-close, those swapped into #dialogs, and the question before what can't be undone.
import { all, closest, find } from "./page.js";

export function open(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = closest(event, "[data-open]");
  if (opener) {
    event.preventDefault();
    open(find(opener.dataset.open));
    return;
  }
  if (closest(event, "[data-close]")) closest(event, "dialog")?.close();
  // A click on the backdrop reaches the dialog itself; a click inside reaches what stands in it.
  if (event.target instanceof HTMLDialogElement && outside(event)) event.target.close();
});

function outside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

document.addEventListener("htmx:afterSettle", () => {
  all("dialog[data-auto]:not([open])").forEach((dialog) => {
    dialog.addEventListener("close", () => dialog.remove(), { once: true });
    open(dialog);
  });
});

/** Ask, and answer true when the person goes on; `typed` must then be typed first. */
export function confirmed(question, { typed = "", verb = "" } = {}) {
  const dialog = find("#confirm");
  const [title, field, input, button] = ["h2", ".st-field", "input", "[value=yes]"].map((each) => find(each, dialog));
  title.textContent = question;
  button.textContent = verb;
  field.hidden = !typed;
  find("b", field).textContent = typed;
  input.value = "";
  button.disabled = Boolean(typed);
  input.oninput = () => { button.disabled = input.value.trim() !== typed; };
  dialog.returnValue = "";
  open(dialog);
  (typed ? input : find("[value='']", dialog)).focus();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

const asks = (node) => node?.dataset && (node.dataset.confirm || node.dataset.typed);
const words = (node) => [node.dataset.confirm || node.textContent.trim(), { typed: node.dataset.typed || "", verb: ownWords(node) }];

function ownWords(node) {
  const copy = node.cloneNode(true);
  all("kbd,svg", copy).forEach((part) => part.remove());
  return copy.textContent.trim() || node.getAttribute("aria-label");
}

document.addEventListener("htmx:confirm", async (event) => {
  if (!asks(event.detail.elt)) return;
  event.preventDefault();
  if (await confirmed(...words(event.detail.elt))) event.detail.issueRequest(true);
});

// The same for a plain form, which has no htmx to wait for.
document.addEventListener("submit", async (event) => {
  const asking = [event.submitter, event.target].find(asks);
  if (!asking || asking.matches("[hx-post],[hx-get]") || event.target.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await confirmed(...words(asking)))) return;
  event.target.dataset.confirmed = "yes";
  event.target.requestSubmit(event.submitter);
}, true);
