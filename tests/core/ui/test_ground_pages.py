# SPDX-License-Identifier: Apache-2.0
"""Every page of the ground answers, for those who may see it."""

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from steward.core.access.public import ApiToken, Role, roles_of
from steward.core.identity.public import User
from steward.core.tenancy.public import Client
from tests.fixtures.actors import make_person

Browse = Callable[[User], Browser]
PAGES = (
    "/",
    "/account/",
    "/account/profile/",
    "/account/tokens/new/",
    "/people/",
    "/people/?q=o&side=staff&sort=-last_login&role=owner",
    "/people/invite/",
    "/people/permissions/",
    "/audit/",
    "/jobs/",
    "/palette?q=pe",
    "/operations/",
    "/notifications/",
    "/notifications/channels/new/",
    "/approvals/",
    "/kit/",
    "/api-reference/",
)


@pytest.mark.parametrize("path", PAGES)
def test_olga_sees_every_page(path: str, olga: User, browse: Browse) -> None:
    assert browse(olga).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/audit/", "/jobs/", "/people/permissions/", "/people/invite/x/"])
def test_alice_sees_none_of_the_house(path: str, alice: User, browse: Browse) -> None:
    assert browse(alice).get(path).status_code in (403, 404)


def test_a_stranger_is_sent_to_sign_in(db: None) -> None:
    for path in PAGES:
        answer = Browser().get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/accounts/login/")


