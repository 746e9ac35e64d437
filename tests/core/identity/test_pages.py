# SPDX-License-Identifier: Apache-2.0
"""The pages of sign-in: they are there, in the product's own frame, without a script or a style within the page."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse

from steward.core.identity.public import User
from tests.fixtures.actors import give_password, give_second_factor
from tests.fixtures.sign_in import sign_in

pytestmark = pytest.mark.django_db

OPEN = ["account_login", "account_logout", "account_inactive", "account_reset_password", "account_reset_password_done"]
SIGNED_IN = [
    "account_change_password",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "usersessions_list",
]
WITH_FACTOR = ["mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_reauthenticate"]


def looks_right(html: str) -> None:
    assert '<main class="st-auth-card"' in html
    assert "st-form" in html or "<p" in html
    for script in re.findall(r"<script\b[^>]*>", html):
        assert "src=" in script or 'type="application/json"' in script, script
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=", html)
    assert "{{" not in html
    assert "{%" not in html


@pytest.mark.parametrize("name", OPEN)
def test_a_page_that_anybody_may_see(name: str) -> None:
    answer = Browser().get(reverse(name))
    if name == "account_logout":
        assert answer.status_code == 302
        return
    assert answer.status_code == 200
    looks_right(answer.content.decode())


@pytest.mark.parametrize("name", SIGNED_IN)
def test_a_page_of_ones_own_account(name: str, alice: User) -> None:
    give_password(alice)
    answer = sign_in(alice).get(reverse(name))
    assert answer.status_code == 200, answer
    looks_right(answer.content.decode())


@pytest.mark.parametrize("name", WITH_FACTOR)
def test_a_page_for_who_has_a_second_factor(name: str, alice: User) -> None:
    give_password(alice)
    browser = sign_in(alice)
    give_second_factor(alice)
    answer = browser.get(reverse(name))
    assert answer.status_code == 200, answer
    looks_right(answer.content.decode())


@pytest.mark.parametrize("name", SIGNED_IN)
def test_nobody_else_sees_it(name: str, db: None) -> None:
    answer = Browser().get(reverse(name))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))  # type: ignore[attr-defined]


def test_the_code_page_and_the_recovery_codes(alice: User) -> None:
    give_password(alice)
    give_second_factor(alice)
    browser = Browser()
    answer = browser.post(reverse("account_login"), {"login": alice.email, "password": "correct horse battery staple"})
    assert answer.url == reverse("mfa_authenticate")  # type: ignore[attr-defined]
    looks_right(browser.get(reverse("mfa_authenticate")).content.decode())


def test_set_up_shows_a_code_to_scan_and_the_codes_once(alice: User) -> None:
    give_password(alice)
    browser = sign_in(alice)
    page = browser.get(reverse("mfa_activate_totp"))
    html = page.content.decode()
    secret = page.context["form"].secret
    assert "<svg" in html
    assert secret in html
    assert secret not in str(dict(browser.session.items())), "the session holds it sealed"
    from tests.fixtures.sign_in import totp_code

    answer = browser.post(reverse("mfa_activate_totp"), {"code": totp_code(secret)})
    assert answer.url == reverse("mfa_view_recovery_codes")  # type: ignore[attr-defined]
    rows = {row.type: row.data for row in Authenticator.objects.filter(user=alice)}
    assert set(rows) == {"totp", "recovery_codes"}
    assert secret not in str(rows)
    first = browser.get(answer.url).content.decode()  # type: ignore[attr-defined]
    codes = re.findall(r"<li>(\d{8})</li>", first)
    assert len(codes) == 10
    looks_right(first)
    assert not re.findall(r"<li>\d{8}</li>", browser.get(answer.url).content.decode())  # type: ignore[attr-defined]
