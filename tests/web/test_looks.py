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
from tests.waiting import EXACT
from tests.web import door

pytestmark = pytest.mark.browser
OpenAs = Callable[..., Tab]
# All four from their first moment in long campaigns. In every run a page is opened wide in the light, and turned while it is open
# into a phone in the dark: what depends on width and theme alone, the kit is asked in all four, and pages are made of its parts.
LOOKED_AT = [
    pytest.param(WIDE, "light", True, id="wide-light-and-turned"),
    pytest.param(PHONE, "dark", False, id="phone-dark", marks=pytest.mark.prove),
    pytest.param(WIDE, "dark", False, id="wide-dark", marks=pytest.mark.prove),
    pytest.param(PHONE, "light", False, id="phone-light", marks=pytest.mark.prove),
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


@pytest.mark.parametrize(("viewport", "theme", "turned"), LOOKED_AT)
def test_every_page_is_accessible_keeps_its_width_and_runs_nothing(
    world: World, store: Store, open_as: OpenAs, olga: User, viewport: Any, theme: str, turned: bool
) -> None:
    with in_force(store):
        look_at_all(world, open_as, olga, viewport, theme, turned=turned)


@pytest.mark.parametrize(("viewport", "theme", "turned"), LOOKED_AT)
def test_every_page_of_the_door_is_too(
    open_as: OpenAs, web: str, alice: User, viewport: Any, theme: str, turned: bool, monkeypatch: pytest.MonkeyPatch
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
        findings += seen(tab, name, None, turned=turned)
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


def look_at_all(world: World, open_as: OpenAs, olga: User, viewport: Any, theme: str, *, turned: bool) -> None:
    tab = open_as(olga, "/kit/", viewport=viewport, theme=theme)
    kit = set(tab.page.evaluate(CLASSES))
    findings: list[str] = []
    looked = 0
    for route in pages():
        values = specimen_of(route.name, world) if route.params else {}
        if values is None:
            findings.append(f"{route.name}: no specimen")
            continue
        # The parts of all pages are held against it on the kit page; in every run some pages are as well, in the long campaigns all.
        contrast = EXACT or looked % 4 == 0
        findings += look(tab, route.path(values), kit, turned=turned, contrast=contrast)
        keep_picture(tab, route.name, viewport, theme)
        looked += 1
    print(f"looked at {looked} pages, {theme}, {viewport['width']} px")
    assert_none(findings)
    assert looked >= 40


def look(tab: Tab, path: str, kit: set[str], *, turned: bool, contrast: bool = True) -> list[str]:
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
    return seen(tab, path, kit, turned=turned, contrast=contrast)


def seen(tab: Tab, name: str, kit: set[str] | None, *, turned: bool, contrast: bool = True) -> list[str]:
    """What is wrong with the page that is open. The door has parts of its own, which no kit shows: None."""
    findings = too_wide(tab, name)
    unknown = {each for each in tab.page.evaluate(CLASSES) if each.startswith("st-")} - kit if kit else set()
    if unknown:
        findings.append(f"{name}: uses parts that are not on the kit page: {sorted(unknown)}")
    findings += [f"{name}: {broken}" for broken in barriers(tab.page, contrast=contrast)]
    if turned:
        findings += as_a_phone_in_the_dark(tab, name)
    return findings + [f"{name}: {said}" for said in tab.complaints]


def too_wide(tab: Tab, name: str) -> list[str]:
    over = tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{name}: {over} px too wide"] if over > 0 else []


def as_a_phone_in_the_dark(tab: Tab, name: str) -> list[str]:
    """Turn the open page, see whether it still fits once it has been drawn, and turn it back."""
    tab.page.set_viewport_size(PHONE)
    tab.page.emulate_media(color_scheme="dark")
    tab.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    findings = too_wide(tab, f"{name}, turned")
    tab.page.set_viewport_size(WIDE)
    tab.page.emulate_media(color_scheme="light")
    return findings


def test_a_page_that_runs_outside_text_would_be_seen(open_as: OpenAs, olga: User) -> None:
    tab = open_as(olga, "/kit/")
    tab.page.evaluate("alert(1)")
    assert tab.complaints == ["dialog: 1"]
