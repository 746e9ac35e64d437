// SPDX-License-Identifier: Apache-2.0
// The scripts of allauth do the ceremony; this says in words what went wrong, beside the button that was pressed.
import { all, element, find, say } from "./page.js";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  show(event.detail.exception?.name === "NotSupportedError" || !window.isSecureContext ? say("passkey_none") : say("passkey_off"));
});

function show(text) {
  find("#passkey-error")?.remove();
  const notice = element("div", "st-notice");
  notice.id = "passkey-error";
  notice.dataset.sev = "medium";
  notice.setAttribute("role", "alert");
  notice.append(element("p", "", text));
  (find("main form") ?? find("main")).before(notice);
}

if (!window.PublicKeyCredential) {
  all("[data-passkey]").forEach((button) => { button.disabled = true; button.title = say("passkey_none"); });
}
