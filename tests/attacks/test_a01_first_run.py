# SPDX-License-Identifier: Apache-2.0
"""A1: taking over an installation on its first run. There is no set-up page: the first account is made on the command line.

ScreenConnect (CVE-2024-1709) let `/SetupWizard.aspx/anything` reach its wizard again. Every method is tried on 200 paths
like that, with a body that would make an account, while nobody exists and while somebody does."""

import itertools
import json
import random
from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import get_resolver

from steward.core.access.public import RoleAssignment, first_account
from steward.core.identity.public import User

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "SETUP")
PATHS = 200
WORDS = (
    "setup", "SetupWizard.aspx", "install", "installer", "wizard", "first-run", "onboarding", "init", "bootstrap", "signup",
    "sign-up", "register", "registration", "accounts/signup", "accounts/signup/passkey", "accounts/register",
    "accounts/first", "accounts/email", "accounts/confirm-email/x", "accounts/login/code", "accounts/3rdparty/signup",
    "accounts/social/signup", "admin", "admin/setup", "admin/login", "api/v1/users", "api/v1/people", "api/v1/accounts",
    "api/v1/setup", "api/v1/register", "api/v1/first-account", "people/new", "people/invite", "users/create", "console/setup",
    "accounts/password/set", "accounts/password/reset/key/1-set-password", "accounts/2fa/webauthn/signup",
    "_allauth/browser/v1/auth/signup", "_allauth/app/v1/auth/signup",
)  # fmt: skip
BEFORE = ("/", "//", "/./", "/x/../", "/%2e/", "/accounts/..;/", "/static/../", "/api/v1/../../", "/%2f", "/SETUP/")
AFTER = ("", "/", "/anything", "/.", ";x=1", "%20", "%00", ".json", "?next=/", "//", "/..", "#x", ".aspx/x", "\u200b")
BODY = {
    "email": "eve@evil.example", "username": "eve", "login": "eve@evil.example", "name": "Eve", "side": "staff",
    "password": "correct horse battery staple", "password1": "correct horse battery staple",
    "password2": "correct horse battery staple", "roles": "owner", "role": "owner", "is_superuser": "1",
}  # fmt: skip
HEADERS = (
    {},
    {"X-Original-URL": "/accounts/signup/", "X-Rewrite-URL": "/setup"},
    {"X-HTTP-Method-Override": "POST", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost"},
)


def mutations(dice: random.Random, paths: int) -> list[str]:
    every = [f"{before}{word}{after}" for before, word, after in itertools.product(BEFORE, WORDS, AFTER)]
    plain = [f"/{word}{end}" for word in WORDS for end in ("", "/")]
    return dice.sample(plain, min(len(plain), paths // 2)) + dice.sample(every, paths - min(len(plain), paths // 2))


def tries(dice: random.Random, paths: int) -> Iterator[tuple[str, str, str, str, dict[str, str]]]:
    for path, method in itertools.product(mutations(dice, paths), METHODS):
        json_body = dice.random() < 0.5
        body = json.dumps(BODY) if json_body else "&".join(f"{key}={value}" for key, value in BODY.items())
        yield (
            method,
            path,
            body,
            "application/json" if json_body else "application/x-www-form-urlencoded",
            dice.choice(HEADERS),
        )


@pytest.mark.parametrize(("somebody", "paths"), [(False, PATHS), (True, PATHS // 4)])
def test_nobody_is_made_by_any_request(somebody: bool, paths: int) -> None:
    seed = random.SystemRandom().randrange(2**32)
    if somebody:
        first_account("owner@localhost", "Olga Owner")
    before = (User.objects.count(), RoleAssignment.objects.count())
    browser, sent, answers = Browser(raise_request_exception=False), 0, dict[int, int]()
    for method, path, body, kind, headers in tries(random.Random(seed), paths):
        answer = browser.generic(method, path, body, content_type=kind, headers=headers)
        answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
        sent += 1
        assert answer.status_code < 500, f"seed {seed}: {method} {path!r}"
    assert (User.objects.count(), RoleAssignment.objects.count()) == before, f"seed {seed}"
    assert not any("_auth_user_id" in session.get_decoded() for session in Session.objects.all())
    assert sent == paths * len(METHODS)
    cache.clear()
    print(f"A1: {sent} requests, 0 accounts made, answers {dict(sorted(answers.items()))}, seed {seed}")


def test_no_address_is_named_for_making_an_account() -> None:
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert "account_login" in names
    forbidden = ("signup", "register", "setup_wizard", "first_account", "install")
    assert [name for name in names if any(word in name for word in forbidden)] == []
