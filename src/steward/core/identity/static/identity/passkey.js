// SPDX-License-Identifier: Apache-2.0
// Passkeys: a button asks the browser for a credential and sends the form around it with the answer.
//   data-passkey-do       "get" (sign in) or "create" (add one)
//   data-options          id of a block of JSON with the options, or
//   data-options-url      where they are asked for
// The form holds <input name="credential">. What went wrong is told by an event, "allauth.error", which the kit puts into words.

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const listed = (credentials = []) => credentials.map((each) => ({ ...each, id: bytes(each.id) }));

function toCreate({ publicKey }) {
  return {
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: listed(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
    },
  };
}

function toGet({ publicKey }) {
  return {
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: listed(publicKey.allowCredentials),
    },
  };
}

function asJson(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject);
    answer.transports = response.getTransports?.() ?? [];
  } else {
    answer.authenticatorData = text(response.authenticatorData);
    answer.signature = text(response.signature);
    answer.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: answer,
  };
}

async function options(button) {
  if (button.dataset.options) {
    return JSON.parse(document.getElementById(button.dataset.options).textContent);
  }
  const answer = await fetch(button.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  return answer.json();
}

async function credentialFor(button) {
  const given = await options(button);
  if (button.dataset.passkeyDo === "create") {
    return navigator.credentials.create(toCreate(given.creation_options));
  }
  return navigator.credentials.get(toGet(given.request_options));
}

async function run(button) {
  const form = button.closest("form");
  button.setAttribute("aria-busy", "true");
  try {
    if (!window.PublicKeyCredential) throw new DOMException("no passkeys here", "NotSupportedError");
    form.elements.credential.value = JSON.stringify(asJson(await credentialFor(button)));
    form.requestSubmit();
  } catch (exception) {
    document.dispatchEvent(new CustomEvent("allauth.error", { detail: { exception }, cancelable: true }));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

for (const button of document.querySelectorAll("[data-passkey-do]")) {
  button.addEventListener("click", () => run(button));
}
