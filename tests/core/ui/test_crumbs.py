# SPDX-License-Identifier: Apache-2.0
"""The way to a page, over it: its floor, the pages above it, what its record lies within, itself."""

import re
from collections.abc import Callable

import pytest
from django.test import Client as Browser

from steward.core.identity.public import User
from steward.core.tenancy.public import Client
from steward.estate.assets.public import Asset, asset_create
from tests.fixtures.actors import acting_as

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]
CRUMBS = re.compile(r'<nav class="st-crumbs".*?</nav>', re.DOTALL)
STEP = re.compile(r'<(a|span)(?: href="([^"]*)")?[^>]*>([^<]*)</\1>')


def way(browser: Browser, path: str) -> list[tuple[str, str]]:
    """(words, address) of each step; "" for one that leads nowhere."""
    found = CRUMBS.search(browser.get(path).content.decode())
    assert found is not None
    return [(words, url) for _tag, url, words in STEP.findall(found[0]) if words != "/"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", [("Today", "")]),
        ("/people/", [("House", ""), ("People", "")]),
        ("/people/invite/", [("House", ""), ("People", "/people/"), ("Invite somebody", "")]),
        ("/clients/", [("Estate", ""), ("Clients", "")]),
        ("/account/", [("My account", "")]),
        ("/account/profile/", [("My account", "/account/"), ("Change my profile", "")]),
    ],
)
def test_the_floor_comes_first_and_the_page_itself_last(
    path: str, expected: list[tuple[str, str]], olga: User, browse: Browse
) -> None:
    assert way(browse(olga), path) == expected


def test_an_asset_lies_within_its_client(olga: User, acme: Client, browse: Browse) -> None:
    with acting_as(olga) as actor:
        made: Asset = asset_create(acme, actor=actor, name="acme-sql-02", kind="virtual_server", site=None)
    assert way(browse(olga), f"/assets/{made.number}/") == [
        ("Estate", ""),
        ("Assets", "/assets/"),
        ("Acme", "/clients/acme/"),
        ("acme-sql-02", ""),
    ]
