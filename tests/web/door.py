# SPDX-License-Identifier: Apache-2.0
"""The way through every page of the door, as a person takes it: signing in, its failures, second factors, links, errors."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from playwright.sync_api import Page

from steward.core.identity.public import User, password_link
from steward.core.ui.registry import PAGES
from steward.settings.env import get_settings
from tests.fixtures.actors import PASSWORD, give_password, give_second_factor
from tests.fixtures.browser import ready
from tests.fixtures.sign_in import totp_code

Stop = tuple[str, int]
PASSKEY = {"name": "This laptop", "credential": {}}
ASKED_TOO_OFTEN = 6


def fill(page: Page, **fields: str) -> None:
    """Fill the first form and send it."""
    for name, value in fields.items():
        page.locator(f"[name={name}]").first.fill(value)
    page.locator(f"form:has([name={next(iter(fields))}]) [type=submit]").first.click()
    ready(page)


def outside(page: Page, person: User) -> Iterator[Stop]:
    """Every page that somebody sees who has not signed in; the name of each and the status it should have."""
    cache.clear()
    give_password(person)
    page.goto("/accounts/login/")
    yield "sign in", 200
    fill(page, login=person.email, password="not this one")
    yield "wrong password", 200
    page.goto("/accounts/inactive/")
    yield "switched off", 200
    link = password_link(person).removeprefix(get_settings().base_url)
    page.goto(link)
    yield "choose a password by the link", 200
    page.goto(link[:-2] + ("aa" if not link.endswith("aa/") else "bb") + "/")
    yield "a link that works no longer", 200
    page.goto("/accounts/password/reset/")
    yield "forgotten password", 200
    fill(page, email=person.email)
    yield "the link is on its way", 200
    for _ in range(ASKED_TOO_OFTEN):
        page.goto("/accounts/password/reset/")
        fill(page, email=person.email)
    yield "too many attempts", 429
    page.goto("/accounts/login/")
    page.context.clear_cookies()
    fill(page, login=person.email, password=PASSWORD)
    yield "a form without its proof of origin", 403
    page.goto("/nowhere/at/all/")
    yield "not found, outside", 404


def factors(page: Page, person: User) -> Iterator[Stop]:
    """Every page about how an account is protected, from no second factor to an app, its codes and a passkey."""
    cache.clear()
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    fill(page, login=person.email, password=PASSWORD)
    for name, path in (
        ("second factors, none yet", "2fa/"),
        ("set up an app", "2fa/totp/activate/"),
        ("no passkey yet", "2fa/passkeys/"),
        ("add a passkey", "2fa/passkeys/add/"),
        ("change the password", "password/change/"),
        ("where one is signed in", "sessions/"),
        ("password once more", "reauthenticate/"),
        ("sign out", "logout/"),
    ):
        page.goto(f"/accounts/{path}")
        ready(page)
        yield name, 200
    page.goto("/accounts/2fa/totp/activate/")
    fill(page, code=totp_code(page.locator("#totp-key").input_value()))
    yield "recovery codes, this once", 200
    passkey = Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=PASSKEY)
    for name, path in (
        ("second factors", "2fa/"),
        ("recovery codes, later", "2fa/recovery-codes/"),
        ("new recovery codes", "2fa/recovery-codes/generate/"),
        ("remove the app", "2fa/totp/deactivate/"),
        ("passkeys", "2fa/passkeys/"),
        ("rename a passkey", f"2fa/passkeys/{passkey.pk}/edit/"),
        ("remove a passkey", f"2fa/passkeys/{passkey.pk}/remove/"),
        ("code once more", "2fa/reauthenticate/"),
    ):
        page.goto(f"/accounts/{path}")
        ready(page)
        yield name, 200
    Authenticator.objects.filter(user=person).delete()


def prompt(page: Page, person: User) -> Iterator[Stop]:
    """Between the password and the code."""
    cache.clear()
    page.context.clear_cookies()
    give_second_factor(person)
    page.goto("/accounts/login/")
    fill(page, login=person.email, password=PASSWORD)
    yield "the code", 200
    fill(page, code="000000")
    yield "a wrong code", 200
    fill(page, code=totp_code())
    Authenticator.objects.filter(user=person).delete()


def errors(page: Page, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stop]:
    """What is not there, is not allowed, or breaks; for somebody who has signed in."""
    page.goto("/nowhere/at/all/")
    yield "not found", 404
    page.goto("/audit/")
    yield "not allowed", 403
    monkeypatch.setattr(PAGES["ui.today"], "view", _broken)
    page.goto("/")
    yield "broken", 500


def _broken(_request: object) -> object:
    raise RuntimeError("broken for the test")
