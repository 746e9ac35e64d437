# SPDX-License-Identifier: Apache-2.0
"""A2: no address answers a stranger but those listed here by hand; none is without a policy."""

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from steward.core.rest.limits import buckets
from tests.architecture.checks.findings import assert_none
from tests.attacks.sweep.routes import METHODS, Route, regex_patterns, routes

# What a stranger may be answered, and why.
OPEN = {
    "healthz": "says only that the process lives",
    "readyz": "says which part is up",
    "account_login": "to sign in",
    "account_logout": "to sign out, which a stranger has done already",
    "account_signup": "says that there is no sign-up",
    "account_inactive": "says that an account is closed",
    "account_reset_password": "to ask for a link",
    "account_reset_password_done": "says that a link was sent, whether or not",
    "account_reset_password_from_key_done": "says that a password was set",
    "account_confirm_login_code": "there is no such way in",
    "account_email_verification_sent": "says that a mail was sent",
    "mfa_login_webauthn": "to sign in with a passkey",
    "oidc_begin": "to sign in with a provider",
    "oidc_callback": "to come back from a provider; says nothing without the answer to what this browser asked",
    "api.nothing": "404 in the interface's shape",
    "ui.csp_report": "browsers report violations without cookies",
    "oncall.answer": "somebody on call at night, by a link for one person and one page; says nothing without the right key",
}
REGEX = {
    "^api(?:/.*)?$": "404 in the interface's shape",
    "^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[-0-9A-Za-z]{1,80})/$": "a signed key",
}
# Endpoints that prove their caller by other means than an account, in their body or headers.
SELF_PROVING = {"api.agent.enroll", "api.agent.status"}
REFUSED = {401, 403, 404, 405}
ANY = "00000000-0000-7000-8000-000000000000"


def specimen(route: Route) -> str:
    """An address of the route with identifiers that fit and belong to nobody."""
    return route.path(
        {
            name: ANY if "uuid:" + name in route.pattern else "1" if "int:" + name in route.pattern else "none"
            for name in route.params
        }
    )


@pytest.mark.django_db
@pytest.mark.parametrize("route", routes(), ids=lambda route: route.name)
def test_a_stranger_is_refused(route: Route, client: Browser) -> None:
    buckets.clear()  # so many addresses in so little time would otherwise all be refused for their number
    path = specimen(route)
    for method in METHODS:
        answer = client.generic(method, path)
        if route.name in OPEN:
            assert answer.status_code < 500 or route.name == "readyz", (method, path)
            continue
        to_sign_in = answer.status_code == 302 and "/accounts/login/" in answer["Location"]
        refused = answer.status_code in REFUSED or (
            route.name in SELF_PROVING and answer.status_code in {400, 415, 422, 429}
        )
        assert to_sign_in or refused, f"{method} {path}: {answer.status_code}"


def test_every_regular_expression_is_known() -> None:
    assert set(regex_patterns()) <= set(REGEX)


def unclassified(found: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    """Routes of ours that carry no permission: pages, endpoints, and everything else that is not in OPEN."""
    findings = []
    for each in found:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            findings += unclassified(each.url_patterns, pattern)
        elif not pattern.startswith(("accounts/", "^accounts/")) and each.name not in {*OPEN, "metrics"}:
            declared = hasattr(each.callback, "steward_permission") or hasattr(each.callback, "steward_endpoints")
            findings += [] if declared else [f"/{pattern} ({each.name}): no policy"]
    return findings


def test_no_route_is_without_a_policy() -> None:
    assert_none(unclassified(get_resolver().url_patterns))


def test_a_route_without_a_policy_is_found() -> None:
    forgotten = URLPattern(get_resolver().url_patterns[0].pattern, lambda request: None, name="forgotten")
    assert unclassified([forgotten])