def test_bob_and_nobody_get_the_same_answer(alice: User, bob: User, browse: Browse) -> None:
    browser = browse(bob)
    foreign, missing = f"/people/{alice.uid}/", "/people/01890000-0000-7000-8000-000000000000/"
    for ending in ("", "roles/", "clients/"):
        answers = [browser.get(path + ending) for path in (foreign, missing)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert _without_numbers(answers[0]) == _without_numbers(answers[1])


def _without_numbers(answer: Any) -> str:
    """The page without what differs from request to request: its number, and the masked token."""
    text = answer.content.decode().replace(answer["X-Request-ID"], "")
    return re.sub(r'X-CSRFToken":"[^"]*"|value="[A-Za-z0-9]{64}"', "", text)


def test_olga_invites_somebody_and_changes_their_roles(
    olga: User, acme: Client, browse: Browse, mailoutbox: list
) -> None:
    browser = browse(olga)
    sent = {
        "email": "New@msp.example",
        "name": "Nil New",
        "roles": ["dispatcher"],
        "all_clients": "on",
        "language": "tr",
        "timezone": "Europe/Istanbul",
    }
    answer = browser.post("/people/invite/", sent, follow=True)
    nil = User.objects.get(email="new@msp.example")
    assert answer.redirect_chain == [(f"/people/{nil.uid}/", 302)]
    assert "Nil New was invited" in answer.content.decode()
    answer = browser.post(f"/people/{nil.uid}/roles/", {"roles": ["billing"]}, follow=True)
    assert roles_of(nil) == {Role.BILLING}
    assert answer.status_code == 200


def test_a_refusal_stands_beside_its_field_and_nothing_is_lost(olga: User, browse: Browse) -> None:
    sent = {"email": olga.email, "name": "Another Olga", "roles": ["dispatcher"], "language": "en", "timezone": "UTC"}
    answer = browse(olga).post("/people/invite/", sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Somebody with this address exists already." in text
    assert 'value="Another Olga"' in text
    assert 'id="id_email_error"' in text


def test_stopping_access_can_be_undone(olga: User, tess: User, browse: Browse) -> None:
    browser = browse(olga)
    answer = browser.post(f"/people/{tess.uid}/verb-deactivate/", headers={"HX-Request": "true"})
    tess.refresh_from_db()
    assert answer.status_code == 200
    assert not tess.is_active
    undo = json.loads(answer["HX-Trigger"])["toast"]["undo"]
    assert browser.post(undo["url"], {"token": undo["token"]}, headers={"HX-Request": "true"}).status_code == 200
    tess.refresh_from_db()
    assert tess.is_active


def test_the_audit_names_what_it_tells_of(olga: User, tess: User, browse: Browse) -> None:
    """What is still there, by its name and with its page; else its kind and how its identifier begins."""
    browser = browse(olga)
    browser.post(f"/people/{tess.uid}/verb-deactivate/", headers={"HX-Request": "true"})
    page = browser.get("/audit/").content.decode()
    assert re.search(rf'<a [^>]*href="/people/{tess.uid}/"[^>]*>\s*Tess Technician', page)
    browser.post(f"/people/{tess.uid}/erase/", {"typed": tess.email})
    page = browser.get("/audit/").content.decode()
    assert f"identity.user {str(tess.uid)[:8]}…" in page
    assert str(tess.uid) not in page
    whole = browser.get("/audit/export.csv").getvalue().decode()
    assert f"identity.user {tess.uid}" in whole


def test_nobody_else_can_use_an_undo(olga: User, omar: User, tess: User, browse: Browse) -> None:
    answer = browse(olga).post(f"/people/{tess.uid}/verb-deactivate/", headers={"HX-Request": "true"})
    undo = json.loads(answer["HX-Trigger"])["toast"]["undo"]
    assert browse(omar).post(undo["url"], {"token": undo["token"]}, headers={"HX-Request": "true"}).status_code == 422
    tess.refresh_from_db()
    assert not tess.is_active


def a_token() -> dict[str, object]:
    until = timezone.now() + timedelta(days=60)
    return {"name": "backup script", "permissions": ["people.view"], "expires": f"{until:%Y-%m-%d}"}


def test_a_token_asks_who_one_is_when_the_last_proof_is_old(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 301}]
    session.save()
    to_prove = "/accounts/reauthenticate/?next=%2Faccount%2Ftokens%2Fnew%2F"
    assert browser.get("/account/tokens/new/").headers["Location"] == to_prove
    assert browser.post("/account/tokens/new/", a_token()).headers["Location"] == to_prove
    by_script = browser.post("/account/tokens/new/", a_token(), headers={"HX-Request": "true"})
    assert (by_script.status_code, by_script.headers["HX-Redirect"]) == (401, to_prove)
    assert not ApiToken.objects.filter(user=olga).exists()


def test_a_token_is_shown_once_and_works(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    answer = browser.post("/account/tokens/new/", a_token())
    token = ApiToken.objects.get(user=olga)
    secret = answer.context["page"].secret
    assert secret.startswith(token.hint)
    assert secret not in browser.get("/account/").content.decode()
    seen = Browser().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert seen.status_code == 200
    assert seen.json()["permissions"] == ["people.view"]
    browser.post("/account/verb-revoke-token/", {"uid": str(token.uid)})
    assert Browser().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_erasing_wants_the_address_typed_out(olga: User, tess: User, browse: Browse) -> None:
    browser, uid = browse(olga), tess.uid
    assert browser.post(f"/people/{uid}/erase/", {"typed": "no"}).status_code == 422
    tess.refresh_from_db()
    assert tess.name == "Tess Technician"
    assert browser.post(f"/people/{uid}/erase/", {"typed": tess.email}).status_code == 302
    tess.refresh_from_db()
    assert tess.name == ""
    assert browser.get(f"/people/{uid}/").status_code == 404


def test_staff_limited_to_acme_choose_among_its_people_alone(
    acme: Client, birch: Client, alice: User, bob: User, browse: Browse
) -> None:
    limited = make_person("Lim Limited", Role.SERVICE_MANAGER, all_clients=False)
    with_clients = browse(limited).get("/people/").content.decode()
    assert alice.email not in with_clients
    assert bob.email not in with_clients


def test_a_form_that_is_sent_empty_says_what_it_misses(olga: User, tess: User, browse: Browse) -> None:
    answer = browse(olga).post("/people/invite/")
    assert answer.status_code == 422
    assert answer.context["page"].form.errors
    unproved = browse(olga).post(f"/people/{tess.uid}/erase/")
    assert unproved.status_code == 422
    assert unproved.context["page"].form.errors
