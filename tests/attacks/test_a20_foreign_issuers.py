# SPDX-License-Identifier: Apache-2.0
"""A20, of providers: a token that is unsigned, signed by another, of another issuer or for another, played again or begun elsewhere
signs nobody in. The provider here lies over real HTTP, as each case says; the truth, told by the same provider, gets in."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache
from django.db import transaction
from django.test import Client as Browser

from steward.core.access.public import provider_add
from steward.core.audit.public import Entry
from steward.core.identity.models import ExternalIdentity, OidcProvider
from steward.core.identity.public import User
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.env import get_settings
from tests.core.identity.oidc_provider import Liar, away
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db
Lie = Callable[[Liar], Any]


@pytest.fixture
def liar(monkeypatch: pytest.MonkeyPatch) -> Iterator[Liar]:
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.1"])
    cache.clear()
    server = Liar()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def provider(liar: Liar, olga: User, alice: User, acting: Acting) -> OidcProvider:
    """Alice is the subject s-1 of it."""
    with acting(olga) as actor:
        made = provider_add(
            actor=actor, name="Liar", issuer=liar.issuer, client_id="steward", client_secret="word/+& and more"
        )
    ExternalIdentity.objects.create(provider=made, subject="s-1", person=alice)
    return made


def begin(browser: Browser, provider: OidcProvider) -> str:
    return away(browser.post(f"/accounts/oidc/{provider.uid}/begin/").content.decode())


def come_back(browser: Browser, provider: OidcProvider, said: dict[str, str]) -> bool:
    """Whether the answer signed somebody in."""
    answer = browser.get(f"/accounts/oidc/{provider.uid}/callback/", said)
    inside = "_auth_user_id" in browser.session
    assert (answer.status_code == 302) is inside
    return inside


def reasons() -> list[str]:
    with scoped(system_scope("tests")), transaction.atomic():
        found = Entry.objects.filter(kind="identity.sign_in.fail").order_by("pk")
        return [each.params["why"] for each in found]


def test_the_truth_gets_in_with_the_proofs_that_the_standard_asks_for(
    liar: Liar, provider: OidcProvider, alice: User
) -> None:
    browser = Browser()
    address = begin(browser, provider)
    assert "code_challenge_method=S256" in address
    assert "response_type=code" in address
    assert come_back(browser, provider, liar.answer(address))
    assert browser.session["_auth_user_id"] == str(alice.pk)
    ((basic, said),) = liar.asked
    assert basic == "steward:word%2F%2B%26+and+more"
    assert (said["grant_type"], len(said["code_verifier"]) >= 43) == ("authorization_code", True)
    assert said["redirect_uri"] == f"{get_settings().base_url}/accounts/oidc/{provider.uid}/callback/"


OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def unsigned(liar: Liar) -> None:
    _head, body, _ = liar.id_token().split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "one"}).encode()).rstrip(b"=").decode()
    liar.token = f"{none}.{body}."


def cut_signature(liar: Liar) -> None:
    liar.token = liar.id_token().rpartition(".")[0] + "."


def changed_body(liar: Liar) -> None:
    liar.claims = {"sub": "s-2"}
    head, body, signature = liar.id_token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "s-1"}).encode()).rstrip(b"=").decode()
    liar.token = f"{head}.{forged}.{signature}"


def public_key_as_hmac(liar: Liar) -> None:
    pem = liar.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = liar.id_token().split(".")[1]
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "one"}).encode()).rstrip(b"=").decode()
    mac = hmac.new(pem, f"{head}.{body}".encode(), "sha256").digest()
    liar.token = f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def own_key_in_the_head(liar: Liar) -> None:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_KEY.public_key()))
    liar.signs_with, liar.head = OTHER_KEY, {"kid": "one", "jwk": key}


def lies(**claims: Any) -> Lie:
    return lambda liar: setattr(liar, "claims", claims)


def heads(**head: Any) -> Lie:
    return lambda liar: setattr(liar, "head", {"kid": "one"} | head)


def private_key(liar: Liar) -> None:
    """The provider publishes its private key where a public one belongs."""
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(liar.key)) | {"kid": "one", "use": "sig", "alg": "RS256"}
    liar.keys = lambda: {"keys": [own]}  # type: ignore[method-assign]  # a lie about its keys


LIES: dict[str, tuple[Lie, str]] = {
    "unsigned": (unsigned, "algorithm"),
    "signature cut off": (cut_signature, "token_InvalidSignatureError"),
    "body changed after it was signed": (changed_body, "token_InvalidSignatureError"),
    "another key": (lambda liar: setattr(liar, "signs_with", OTHER_KEY), "token_InvalidSignatureError"),
    "another key, brought along": (own_key_in_the_head, "token_InvalidSignatureError"),
    "a key of no name that is known": (heads(kid="two"), "no_such_key"),
    "the public key as a shared one": (public_key_as_hmac, "algorithm"),
    "what must be understood and is not": (heads(crit=["x"], x=1), "token_InvalidTokenError"),
    "another issuer": (lies(iss="https://accounts.example"), "token_InvalidIssuerError"),
    "the issuer with a slash": (lambda liar: setattr(liar, "claims", {"iss": f"{liar.issuer}/"}), "token_InvalidIssuerError"),
    "for another client": (lies(aud="other"), "token_InvalidAudienceError"),
    "for several, and made for another": (lies(aud=["steward", "other"], azp="other"), "authorized_party"),
    "for several, and nobody said for whom": (lies(aud=["steward", "other"]), "authorized_party"),
    "for us, made for another": (lies(azp="other"), "authorized_party"),
    "expired": (lies(exp=int(time.time()) - 3600), "token_ExpiredSignatureError"),
    "of long ago": (lies(iat=int(time.time()) - 3600), "token_old"),
    "of tomorrow": (lies(iat=int(time.time()) + 86400), "token_ImmatureSignatureError"),
    "without a nonce": (lies(nonce=...), "token_MissingRequiredClaimError"),
    "with the nonce of another": (lies(nonce="x" * 43), "nonce"),
    "with a list for a nonce": (lies(nonce=["x"]), "nonce"),
    "without a subject": (lies(sub=...), "token_MissingRequiredClaimError"),
    "with an empty subject": (lies(sub=""), "subject"),
    "with a subject that is no text": (lies(sub=1), "token_InvalidSubjectError"),
    "without an end": (lies(exp=...), "token_MissingRequiredClaimError"),
    "with a private key to check with": (private_key, "token_AttributeError"),
    "of a time that is a text": (lies(iat=str(int(time.time()))), "token_TypeError"),
    "with no end that a calendar has": (lies(exp=float("inf")), "token_DecodeError"),
    "with half a letter for a nonce": (lies(nonce="\ud800"), "token_UnicodeEncodeError"),
    "with half a letter for a subject": (lies(sub="\ud800"), "subject"),
    "no token at all": (lambda liar: setattr(liar, "token", ""), "token_DecodeError"),
    "nonsense": (lambda liar: setattr(liar, "token", "a.b.c"), "token_DecodeError"),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_token_that_is_not_what_it_must_be_signs_nobody_in(liar: Liar, provider: OidcProvider, name: str) -> None:
    tell_lie, why = LIES[name]
    browser = Browser()
    said = liar.answer(begin(browser, provider))
    tell_lie(liar)
    assert not come_back(browser, provider, said)
    assert reasons() == [why]


def test_an_answer_is_taken_once_and_by_the_browser_that_asked(liar: Liar, provider: OidcProvider) -> None:
    first, victim = Browser(), Browser()
    said = liar.answer(begin(first, provider))
    # Somebody else's answer, put before a victim who began nothing, and one who began something else.
    assert not come_back(victim, provider, said)
    begin(victim, provider)
    assert not come_back(victim, provider, said)
    # A wrong answer uses the attempt up: nobody guesses twice.
    assert not come_back(first, provider, said | {"state": "x"})
    assert not come_back(first, provider, said)
    said = liar.answer(begin(first, provider))
    assert come_back(first, provider, said)
    first.post("/accounts/logout/")
    assert not come_back(first, provider, said)
    assert set(reasons()) == {"no_attempt", "state"}


def test_a_flood_of_answers_that_nobody_asked_for_is_not_written_down_for_good(provider: OidcProvider) -> None:
    browser = Browser()
    told = [browser.get(f"/accounts/oidc/{provider.uid}/callback/").status_code for _each in range(60)]
    assert (told[0], told[-1]) == (403, 429)
    assert len(reasons()) == told.count(403) <= 30
    # Nor does whoever sends a browser there keep its person from signing in.
    assert browser.post(f"/accounts/oidc/{provider.uid}/begin/").status_code == 200


def test_an_answer_that_comes_too_late_or_after_somebody_signed_in_is_stale(
    liar: Liar, provider: OidcProvider, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Browser()
    said = liar.answer(begin(late, provider))
    session = late.session
    session["steward_oidc"] = session["steward_oidc"] | {"at": time.time() - 601}
    session.save()
    assert not come_back(late, provider, said)
    # Begun as a stranger, ended in Bob's session: neither a sign-in nor a link.
    browser = Browser()
    said = liar.answer(begin(browser, provider))
    kept = browser.session["steward_oidc"]
    browser.force_login(bob)
    session = browser.session
    session["steward_oidc"] = kept
    session.save()
    assert browser.get(f"/accounts/oidc/{provider.uid}/callback/", said).status_code == 403
    assert browser.session["_auth_user_id"] == str(bob.pk)
    assert ExternalIdentity.objects.count() == 1
    assert reasons() == ["no_attempt", "no_attempt"]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"issuer": "https://accounts.example"}, "discovery_of_another_issuer"),
        ({"token_endpoint": "file:///etc/passwd"}, "discovery_incomplete"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "discovery_incomplete"),
        ({"jwks_uri": None}, "discovery_incomplete"),
        ({"jwks_uri": "https://[half"}, "discovery_incomplete"),
    ],
)
def test_a_provider_that_describes_itself_otherwise_is_asked_nothing(
    liar: Liar, provider: OidcProvider, found: dict[str, Any], why: str
) -> None:
    liar.found = found
    answer = Browser().post(f"/accounts/oidc/{provider.uid}/begin/")
    assert answer.status_code == 403
    assert b"javascript:" not in answer.content
    assert (reasons(), liar.asked) == ([why], [])


def test_keys_from_an_inner_address_are_not_fetched(liar: Liar, provider: OidcProvider) -> None:
    browser = Browser()
    said = liar.answer(begin(browser, provider))
    liar.found = {"jwks_uri": f"http://127.0.0.2:{liar.server_port}/keys"}
    assert not come_back(browser, provider, said)
    assert reasons() == ["keys_address_forbidden"]


def test_an_answer_that_names_another_issuer_is_refused_before_anything_is_sent(
    liar: Liar, provider: OidcProvider
) -> None:
    liar.found = {"authorization_response_iss_parameter_supported": True}
    for other, inside in (({"iss": "https://accounts.example"}, False), ({}, False), ({"iss": liar.issuer}, True)):
        browser = Browser()
        said = liar.answer(begin(browser, provider), **other)
        assert come_back(browser, provider, said) is inside
    assert len(liar.asked) == 1
    assert reasons() == ["answer_of_another_issuer"] * 2


def test_the_same_subject_of_another_issuer_is_somebody_else(
    liar: Liar, provider: OidcProvider, olga: User, acting: Acting
) -> None:
    second = Liar()
    with acting(olga) as actor:
        made = provider_add(actor=actor, name="Second", issuer=second.issuer, client_id="steward", client_secret="x")
    browser = Browser()
    assert not come_back(browser, made, second.answer(begin(browser, made)))
    # An answer for one provider brought to the other's address.
    browser = Browser()
    said = liar.answer(begin(browser, provider))
    assert not come_back(browser, made, said)
    assert reasons() == ["unknown", "no_attempt"]
    second.shutdown()
    second.server_close()


def test_after_signing_in_nobody_is_led_away_and_the_session_is_a_new_one(liar: Liar, provider: OidcProvider) -> None:
    browser = Browser()
    page = browser.post(f"/accounts/oidc/{provider.uid}/begin/", {"next": "https://evil.example/"})
    before = browser.session.session_key
    answer = browser.get(f"/accounts/oidc/{provider.uid}/callback/", liar.answer(away(page.content.decode())))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.session.session_key != before
    assert "steward_oidc" not in browser.session
