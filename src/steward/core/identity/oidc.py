# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect as a relying party: the authorization code flow with PKCE, state and nonce, and what must hold of an ID token.

Every request goes by `core.outward`; what comes back is hostile until it was checked. Nothing here knows persons.

OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7; RFC 7636 (PKCE, S256); RFC 9207 (the issuer in the answer)."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import jwt
from django.utils.crypto import constant_time_compare

from steward.core.outward.public import Question, Unreached, ask

# Signatures by a key that only the provider has. Never `none`, and never an HMAC: its key is known to both sides.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
SCOPE: Final = "openid"
TIMEOUT: Final = 8.0  # seconds for each of three requests, while somebody waits
LEEWAY: Final = 60  # seconds that the provider's clock may be off
OLDEST: Final = 600  # seconds since a token was issued; it was made for the request of a moment ago
SUBJECT_MAX: Final = 255  # as the standard has it
RANDOM_BYTES: Final = 32


class Untrusted(Exception):
    """What the provider said can't be believed, or it can't be asked. `code` says why, for the log; never a word of the token."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Metadata:
    """What of a provider's discovery document is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    by_post: bool  # the client's secret goes in the body, since the provider takes no Basic
    names_itself: bool  # it says in its answer who it is (RFC 9207)


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at a provider."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """The secrets of one sign-in, kept in the session until its answer comes, and for one answer."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """Who the provider says that signed in, by issuer and subject, and by which means (`amr` and `acr` together)."""

    issuer: str
    subject: str
    means: frozenset[str]


def new_attempt() -> Attempt:
    """Fresh secrets; 256 bits each."""
    return Attempt(*(secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3)))


def discover(issuer: str) -> Metadata:
    """What the provider `issuer` says of itself, which must be about this very issuer. Raises Untrusted."""
    said = _asked_json(Question(f"{issuer.rstrip('/')}/.well-known/openid-configuration"), "discovery")
    if said.get("issuer") != issuer:
        raise Untrusted("discovery_of_another_issuer")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    ends = {name: str(said[name]) for name in names if _is_address(said.get(name), issuer)}
    if len(ends) < len(names):
        raise Untrusted("discovery_incomplete")
    means = said.get("token_endpoint_auth_methods_supported")
    by_post = isinstance(means, list) and "client_secret_basic" not in means and "client_secret_post" in means
    names_itself = said.get("authorization_response_iss_parameter_supported") is True
    return Metadata(issuer=issuer, **ends, by_post=by_post, names_itself=names_itself)


def authorization_address(provider: Metadata, client: Client, attempt: Attempt) -> str:
    """Where the browser is sent."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
    )
    return provider.authorization_endpoint + ("&" if "?" in provider.authorization_endpoint else "?") + query


def answered(provider: Metadata, attempt: Attempt, said: Mapping[str, str]) -> str:
    """The code in what the browser brought back. Raises Untrusted."""
    if not constant_time_compare(said.get("state", ""), attempt.state):
        raise Untrusted("state")
    if (provider.names_itself or "iss" in said) and said.get("iss") != provider.issuer:
        raise Untrusted("answer_of_another_issuer")
    if "error" in said:
        raise Untrusted("refused_by_the_provider")
    if not said.get("code"):
        raise Untrusted("no_code")
    return said["code"]


def redeem(provider: Metadata, client: Client, attempt: Attempt, code: str) -> Proof:
    """Exchange a code for an ID token, and believe it only after every check. Raises Untrusted."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": attempt.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if provider.by_post:
        form |= {"client_id": client.client_id, "client_secret": client.secret}
    else:
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    said = _asked_json(Question(provider.token_endpoint, "POST", headers, urlencode(form).encode()), "token")
    token = said.get("id_token")
    if not isinstance(token, str):
        raise Untrusted("no_id_token")
    return believed(token, keys_of(provider), client, attempt)


def keys_of(provider: Metadata) -> list[dict[str, Any]]:
    """The keys that the provider signs with, as it publishes them now. Raises Untrusted."""
    keys = _asked_json(Question(provider.jwks_uri), "keys").get("keys")
    if not isinstance(keys, list):
        raise Untrusted("no_keys")
    return [each for each in keys if isinstance(each, dict) and each.get("use", "sig") == "sig"]


def believed(token: str, keys: list[dict[str, Any]], client: Client, attempt: Attempt) -> Proof:
    """What an ID token says, after its signature, issuer, audience, times and nonce were checked. Raises Untrusted."""
    try:
        head = jwt.get_unverified_header(token)
        if head.get("alg") not in ALGORITHMS:
            raise Untrusted("algorithm")
        claims = jwt.decode(
            token,
            jwt.PyJWK.from_dict(_key_for(head, keys), algorithm=head["alg"]).key,
            algorithms=[head["alg"]],
            audience=client.client_id,
            issuer=client.issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
        )
        _check(claims, client, attempt)
    except (jwt.PyJWTError, ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as wrong:
        # Whatever the library makes of a provider's nonsense: times without end, half a letter, a private key to check with.
        raise Untrusted(f"token_{type(wrong).__name__}") from None
    amr = claims.get("amr")
    said = {each for each in (*(amr if isinstance(amr, list) else ()), claims.get("acr")) if isinstance(each, str)}
    return Proof(client.issuer, claims["sub"], frozenset(said))


def _check(claims: dict[str, Any], client: Client, attempt: Attempt) -> None:
    if not (isinstance(claims["nonce"], str) and constant_time_compare(claims["nonce"], attempt.nonce)):
        raise Untrusted("nonce")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client.client_id:
        raise Untrusted("authorized_party")
    if claims["iat"] < time.time() - OLDEST - LEEWAY:
        raise Untrusted("token_old")
    subject = claims["sub"]
    if not (isinstance(subject, str) and 0 < len(subject) <= SUBJECT_MAX and subject.isprintable()):
        raise Untrusted("subject")


def _key_for(head: dict[str, Any], keys: list[dict[str, Any]]) -> dict[str, Any]:
    named = [each for each in keys if "kid" not in head or each.get("kid") == head["kid"]]
    fitting = [each for each in named if each.get("alg", head["alg"]) == head["alg"] and each.get("kty") != "oct"]
    if len(fitting) != 1:
        raise Untrusted("no_such_key")
    return fitting[0]


def _asked_json(question: Question, what: str) -> dict[str, Any]:
    try:
        reply = ask(question, timeout=TIMEOUT)
        said = json.loads(reply.body) if reply.status == 200 else None
    except Unreached as unreached:
        raise Untrusted(f"{what}_{unreached.code}") from None
    except (ValueError, RecursionError):
        raise Untrusted(f"{what}_not_json") from None
    if not isinstance(said, dict):
        raise Untrusted(f"{what}_refused")
    return said


def _is_address(text: object, issuer: str) -> bool:
    if not isinstance(text, str):
        return False
    # A provider by plain http stands in a network that the operator listed; one by https leads to nothing less.
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return False
    return scheme == "https" or (scheme == "http" and urlsplit(issuer).scheme == "http")
