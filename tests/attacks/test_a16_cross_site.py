# SPDX-License-Identifier: Apache-2.0
"""A16: what another site sends is refused at every address and method, and no page lets itself be framed."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from steward.core.identity.public import User
from tests.attacks.sweep.routes import Route, routes
from tests.attacks.test_a2_unclassified import specimen
from tests.waiting import EXACT

UNSAFE = ("POST", "PUT", "PATCH", "DELETE", "PROPFIND")
FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver:81"},
    {"Origin": "https://testserver"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
# All by all in long campaigns; in every run each address is asked by every method, and with every header.
PAIRS = [
    (method, headers)
    for number, method in enumerate(UNSAFE)
    for turn, headers in enumerate(FOREIGN)
    if EXACT or turn % len(UNSAFE) == number
]
Browse = Callable[[User], Browser]


@pytest.mark.django_db
@pytest.mark.parametrize("route", routes(), ids=lambda route: route.name)
def test_a_foreign_origin_is_refused_at_every_route(route: Route, olga: User, browse: Browse) -> None:
    browser, path, sent = browse(olga), specimen(route), 0
    for method, headers in PAIRS:
        answer = browser.generic(method, path, b"{}", content_type="application/json", headers=headers)
        assert answer.status_code == 403, (method, path, headers)
        assert "another site" in answer.content.decode()
        sent += 1
    assert sent >= max(len(UNSAFE), len(FOREIGN))


@pytest.mark.django_db
def test_every_page_forbids_to_be_framed(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    for route in routes():
        answer = browser.get(specimen(route))
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], route.name
        assert answer["X-Frame-Options"] == "DENY", route.name


@pytest.mark.django_db
def test_a_page_without_the_token_writes_nothing(olga: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(olga)
    checked = 0
    for route in routes():
        if route.is_api or route.name in ("healthz", "readyz", "metrics"):
            continue
        answer = browser.post(specimen(route))
        assert answer.status_code in (403, 404, 405), (route.name, answer.status_code)
        checked += 1
    assert checked > 40
