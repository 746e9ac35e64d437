# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client as Browser

from steward.core.identity.public import User
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.clients.actions import client_create, contact_create, site_create
from steward.estate.clients.models import ClientProfile, Contact, Site

Browse = Callable[[User], Browser]


@pytest.fixture
def delta(db: None) -> Client:
    scope = system_scope("tests")
    with scoped(scope), transaction.atomic():
        client = client_create(actor=scope.actor, name="Delta Foods", notes="Ring twice.", legal_name="Delta Gıda A.Ş.")
        site_create(client, actor=scope.actor, name="Gebze plant", city="Gebze")
        contact_create(client, actor=scope.actor, name="Derya Şahin", email="derya@delta.example", roles=["main"])
        return client


def test_the_list_shows_clients_and_a_constant_number_of_questions(
    delta: Client, tess: User, browse: Browse, django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = browse(tess)
    browser.get("/clients/")
    with django_assert_max_num_queries(22) as asked:  # type: ignore[attr-defined]
        assert "Delta Foods" in browser.get("/clients/").content.decode()
    scope = system_scope("tests")
    with scoped(scope), transaction.atomic():
        for each in range(30):
            client_create(actor=scope.actor, name=f"Client {each}")
    with django_assert_max_num_queries(len(asked)):  # type: ignore[attr-defined]
        assert "Client 29" in browser.get("/clients/").content.decode()


def test_a_clients_page_shows_who_where_and_whom_to_speak_to(delta: Client, tess: User, browse: Browse) -> None:
    text = browse(tess).get("/clients/delta-foods/").content.decode()
    for words in (
        "Delta Foods",
        "Delta Gıda A.Ş.",
        "Gebze plant",
        "Derya Şahin",
        "Main contact",
        "Ring twice.",
        "Why?",
    ):
        assert words in text


def test_a_client_does_not_read_the_notes_about_itself(alice: User, acme: Client, browse: Browse) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        ClientProfile.objects.create(client=acme, notes="Pays late.")
    text = browse(alice).get("/clients/acme/").content.decode()
    assert "Acme" in text
    assert "Pays late." not in text


def test_a_foreign_client_is_as_absent_as_one_that_never_was(delta: Client, alice: User, browse: Browse) -> None:
    browser = browse(alice)
    foreign, nothing = browser.get("/clients/delta-foods/"), browser.get("/clients/never-was/")
    assert (foreign.status_code, nothing.status_code) == (404, 404)


def test_omar_takes_on_a_client(omar: User, browse: Browse) -> None:
    browser = browse(omar)
    values = {"name": "Epsilon", "criticality": "low", "language": "tr", "timezone": "Europe/Istanbul"}
    refused = browser.post("/clients/new/", values | {"timezone": "Nowhere"})
    assert refused.status_code == 422
    assert "Epsilon" in refused.content.decode()
    assert browser.post("/clients/new/", values).headers["Location"] == "/clients/epsilon/"
    again = browser.post("/clients/new/", values)
    assert again.status_code == 422
    assert "Another client has this address" in again.content.decode()


def test_sites_and_people_are_kept_on_forms(delta: Client, omar: User, browse: Browse) -> None:
    browser = browse(omar)
    assert browser.post("/clients/delta-foods/sites/new/", {"name": "Bursa store", "country": "TR"}).status_code == 302
    with scoped(system_scope("tests")), transaction.atomic():
        site = Site.objects.get(name="Bursa store")
        contact = Contact.objects.get()
    assert browser.get(f"/clients/delta-foods/sites/{site.uid}/").status_code == 200
    assert browser.post(f"/clients/delta-foods/sites/{site.uid}/", {"name": "Bursa"}).status_code == 302
    assert browser.post(f"/clients/delta-foods/sites/{site.uid}/verb-archive/").status_code == 302
    person = f"/clients/delta-foods/people/{contact.uid}/"
    assert "derya@delta.example" in browser.get(person).content.decode()
    assert browser.post(person, {"name": "Derya", "email": "no"}).status_code == 422
    assert browser.post(f"{person}verb-erase/").status_code == 302
    assert "Derya" not in browser.get("/clients/delta-foods/").content.decode()
    assert (
        browser.post("/clients/delta-foods/people/new/", {"name": "Hakan", "phone": "+90 212 555 01 02"}).status_code
        == 302
    )


def test_archiving_needs_the_name_typed_out(delta: Client, omar: User, browse: Browse) -> None:
    browser = browse(omar)
    assert browser.post("/clients/delta-foods/archive/", {"reason": "over", "typed": "delta"}).status_code == 422
    assert browser.post("/clients/delta-foods/archive/", {"reason": "over", "typed": "delta-foods"}).status_code == 302
    assert "Archived" in browser.get("/clients/delta-foods/").content.decode()
    assert browser.post("/clients/delta-foods/verb-restore/").status_code == 302


def test_the_same_through_the_api(omar: User, browse: Browse) -> None:
    browser = browse(omar)
    made = browser.post("/api/v1/clients", {"name": "Zeta", "criticality": "high"}, content_type="application/json")
    assert (made.status_code, made.json()["slug"]) == (201, "zeta")
    bad = browser.post("/api/v1/clients", {"name": "Zeta 2", "timezone": "Nowhere"}, content_type="application/json")
    assert bad.status_code == 422
    assert bad.json()["error"]["fields"][0]["field"] == "timezone"
    site = browser.post("/api/v1/clients/zeta/sites", {"name": "Here"}, content_type="application/json").json()
    contact = {"name": "Derya", "phone": "+90 212 555 01 02", "site": site["uid"]}
    assert browser.post("/api/v1/clients/zeta/contacts", contact, content_type="application/json").status_code == 201
    assert [each["name"] for each in browser.get("/api/v1/clients/zeta/contacts").json()] == ["Derya"]
    assert [each["name"] for each in browser.get("/api/v1/clients?criticality=high").json()["items"]] == ["Zeta"]
    assert (
        browser.post("/api/v1/clients/zeta/archive", {"reason": "over"}, content_type="application/json").json()[
            "state"
        ]
        == "archived"
    )
    assert browser.get("/api/v1/clients/never-was").status_code == 404
