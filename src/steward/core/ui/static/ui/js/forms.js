// SPDX-License-Identifier: Apache-2.0
// Forms: the summary of errors takes the focus, drafts are kept in the browser, dangerous words are typed out, nothing is sent twice.
import { all, clock, closest, element, find, later, say } from "./page.js";

const PREFIX = "st-draft:";
const SENT = "st-draft-sent";
const KEPT_MS = 7 * 86_400_000;

function focusErrors() {
  find("[data-error-summary]:not(.kit *)")?.focus();
}
focusErrors();
document.addEventListener("htmx:afterSettle", focusErrors);

// Typed out

document.addEventListener("input", (event) => {
  const form = closest(event, "[data-typed-form]");
  if (!form || event.target.name !== "typed") return;
  find("[type=submit]", form).disabled = event.target.value.trim() !== form.dataset.typedForm;
});

// Two days as one value

document.addEventListener("input", (event) => {
  const joined = closest(event, "form")?.querySelector("[data-span]");
  if (!joined || event.target.type !== "date") return;
  const [from, until] = all("input[type=date]", joined.form).map((each) => each.value);
  joined.value = from || until ? `${from}..${until}` : "";
});
all("[data-span]").forEach((joined) => {
  const days = joined.value.split("..");
  all("input[type=date]", joined.form).forEach((each, at) => { each.value = days[at] ?? ""; });
});

// Who reads a reply

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-switch-kind]");
  if (!button) return;
  const form = button.closest("[data-kind]");
  form.dataset.kind = button.dataset.switchKind;
  const field = find("input[name=kind]", form);
  if (field) field.value = button.dataset.switchKind;
  all("[data-switch-kind]", form).forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
  find("textarea", form).focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches?.("textarea")) return;
  const form = event.target.form;
  const main = form && all("[type=submit]", form).find((each) => each.checkVisibility?.() ?? true);
  if (main) form.requestSubmit(main);
});

// Nothing is sent twice

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  submitter?.classList.add("is-busy");
  submitter?.setAttribute("aria-busy", "true");
  if (form.dataset.draft) sessionStorage.setItem(SENT, form.dataset.draft);
  if (form.action.includes("logout")) forgetDrafts();
});
addEventListener("pageshow", () => all("form[data-sending]").forEach((form) => {
  delete form.dataset.sending;
  all(".is-busy", form).forEach((button) => { button.classList.remove("is-busy"); button.removeAttribute("aria-busy"); });
}));

// Drafts

const fieldsOf = (form) => [...form.elements].filter((each) => each.name && each.name !== "typed" && !["hidden", "password", "file", "submit", "button"].includes(each.type));

function valuesOf(form) {
  return fieldsOf(form).map((each) => [each.name, ["checkbox", "radio"].includes(each.type) ? each.checked : each.value]);
}

function keep(form) {
  if (!form.isConnected) return; // sent meanwhile, and shown anew
  const at = Date.now();
  localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify({ at, values: valuesOf(form) }));
  tell(form, say("draft_kept", { time: clock(at) }));
}

function tell(form, text, again = null) {
  const place = find("[data-draft-state]", form);
  if (!place) return;
  place.textContent = text;
  if (!again) return;
  const button = element("button", "btn btn-sm btn-quiet", say("draft_drop"));
  button.type = "button";
  button.addEventListener("click", again);
  place.append(" ", button);
}

function putBack(form) {
  const key = PREFIX + form.dataset.draft;
  const draft = JSON.parse(localStorage.getItem(key) || "null");
  if (!draft || find("[data-error-summary]", form)) return;
  const before = JSON.stringify(valuesOf(form));
  if (Date.now() - draft.at > KEPT_MS || before === JSON.stringify(draft.values)) {
    localStorage.removeItem(key);
    return;
  }
  const fields = fieldsOf(form);
  draft.values.forEach(([name, value], at) => {
    const field = fields[at]?.name === name ? fields[at] : fields.find((each) => each.name === name);
    if (!field) return;
    if (typeof value === "boolean") field.checked = value;
    else field.value = value;
  });
  tell(form, say("draft_found", { time: clock(draft.at) }), () => {
    localStorage.removeItem(key);
    form.reset();
    tell(form, "");
  });
}

function forgetDrafts() {
  Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => localStorage.removeItem(key));
}

const keepSoon = later(500, keep);
document.addEventListener("input", (event) => {
  const form = closest(event, "form[data-draft]");
  if (form) keepSoon(form);
});

// A draft is done with when its form was sent and the next page does not show it again.
const sent = sessionStorage.getItem(SENT);
if (sent) {
  sessionStorage.removeItem(SENT);
  if (!find(`form[data-draft="${CSS.escape(sent)}"] [data-error-summary]`)) localStorage.removeItem(PREFIX + sent);
}
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig?.elt; // the event's own element is what stands in its place by now
  if (detail.successful && form?.matches("form[data-draft]")) localStorage.removeItem(PREFIX + form.dataset.draft);
});
all("form[data-draft]").forEach(putBack);
