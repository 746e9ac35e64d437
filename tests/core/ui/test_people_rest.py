# SPDX-License-Identifier: Apache-2.0
"""People over the API: what the console does with them, by the same writes and with the same refusals."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from steward.core.access.public import Role, token_mint
from steward.core.audit.public import Entry
from steward.core.identity.public import ExternalIdentity, OidcProvider, User, sessions_of
from steward.core.tenancy.public import Client
from tests.fixtures.actors import acting_as
from tests.fixtures.sign_in import known_session

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]
INVITED = {"email": "new.person@msp.example", "name": "New Person", "roles": ["technician_l1"]}


def ask(browser: Browser, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
    said = json.dumps({} if body is None else body)
    return browser.generic(  # type: ignore[return-value]  # a response of the test client
        method, f"/api/v1/people{path}", said, content_type="application/json", headers=headers
    )


def field_of(answer: HttpResponse) -> str:
    return str(json.loads(answer.content)["error"]["fields"][0]["field"])


@pytest.fixture
def linked(tess: User) -> ExternalIdentity:
    provider = OidcProvider.objects.create(
        name="Entra", issuer="https://login.example", client_id="steward", sealed_secret="x"
    )
    return ExternalIdentity.objects.create(provider=provider, subject="tess", person=tess)


def test_somebody_is_invited_and_shown(olga: User, acme: Client, browse: Browse) -> None:
    browser = browse(olga)
    answer = ask(browser, "POST", "", INVITED | {"clients": ["acme"]})
    assert answer.status_code == 201, answer.content
    made = json.loads(answer.content)
    assert (made["roles"], made["clients"], made["all_clients"]) == (["technician_l1"], ["acme"], False)
    assert json.loads(ask(browser, "GET", f"/{made['uid']}").content) == made
    assert mail.outbox[0].to == ["new.person@msp.example"]


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_list_names_roles_as_the_rest_of_the_api_does_and_the_page_words_them(
    olga: User, browse: Browse, language: str
) -> None:
    User.objects.filter(pk=olga.pk).update(language=language)
    browser = browse(olga)
    listed = json.loads(ask(browser, "GET", "").content)["items"]
    assert [each["roles"] for each in listed] == [["owner"]]
    assert {"en": "Owner", "tr": "Sahip"}[language] in browser.get("/people/").content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"name": " "}, "name"),
        ({"roles": []}, "roles"),
        ({"roles": ["emperor"]}, "roles"),
        ({"roles": ["client_user"]}, "roles"),
        ({"client": "nowhere"}, "client"),
        ({"clients": ["nowhere"]}, "clients"),
        ({"all_clients": True, "clients": ["acme"]}, "clients"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_wrong_invitation_names_its_field(
    olga: User, acme: Client, browse: Browse, changes: dict[str, object], field: str
) -> None:
    answer = ask(browse(olga), "POST", "", INVITED | changes)
    assert answer.status_code == 422
    assert field in field_of(answer)
    assert User.objects.count() == 1
    assert mail.outbox == []


def test_the_same_invitation_sent_twice_is_one(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    first, second = (ask(browser, "POST", "", INVITED, **{"Idempotency-Key": "k-1"}) for _each in range(2))
    assert (first.status_code, second.status_code, first.content) == (201, 201, second.content)
    assert len(mail.outbox) == 1


def test_roles_and_clients_are_set(olga: User, tess: User, acme: Client, birch: Client, browse: Browse) -> None:
    browser = browse(olga)
    changed = json.loads(ask(browser, "PUT", f"/{tess.uid}/roles", {"roles": ["dispatcher", "billing"]}).content)
    assert changed["roles"] == ["billing", "dispatcher"]
    changed = json.loads(
        ask(browser, "PUT", f"/{tess.uid}/clients", {"all_clients": False, "clients": ["acme", "birch"]}).content
    )
    assert (changed["all_clients"], changed["clients"]) == (False, ["acme", "birch"])


def test_the_last_owner_keeps_their_role_and_their_access(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    for method, path, body in (
        ("PUT", f"/{olga.uid}/roles", {"roles": ["auditor"]}),
        ("POST", f"/{olga.uid}/deactivate", {}),
    ):
        answer = ask(browser, method, path, body)
        assert (answer.status_code, field_of(answer)) == (422, "roles")


def test_access_ends_and_is_given_again(olga: User, tess: User, browse: Browse) -> None:
    hers = known_session(tess)
    assert json.loads(ask(browse(olga), "POST", f"/{tess.uid}/deactivate").content)["active"] is False
    assert hers.get("/account/").status_code == 302
    assert json.loads(ask(browse(olga), "POST", f"/{tess.uid}/activate").content)["active"] is True


def test_somebody_is_signed_out_everywhere(olga: User, tess: User, browse: Browse) -> None:
    known_session(tess), known_session(tess)
    assert json.loads(ask(browse(olga), "DELETE", f"/{tess.uid}/sessions").content) == {"ended": 2}
    assert sessions_of(tess) == []


def test_the_invitation_is_sent_again_to_who_never_came(olga: User, tess: User, browse: Browse) -> None:
    assert ask(browse(olga), "POST", f"/{tess.uid}/invitation").status_code == 200
    assert mail.outbox[0].to == [tess.email]
    User.objects.filter(pk=tess.pk).update(last_login=timezone.now())
    answer = ask(browse(olga), "POST", f"/{tess.uid}/invitation")
    assert (answer.status_code, field_of(answer)) == (422, "person")
    User.objects.filter(pk=tess.pk).update(last_login=None, is_active=False)
    assert ask(browse(olga), "POST", f"/{tess.uid}/invitation").status_code == 422
    assert len(mail.outbox) == 1
    with acting_as(olga):
        assert Entry.objects.filter(kind="people.person.invite_again", record_id=str(tess.uid)).count() == 1


def test_a_link_is_taken_away_by_who_manages_people(
    olga: User, tess: User, linked: ExternalIdentity, browse: Browse
) -> None:
    browser = browse(olga)
    assert json.loads(ask(browser, "GET", f"/{tess.uid}").content)["links"] == [
        {"uid": str(linked.uid), "provider": "Entra"}
    ]
    # Another person's link is as unknown as nobody's.
    for person, link in ((olga.uid, linked.uid), (tess.uid, uuid4())):
        assert ask(browser, "DELETE", f"/{person}/links/{link}").status_code == 404
    assert ask(browser, "DELETE", f"/{tess.uid}/links/{linked.uid}").status_code == 204
    assert not ExternalIdentity.objects.exists()
    with acting_as(olga):
        row = Entry.objects.get(kind="identity.external.unlink")
    assert (row.actor_id, row.record_id, row.params["provider"]) == (olga.pk, str(tess.uid), "Entra")


def test_the_page_of_a_person_takes_a_link_away(
    olga: User, aud: User, tess: User, linked: ExternalIdentity, browse: Browse
) -> None:
    address = f"/people/{tess.uid}/"
    assert "Unlink" not in browse(aud).get(address).content.decode()
    browser = browse(olga)
    assert "Unlink" in browser.get(address).content.decode()
    headers = {"HX-Request": "true", "HX-Target": "main"}
    answer = browser.post(f"{address}verb-unlink/", {"uid": str(linked.uid)}, headers=headers)
    assert "Entra does not sign Tess Technician in any more." in answer["HX-Trigger"]
    assert "Unlink" not in answer.content.decode()
    assert browser.post(f"{address}verb-unlink/", {"uid": str(linked.uid)}, headers=headers).status_code == 404


def test_nobody_is_erased_by_a_wrong_identifier(olga: User, tess: User, browse: Browse) -> None:
    answer = ask(browse(olga), "POST", f"/{tess.uid}/erase", {"email": "somebody@else.example"})
    assert (answer.status_code, field_of(answer)) == (422, "email")
    assert ask(browse(olga), "POST", f"/{tess.uid}/erase", {"email": tess.email.upper()}).status_code == 204
    assert User.objects.get(pk=tess.pk).erased_at is not None


def test_a_token_gives_nothing_that_it_lacks(olga: User, tess: User, acme: Client) -> None:
    with acting_as(olga) as actor:
        until = timezone.now() + timedelta(days=1)
        _token, text = token_mint(
            actor=actor, name="hr", permissions=["people.manage", "people.view"], clients=None, expires_at=until
        )
    answer = ask(Browser(), "PUT", f"/{tess.uid}/roles", {"roles": [Role.OWNER.value]}, Authorization=f"Bearer {text}")
    assert answer.status_code == 403
    answer = ask(Browser(), "POST", "", INVITED, Authorization=f"Bearer {text}")
    assert answer.status_code == 403
    assert User.objects.filter(email=INVITED["email"]).count() == 0
