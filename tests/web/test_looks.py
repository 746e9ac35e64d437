# SPDX-License-Identifier: Apache-2.0
"""Every page in Chromium, those of the door too, wide in the light and on a phone in the dark: axe finds nothing, nothing
overflows, the content security policy is kept, and no page uses a part that is not on the kit page. What Acme wrote carries
polyglots, so that a page that runs them is seen (A14)."""

import os
import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import TimeoutError

from steward.core.access.public import scope_for
from steward.core.audit.public import audit
from steward.core.identity.public import User
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.env import get_settings
from tests.architecture.checks.findings import assert_none
from tests.attacks.sweep.routes import Route, routes
from tests.attacks.sweep.world import World, build, specimen_of
from tests.fixtures.browser import PHONE, WIDE, Tab, barriers, ready
from tests.fixtures.store import Store, in_force
from tests.web import door

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("looks")]
OpenAs = Callable[..., Tab]
# All four with everything in long campaigns. In every run one with everything, and one without the rules of accessibility, which
# take most of the time: what depends on width and theme alone, the kit is asked in all four, and pages are made of its parts.
LOOKED_AT = [
    pytest.param(WIDE, "light", True, id="wide-light"),
    pytest.param(PHONE, "dark", False, id="phone-dark"),
    pytest.param(PHONE, "dark", True, id="phone-dark-all", marks=pytest.mark.prove),
    pytest.param(WIDE, "dark", True, id="wide-dark", marks=pytest.mark.prove),
    pytest.param(PHONE, "light", True, id="phone-light", marks=pytest.mark.prove),
]

# Not pages of their own: files, fragments, what only takes a POST, and forms that need something first.
LEFT_OUT = re.compile(
    r"\.(csv|yaml|views|view-delete)$|\.bulk-|^ui\.(palette|undo|card|bell|job$|job_drop)|^oncall\.answer$|^monitoring\.looks$|^tickets\.attachment$|^reports\.pdf$|metrics$|^(healthz|readyz|metrics)$"
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
            (made.ticket, "summary"),
            (made.ticket, "description"),
            *((each, "body") for each in made.ticket.messages.all()),
        ):
            longest = record._meta.get_field(field).max_length or 500
            setattr(record, field, POLYGLOT[:longest])
            record.save()
    with scoped(scope_for(made.alice)), transaction.atomic():
        audit("identity.recovery_codes.generated_anew", made.token)  # as long as they get
    return made


@pytest.mark.parametrize(("viewport", "theme", "rules"), LOOKED_AT)
def test_every_page_is_accessible_keeps_its_width_and_runs_nothing(
    world: World, store: Store, open_as: OpenAs, olga: User, viewport: Any, theme: str, rules: bool
) -> None:
    with in_force(store):
        look_at_all(world, open_as, olga, viewport, theme, rules=rules)


@pytest.mark.parametrize(("viewport", "theme", "rules"), LOOKED_AT)
def test_every_page_of_the_door_is_too(
    open_as: OpenAs, web: str, alice: User, viewport: Any, theme: str, rules: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(get_settings().__dict__, "base_url", web)
    tab = open_as(None, "/accounts/login/", viewport=viewport, theme=theme)
    ways = (
        door.outside(tab.page, alice),
        door.factors(tab.page, alice),
        door.prompt(tab.page, alice),
        door.errors(tab.page, monkeypatch),
    )
    findings: list[str] = []
    looked = 0
    answers: list[int] = []
    tab.page.on("response", lambda got: answers.append(got.status) if got.request.is_navigation_request() else None)
    for name, status in chain(*ways):
        ready(tab.page)
        if answers[-1:] != [status]:
            findings.append(f"{name}: {answers[-1:]}, not {status}")
        # The browser itself says of every answer like this that it is one.
        tab.complaints[:] = [said for said in tab.complaints if f"status of {status}" not in said]
        findings += seen(tab, name, None, rules=rules)
        keep_picture(tab, name, viewport, theme)
        tab.complaints.clear()
        looked += 1
    print(f"looked at {looked} pages of the door, {theme}, {viewport['width']} px")
    assert_none(findings)
    assert looked >= 30


def keep_picture(tab: Tab, name: str, viewport: Any, theme: str) -> None:
    """For the eye, where STEWARD_PICTURES names a folder."""
    folder = os.environ.get("STEWARD_PICTURES")
    if folder:
        file = f"{re.sub(r'[^a-z0-9]+', '-', name)}-{viewport['width']}-{theme}.png"
        tab.page.screenshot(path=str(Path(folder) / file), full_page=True)


def look_at_all(world: World, open_as: OpenAs, olga: User, viewport: Any, theme: str, *, rules: bool) -> None:
    tab = open_as(olga, "/kit/", viewport=viewport, theme=theme)
    kit = set(tab.page.evaluate(CLASSES))
    findings: list[str] = []
    looked = 0
    for route in pages():
        values = specimen_of(route.name, world) if route.params else {}
        if values is None:
            findings.append(f"{route.name}: no specimen")
            continue
        findings += look(tab, route.path(values), kit, rules=rules)
        looked += 1
    print(f"looked at {looked} pages, {theme}, {viewport['width']} px")
    assert_none(findings)
    assert looked >= 40


def look(tab: Tab, path: str, kit: set[str], *, rules: bool) -> list[str]:
    """What is wrong with a page."""
    tab.complaints.clear()
    answer = tab.page.goto(path)
    assert answer is not None
    if answer.status != 200:
        return [f"{path}: {answer.status}"]
    try:
        ready(tab.page)
    except TimeoutError:
        return [f"{path}: no page of ours, or its scripts never ran to their end"]
    return seen(tab, path, kit, rules=rules)


def seen(tab: Tab, name: str, kit: set[str] | None, *, rules: bool) -> list[str]:
    """What is wrong with the page that is open. The door has parts of its own, which no kit shows: None."""
    findings = [f"{name}: {said}" for said in tab.complaints]
    over = tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if over > 0:
        findings.append(f"{name}: {over} px too wide")
    unknown = {each for each in tab.page.evaluate(CLASSES) if each.startswith("st-")} - kit if kit else set()
    if unknown:
        findings.append(f"{name}: uses parts that are not on the kit page: {sorted(unknown)}")
    return findings + [f"{name}: {broken}" for broken in (barriers(tab.page) if rules else ())]


def test_a_page_that_runs_outside_text_would_be_seen(open_as: OpenAs, olga: User) -> None:
    tab = open_as(olga, "/kit/")
    tab.page.evaluate("alert(1)")
    assert tab.complaints == ["dialog: 1"]
