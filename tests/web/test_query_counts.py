# SPDX-License-Identifier: Apache-2.0
"""How many queries each page asks, pinned: a page that asks more has found a way to ask for each row, or for what is shown elsewhere.

The numbers in tests/query_counts.json are kept by hand. `STEWARD_SHOW_QUERIES=path` prints what a page asks."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from steward.core.identity.public import User
from tests.architecture.checks.findings import assert_none
from tests.attacks.sweep.routes import routes
from tests.attacks.sweep.world import build, specimen_of
from tests.fixtures.store import Store, in_force
from tests.web.test_looks import LEFT_OUT

KEPT = Path(__file__).resolve().parents[1] / "query_counts.json"
Browse = Callable[[User], Browser]


@pytest.mark.django_db
def test_every_page_asks_as_often_as_was_pinned(olga: User, browse: Browse, store: Store) -> None:
    world, browser, found = build(olga), browse(olga), dict[str, int]()
    with in_force(store):
        for route in routes():
            if route.is_api or route.pattern.startswith("accounts/") or LEFT_OUT.search(route.name):
                continue
            if "verb-" in route.pattern:
                continue
            values = specimen_of(route.name, world) if route.params else {}
            assert values is not None, route.name
            path = route.path(values)
            if browser.get(path).status_code == 302:
                continue
            with CaptureQueriesContext(connection) as asked:
                assert browser.get(path).status_code == 200, path
            found[route.name] = len(asked)
            if os.environ.get("STEWARD_SHOW_QUERIES") == path:
                print("\n".join(each["sql"][:200] for each in asked.captured_queries))
    pinned = json.loads(KEPT.read_text(encoding="utf-8"))
    assert_none(
        [
            f"{name}: {found.get(name)} queries, {pinned.get(name)} are pinned"
            for name in sorted(found.keys() | pinned.keys())
            if found.get(name) != pinned.get(name)
        ]
    )
