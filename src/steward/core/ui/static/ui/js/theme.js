// SPDX-License-Identifier: Apache-2.0
// Light, dark, or as the system. The choice is a cookie, so the server sets it before the first paint.
import { announce, closest, say } from "./page.js";

const ORDER = ["system", "light", "dark"];
const YEAR = 31_536_000;
const root = document.documentElement;

const present = () => root.dataset.bsTheme || "system";

function choose(theme) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  const kept = theme === "system" ? "max-age=0" : `max-age=${YEAR}`;
  document.cookie = `st_theme=${theme}; path=/; ${kept}; samesite=lax${secure}`;
  if (theme === "system") delete root.dataset.bsTheme;
  else root.dataset.bsTheme = theme;
  document.dispatchEvent(new CustomEvent("st:theme"));
}

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-theme-switch]");
  if (!button) return;
  const next = ORDER[(ORDER.indexOf(present()) + 1) % ORDER.length];
  choose(next);
  button.title = say(`theme_${next}`);
  announce(button.title);
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("st:theme")));
