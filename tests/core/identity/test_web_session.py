# SPDX-License-Identifier: Apache-2.0
"""What the ledger keeps of a session opens none."""

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client as Browser
from django.urls import reverse

from steward.core.identity.public import User, password_link
from steward.core.identity.web_session import SessionStore, stored_key
from tests.fixtures.actors import give_password
from tests.fixtures.sign_in import sign_in

pytestmark = pytest.mark.django_db


def cookie_of(browser: Browser) -> str:
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def may_go_on(cookie: str) -> bool:
    browser = Browser()
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
    return browser.get(reverse("usersessions_list")).status_code == 200


def test_only_the_cookie_opens_a_session_and_it_is_kept_nowhere(alice: User) -> None:
    give_password(alice)
    cookie = cookie_of(sign_in(alice))
    [row] = Session.objects.filter(session_key=stored_key(cookie))
    [known] = UserSession.objects.filter(user=alice)
    assert known.session_key == row.session_key
    assert may_go_on(cookie)
    assert not may_go_on(row.session_key), "the key of a row, as a backup holds it, opens nothing"
    assert cookie not in f"{row.session_key} {row.session_data} {list(UserSession.objects.values())}"


class Kept:
    """Reads what lies in the row as it lies there."""

    def loads(self, kept: bytes) -> str:
        return kept.decode()


def test_what_a_session_remembers_is_sealed(alice: User) -> None:
    browser = Browser()
    browser.get(password_link(alice))
    session = browser.session
    key = str(session["_password_reset_key"])
    row = Session.objects.get(session_key=session.session_key)
    lies_there = signing.loads(row.session_data, salt=session.key_salt, serializer=Kept)
    assert lies_there.startswith("st1.")
    assert key not in lies_there
    assert row.get_decoded()["_password_reset_key"] == key


def test_a_session_goes_on_from_request_to_request_and_changes_its_cookie_at_sign_in(alice: User) -> None:
    give_password(alice)
    browser = Browser()
    browser.get(password_link(alice))
    before = cookie_of(browser)
    browser.get(reverse("account_reset_password"))
    assert cookie_of(browser) == before
    assert cookie_of(sign_in(alice)) != before


def test_a_session_of_an_older_form_opens_nothing(alice: User) -> None:
    session = SessionStore("a" * 32)
    session["_auth_user_id"] = str(alice.pk)
    session.save(must_create=True)
    assert not may_go_on("a" * 32)
