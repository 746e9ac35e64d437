# SPDX-License-Identifier: Apache-2.0
"""Signing in with a provider: the whole way with a real one, over HTTP, in its own process."""

import time
from collections.abc import Callable, Iterator
from uuid import UUID

import httpx
import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client as Browser

from steward.core.access.public import Denied, Refused, person_deactivate, person_erase, provider_add
from steward.core.audit.public import Entry
from steward.core.identity.models import ExternalIdentity, OidcProvider
from steward.core.identity.public import User
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.env import get_settings
from tests.core.identity.oidc_provider import away, consent, real_provider
from tests.fixtures.actors import Acting
from tests.fixtures.sign_in import totp_code

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with real_provider() as found:
        yield found


@pytest.fixture
def provider(issuer: str, olga: User, acting: Acting, monkeypatch: pytest.MonkeyPatch) -> OidcProvider:
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.1", "::1"])
    cache.clear()
    with acting(olga) as actor:
        return provider_add(actor=actor, name="Entra", issuer=issuer, client_id="steward", client_secret="geheim")


def go(browser: Browser, provider: OidcProvider, subject: str, **given: str):
    page = browser.post(f"/accounts/oidc/{provider.uid}/begin/", given)
    assert page.status_code == 200, page.content
    said = consent(away(page.content.decode()), subject)
    return browser.get(f"/accounts/oidc/{provider.uid}/callback/", said), said


def signed_in(browser: Browser) -> bool:
    return "_auth_user_id" in browser.session


def linked(browse: Browse, person: User, provider: OidcProvider, subject: str) -> Browser:
    browser = browse(person)
    answer, _ = go(browser, provider, subject)
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    return browser


def test_who_linked_it_signs_in_with_it_and_lands_where_they_wanted(
    provider: OidcProvider, alice: User, browse: Browse
) -> None:
    linked(browse, alice, provider, "alice-at-entra")
    stranger = Browser()
    assert "Sign in with Entra" in stranger.get("/accounts/login/").content.decode()
    assert [message.subject for message in mail.outbox] == ["Entra signs you in from now on"]
    answer, _ = go(stranger, provider, "alice-at-entra", next="/clients/")
    assert (answer.status_code, answer["Location"]) == (302, "/clients/")
    assert stranger.session["_auth_user_id"] == str(alice.pk)
    with scoped(system_scope("tests")), transaction.atomic():
        assert Entry.objects.filter(kind="identity.session.begin").latest("pk").params["means"] == ["oidc"]
    assert ExternalIdentity.objects.get().used_at is not None
    stranger.post("/accounts/logout/")
    assert not signed_in(stranger)


def test_nobody_is_let_in_by_an_e_mail_address(provider: OidcProvider, issuer: str, alice: User) -> None:
    # The provider says of a stranger that the address of Alice is theirs, and verified.
    claims = {"email": alice.email, "email_verified": True, "preferred_username": alice.email}
    assert httpx.put(f"{issuer}/users/mallory", json=claims).status_code == 204
    for subject in ("mallory", alice.email):
        browser = Browser()
        answer, _ = go(browser, provider, subject)
        assert answer.status_code == 403
        assert "links nothing" in answer.content.decode()
        assert not signed_in(browser)
    assert not ExternalIdentity.objects.exists()
    assert User.objects.count() == 2


def test_staff_are_asked_for_their_second_factor_unless_the_operator_says_that_the_providers_counts(
    provider: OidcProvider, issuer: str, tess: User, browse: Browse
) -> None:
    linked(browse, tess, provider, "tess-at-entra")
    browser = Browser()
    answer, _ = go(browser, provider, "tess-at-entra")
    assert answer["Location"].endswith("/accounts/2fa/authenticate/")
    assert not signed_in(browser)
    assert browser.get("/people/").status_code == 302
    assert browser.post("/accounts/2fa/authenticate/", {"code": totp_code()}).status_code == 302
    assert signed_in(browser)
    # The provider says that it saw one. Nobody asked for that to count, until the operator does.
    httpx.put(f"{issuer}/users/tess-at-entra", json={"amr": ["pwd", "mfa"]})
    for means, inside in (([], False), (["hwk"], False), (["mfa"], True)):
        OidcProvider.objects.update(factor_means=means)
        browser = Browser()
        go(browser, provider, "tess-at-entra")
        assert signed_in(browser) is inside


