# SPDX-License-Identifier: Apache-2.0
"""Every page in Chromium, wide in the light and on a phone in the dark: axe finds nothing, nothing overflows, the content security
policy is kept, and no page uses a part that is not on the kit page. What Acme wrote carries polyglots, so that a page that runs
them is seen (A14)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction

from steward.core.access.public import scope_for
from steward.core.audit.public import audit
from steward.core.identity.public import User
from steward.core.tenancy.public import scoped, system_scope
from tests.architecture.checks.findings import assert_none
from tests.attacks.sweep.routes import Route, routes
from tests.attacks.sweep.world import World, build, specimen_of
from tests.fixtures.browser import PHONE, WIDE, Tab, ready
from tests.fixtures.store import Store, in_force

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("looks")]
OpenAs = Callable[..., Tab]

# Not pages of their own: files, fragments, what only takes a POST, and forms that need something first.
LEFT_OUT = re.compile(
    r"\.(csv|yaml|views|view-delete)$|\.bulk-|^ui\.(palette|undo|card|bell|job$|job_drop)|metrics$|^(healthz|readyz|metrics)$"
)
POLYGLOT = """"><img src=x onerror=alert(1)><script>alert(2)</script>'-alert(3)-'{{7*7}}</title><svg onload=alert(4)>"""
CLASSES = "Array.from(new Set(Array.from(document.querySelectorAll('[class]')).flatMap((each) => Array.from(each.classList))))"


def pages() -> list[Route]:
    return [
        route
        for route in routes()
        if not route.is_api
        and not route.pattern.startswith("accounts/")
        and not LEFT_OUT.search(route.name)
        and "verb-" not in route.pattern
    ]


@pytest.fixture
def world(transactional_db: None, olga: User) -> World:
    made = build(olga)
    with scoped(system_scope("tests")), transaction.atomic():
        for record, field in (
            (made.asset, "name"),
            (made.asset, "product"),
            (made.asset, "notes"),
            (made.contact, "name"),
            (made.site, "name"),
            (made.agent, "hostname"),
            (made.agent, "os"),
            (made.token, "name"),
        ):
            longest = record._meta.get_field(field).max_length or 500
            setattr(record, field, POLYGLOT[:longest])
            record.save()
    with scoped(scope_for(made.alice)), transaction.atomic():
        audit("identity.recovery_codes.generated_anew", made.token)  # as long as they get
    return made


@pytest.mark.parametrize(("viewport", "theme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide-light", "phone-dark"])
def test_every_page_is_accessible_keeps_its_width_and_runs_nothing(
    world: World, store: Store, open_as: OpenAs, olga: User, viewport: Any, theme: str
) -> None:
    with in_force(store):
        look_at_all(world, open_as, olga, viewport, theme)


def look_at_all(world: World, open_as: OpenAs, olga: User, viewport: Any, theme: str) -> None:
    tab = open_as(olga, "/kit/", viewport=viewport, theme=theme)
    kit = set(tab.page.evaluate(CLASSES))
    findings: list[str] = []
    looked = 0
    for route in pages():
        values = specimen_of(route.name, world) if route.params else {}
        if values is None:
            findings.append(f"{route.name}: no specimen")
            continue
        findings += look(tab, route.path(values), kit)
        looked += 1
    print(f"looked at {looked} pages, {theme}, {viewport['width']} px")
    assert_none(findings)
    assert looked >= 40


def look(tab: Tab, path: str, kit: set[str]) -> list[str]:
    """What is wrong with a page."""
    tab.complaints.clear()
    answer = tab.page.goto(path)
    assert answer is not None
    if answer.status != 200:
        return [f"{path}: {answer.status}"]
    ready(tab.page)
    findings = [f"{path}: {said}" for said in tab.complaints]
    over = tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if over > 0:
        findings.append(f"{path}: {over} px too wide")
    unknown = {each for each in tab.page.evaluate(CLASSES) if each.startswith("st-")} - kit
    if unknown:
        findings.append(f"{path}: uses parts that are not on the kit page: {sorted(unknown)}")
    for broken in Axe().run(tab.page).response["violations"]:
        findings.append(f"{path}: {broken['id']}: {[node['html'][:120] for node in broken['nodes']][:3]}")
    return findings


def test_a_page_that_runs_outside_text_would_be_seen(open_as: OpenAs, olga: User) -> None:
    tab = open_as(olga, "/kit/")
    tab.page.evaluate("alert(1)")
    assert tab.complaints == ["dialog: 1"]
