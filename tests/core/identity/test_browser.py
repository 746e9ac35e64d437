# SPDX-License-Identifier: Apache-2.0
"""Sign-in in a real browser: the first account's way to a second factor and a passkey, and back in with the passkey alone."""

import os
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test.testcases import LiveServerThread
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from steward.core.access.public import Role, first_account
from steward.core.identity.public import ExternalIdentity, OidcProvider, User, seal_secret
from steward.core.tenancy.public import Client
from steward.settings.env import get_settings
from tests.core.identity.oidc_provider import real_provider
from tests.fixtures.actors import PASSWORD, make_person
from tests.fixtures.sign_in import totp_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """The address of a server in a thread, with the product's own way of serving files."""
    thread = LiveServerThread("localhost", lambda application: application)
    thread.start()
    thread.is_ready.wait(20)
    assert thread.error is None
    yield f"http://localhost:{thread.port}"
    thread.terminate()


@pytest.fixture
def page(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page of Chromium with a device that holds passkeys, at the address of a server of this test's own."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the driver runs a loop in this thread
    monkeypatch.setitem(get_settings().__dict__, "base_url", server)
    cache.clear()
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
        context = chromium.new_context(base_url=server, locale="en-GB")
        found = context.new_page()
        found.set_default_timeout(20_000)
        yield found
        chromium.close()


def complaints(page: Page) -> list[str]:
    """What the browser complains about from now on, such as a script that the policy forbids."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # Live updates have a process of their own, which this test does without.
        if message.type == "error" and "/events" not in f"{message.text} {message.location}":
            found.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def fill_and_send(page: Page, button: str, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"[name={name}]").first.fill(value)
    page.get_by_role("button", name=button, exact=True).click()


def test_from_the_first_password_to_a_passkey_and_back_in(page: Page) -> None:
    once = first_account("owner@localhost", "Olga Owner")
    heard = complaints(page)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    page.goto("/accounts/login/")
    fill_and_send(page, "Sign in", login="owner@localhost", password=once)
    expect(page.get_by_role("heading", name="Change the password")).to_be_visible()
    fill_and_send(page, "Change the password", oldpassword=once, password1=PASSWORD, password2=PASSWORD)

    expect(page.get_by_role("heading", name="Second factors")).to_be_visible()
    page.goto("/accounts/sessions/")
    expect(page.get_by_role("heading", name="Second factors")).to_be_visible()
    page.get_by_role("link", name="Set up an app").click()
    expect(page.locator("svg.st-qr")).to_be_visible()
    fill_and_send(page, "Set up", code=totp_code(page.locator("#totp-key").input_value()))
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator(".st-codes li")).to_have_count(10)

    page.goto("/accounts/2fa/passkeys/add/")
    page.locator("[name=name]").fill("This laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Second factors")).to_be_visible()
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes", "webauthn"}

    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda address: "/accounts/" not in address)
    page.goto("/accounts/sessions/")
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    assert User.objects.get().last_login is not None
    assert heard == []


def test_a_real_provider_is_reached_from_the_button_and_leads_back_in(
    page: Page, acme: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policy of these pages lets no form lead elsewhere; a browser must get to the provider all the same."""
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.1", "::1"])
    alice = make_person("Alice Admin", Role.CLIENT_ADMIN, client=acme)
    with real_provider() as issuer:
        provider = OidcProvider(name="Real", issuer=issuer, client_id="steward", sealed_secret="")
        provider.save()
        provider.refresh_from_db()
        provider.sealed_secret = seal_secret(provider, "any")
        provider.save()
        ExternalIdentity.objects.create(provider=provider, subject="alice-there", person=alice)
        heard = complaints(page)
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Sign in with Real").click()
        page.wait_for_url(f"{issuer}/**")
        page.locator("input[name=sub]").first.fill("alice-there")
        page.get_by_role("button", name="Authorize").first.click()
        page.wait_for_url(lambda address: address.startswith(get_settings().base_url) and "/accounts/" not in address)
        page.goto("/account/")
        expect(page.get_by_role("button", name="Unlink")).to_be_visible()
    # The provider's own page asks for a style from elsewhere; of ours, nothing was kept from anything.
    assert not [each for each in heard if "Security Policy" in each]


def test_a_passkey_that_is_not_there_is_told_in_words(page: Page) -> None:
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="No passkey was used")).to_be_visible()
