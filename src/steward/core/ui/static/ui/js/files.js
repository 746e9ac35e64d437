// SPDX-License-Identifier: Apache-2.0
// Files to send along: each one is a line with type, name and size that can be taken away. Choosing again adds, and so do dropping and pasting on the form.
import { all, closest, find, language, say } from "./page.js";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

// What each chooser holds. The browser forgets the files of before whenever others are chosen.
const held = new WeakMap();

const inputOf = (form) => (form ? find("[data-files] input[type=file]", form) : null);

function sizeWords(bytes) {
  let [value, at] = [bytes, 0];
  while (value >= 1024 && at < UNITS.length - 1) { value /= 1024; at += 1; }
  return new Intl.NumberFormat(language, { style: "unit", unit: UNITS[at], unitDisplay: at ? "short" : "long", maximumFractionDigits: 1 }).format(value);
}

function line(template, file) {
  const made = template.content.firstElementChild.cloneNode(true);
  const marks = all("[data-begins]", made);
  const mark = marks.find((each) => file.type.startsWith(each.dataset.begins));
  marks.forEach((each) => { if (each !== mark) each.remove(); });
  find("[data-name]", made).textContent = file.name;
  find("[data-size]", made).textContent = sizeWords(file.size);
  find("[data-take-away]", made).setAttribute("aria-label", say("file_away", { name: file.name }));
  return made;
}

function hold(input, files) {
  const carried = new DataTransfer();
  files.forEach((each) => carried.items.add(each));
  input.files = carried.files;
  held.set(input, files);
  const box = input.closest("[data-files]");
  find("ul", box).replaceChildren(...files.map((each) => line(find("template", box), each)));
}

function add(input, more) {
  const files = held.get(input) ?? [];
  const isThere = (file) => files.some((each) => each.name === file.name && each.size === file.size && each.lastModified === file.lastModified);
  hold(input, [...files, ...[...more].filter((each) => !isThere(each))]);
}

document.addEventListener("change", (event) => {
  const input = closest(event, "[data-files] input[type=file]");
  if (input) add(input, input.files);
});

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-take-away]");
  if (!button) return;
  const box = button.closest("[data-files]");
  const at = all("[data-take-away]", box).indexOf(button);
  const input = find("input[type=file]", box);
  hold(input, held.get(input).filter((_each, place) => place !== at));
  const left = all("[data-take-away]", box);
  (left[Math.min(at, left.length - 1)] ?? input).focus();
});

document.addEventListener("reset", (event) => {
  const input = inputOf(event.target);
  if (input) hold(input, []);
});

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    const input = carriesFiles(event) ? inputOf(closest(event, "form")) : null;
    if (!input) return;
    event.preventDefault();
    if (name === "drop") add(input, event.dataTransfer.files);
  });
}

document.addEventListener("paste", (event) => {
  const input = event.clipboardData?.files.length ? inputOf(closest(event, "form")) : null;
  // Text that was copied together with its picture, as from a spreadsheet, is meant as text.
  if (!input || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  add(input, event.clipboardData.files);
});
