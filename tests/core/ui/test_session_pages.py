# SPDX-License-Identifier: Apache-2.0
"""Where one is signed in, on the pages and in the API: each place can be ended singly, but not the one in use."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.utils import timezone

from steward.core.access.public import token_mint
from steward.core.identity.public import User, sessions_of
from tests.attacks.sweep.answers import answer_of
from tests.fixtures.actors import acting_as
from tests.fixtures.sign_in import known_session

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true", "HX-Target": "main"}


def uid(person: User, browser: Browser) -> str:
    return str(next(each.uid for each in sessions_of(person) if each.key == browser.session.session_key))


def test_the_account_page_marks_this_session_and_ends_another(alice: User) -> None:
    here, there = known_session(alice), known_session(alice)
    page = here.get("/account/").content.decode()
    assert page.count("Firefox on Linux") == 2
    assert page.count("this one") == 1
    assert f'name="uid" value="{uid(alice, there)}"' in page
    assert uid(alice, here) not in page
    answer = here.post("/account/verb-end-session/", {"uid": uid(alice, there)}, headers=HX)
    assert answer.status_code == 200
    assert "The session on Firefox on Linux has ended." in answer["HX-Trigger"]
    assert answer.content.decode().count("Firefox on Linux") == 1
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_this_session_is_not_ended_by_its_name(alice: User) -> None:
    here = known_session(alice)
    answer = here.post("/account/verb-end-session/", {"uid": uid(alice, here)}, headers=HX)
    assert answer.status_code == 422
    assert "Sign out to end it." in answer["HX-Trigger"]
    assert here.get("/account/").status_code == 200


def test_a_foreign_session_is_as_unknown_as_nobodys(alice: User, bob: User) -> None:
    hers, his = known_session(alice), known_session(bob)
    for path in ("/account/verb-end-session/", f"/people/{bob.uid}/verb-end-session/"):
        foreign = his.post(path, {"uid": uid(alice, hers)})
        missing, garbage = his.post(path, {"uid": str(uuid4())}), his.post(path, {"uid": "x"})
        assert [each.status_code for each in (foreign, missing, garbage)] == [404, 404, 404]
        assert answer_of(foreign, {}) == answer_of(missing, {}) == answer_of(garbage, {})
    assert hers.get("/account/").status_code == 200


def test_olga_ends_one_session_on_the_persons_page(olga: User, tess: User) -> None:
    browser, lost, kept = known_session(olga), known_session(tess), known_session(tess)
    address = f"/people/{tess.uid}/"
    assert f'value="{uid(tess, lost)}"' in browser.get(address).content.decode()
    answer = browser.post(f"{address}verb-end-session/", {"uid": uid(tess, lost)}, headers=HX)
    assert "Tess Technician was signed out on Firefox on Linux." in answer["HX-Trigger"]
    assert lost.get("/account/").status_code == 302
    assert kept.get("/account/").status_code == 200


def test_who_may_only_look_at_people_sees_no_sessions(olga: User, tess: User, omar: User) -> None:
    known_session(omar)
    known_session(olga)
    assert "Where they are signed in" not in known_session(tess).get(f"/people/{omar.uid}/").content.decode()
    assert "Where they are signed in" not in known_session(omar).get(f"/people/{olga.uid}/").content.decode()
    assert known_session(tess).post(f"/people/{omar.uid}/verb-end-session/").status_code == 403


def test_the_api_lists_and_ends_ones_own(alice: User, bob: User) -> None:
    here, there, his = known_session(alice), known_session(alice), known_session(bob)
    found = here.get("/api/v1/me/sessions").json()
    assert {each["uid"]: each["here"] for each in found} == {uid(alice, here): True, uid(alice, there): False}
    assert {each["device"] for each in found} == {"Firefox on Linux"}
    for name in (uid(bob, his), str(uuid4())):
        assert here.delete(f"/api/v1/me/sessions/{name}").status_code == 404
    own = here.delete(f"/api/v1/me/sessions/{uid(alice, here)}")
    assert own.status_code == 422
    assert own.json()["error"]["fields"][0]["field"] == "session"
    assert here.delete(f"/api/v1/me/sessions/{uid(alice, there)}").status_code == 204
    assert there.get("/api/v1/me").status_code == 401
    assert his.get("/api/v1/me").status_code == 200


def test_a_token_is_for_neither(olga: User) -> None:
    known_session(olga)
    secret = minted(olga)
    for answer in (
        Browser().get("/api/v1/me/sessions", headers={"Authorization": f"Bearer {secret}"}),
        Browser().delete(f"/api/v1/me/sessions/{uuid4()}", headers={"Authorization": f"Bearer {secret}"}),
    ):
        assert answer.status_code == 403


def minted(person: User) -> str:
    with acting_as(person) as actor:
        _token, secret = token_mint(
            actor=actor,
            name="script",
            permissions=["people.view"],
            clients=None,
            expires_at=timezone.now() + timedelta(days=1),
        )
    return secret