def test_a_link_is_made_by_who_is_signed_in_and_has_just_shown_it(
    provider: OidcProvider, alice: User, bob: User, browse: Browse
) -> None:
    browser = browse(alice)
    assert "Entra" in browser.get("/account/").content.decode()
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 301}]
    session.save()
    stale = browser.post(f"/accounts/oidc/{provider.uid}/begin/")
    assert (stale.status_code, "reauthenticate" in stale["Location"]) == (302, True)
    linked(browse, alice, provider, "alice-at-entra")
    # Another person can't have it too, and Alice not a second one of the same provider.
    for person, subject in ((bob, "alice-at-entra"), (alice, "other-at-entra")):
        browser = browse(person)
        answer, _ = go(browser, provider, subject)
        assert answer.status_code == 403
    assert [(each.person, each.subject) for each in ExternalIdentity.objects.all()] == [(alice, "alice-at-entra")]
    browser = browse(bob)
    uid = ExternalIdentity.objects.get().uid
    assert browser.post("/account/verb-unlink/", {"uid": str(uid)}).status_code == 404
    assert browse(alice).post("/account/verb-unlink/", {"uid": str(uid)}).status_code == 302
    answer, _ = go(Browser(), provider, "alice-at-entra")
    assert answer.status_code == 403


def test_who_was_switched_off_or_erased_or_whose_provider_was_does_not_get_in(
    provider: OidcProvider, olga: User, alice: User, browse: Browse, acting: Acting
) -> None:
    linked(browse, alice, provider, "alice-at-entra")
    OidcProvider.objects.update(enabled=False)
    assert Browser().post(f"/accounts/oidc/{provider.uid}/begin/").status_code == 404
    assert "Sign in with Entra" not in Browser().get("/accounts/login/").content.decode()
    OidcProvider.objects.update(enabled=True)
    with acting(olga) as actor:
        person_deactivate(alice, actor=actor)
    browser = Browser()
    answer, _ = go(browser, provider, "alice-at-entra")
    assert (answer.status_code, signed_in(browser)) == (403, False)
    with acting(olga) as actor:
        person_erase(alice, actor=actor)
    assert not ExternalIdentity.objects.exists()


def test_a_provider_is_the_owners_to_add_is_asked_who_it_is_and_keeps_its_secret(
    provider: OidcProvider, issuer: str, olga: User, omar: User, acting: Acting, browse: Browse
) -> None:
    given = {"name": "Second", "issuer": issuer, "client_id": "a", "client_secret": "b"}
    with pytest.raises(Denied), acting(omar) as actor:
        provider_add(actor=actor, **given)
    for field, wrong in (
        ("name", {}),  # the issuer is there already
        ("name", {"name": " "}),
        ("issuer", {"issuer": "nonsense"}),
        ("issuer", {"issuer": f"{issuer}/"}),  # it calls itself otherwise
        ("issuer", {"issuer": "http://10.0.0.1"}),
        ("client_secret", {"client_secret": ""}),
    ):
        with pytest.raises(Refused, match=field), acting(olga) as actor:
            provider_add(actor=actor, **given | wrong)
    browser, at = browse(olga), f"/people/sign-in/{provider.uid}/"
    page = browser.get(at).content.decode()
    assert f"/accounts/oidc/{provider.uid}/callback/" in page
    changed = browser.post(
        at, {"name": "Entra ID", "client_id": "new", "client_secret": "", "factor_means": "mfa\nhwk"}
    )
    assert changed.status_code == 302
    shown = browser.get(f"/api/v1/sign-in-providers/{provider.uid}").json()
    assert (shown["name"], shown["factor_means"]) == ("Entra ID", ["hwk", "mfa"])
    for path in (at, "/people/sign-in/", "/api/v1/sign-in-providers", "/audit/"):
        assert b"geheim" not in browser.get(path).content
    with connection.cursor() as cursor:
        cursor.execute("select json_agg(p)::text from identity_oidcprovider p")
        assert "geheim" not in cursor.fetchone()[0]
    assert browse(omar).get("/people/sign-in/").status_code == 200
    assert browse(omar).get(at).status_code == 403


def test_what_leads_to_no_provider_is_not_there(provider: OidcProvider) -> None:
    nobody = UUID(int=1)
    assert Browser().post(f"/accounts/oidc/{nobody}/begin/").status_code == 404
    assert Browser().get(f"/accounts/oidc/{provider.uid}/begin/").status_code == 405
    assert Browser().get(f"/accounts/oidc/{nobody}/callback/").status_code == 404
