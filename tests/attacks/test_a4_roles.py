# SPDX-License-Identifier: Apache-2.0
"""A4: every route as every role, against two tables kept by hand: who holds which permission, and what each route asks for."""

import re
from contextlib import nullcontext
from unittest.mock import patch

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client as Browser

from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.ui import answers
from tests.access_table import COLUMNS, PERMISSIONS
from tests.architecture.checks.findings import assert_none
from tests.attacks.sweep.answers import ask
from tests.attacks.sweep.routes import Route, routes
from tests.attacks.sweep.world import World, build, specimen_of
from tests.attacks.test_a2_unclassified import OPEN, SELF_PROVING
from tests.fixtures.actors import make_person
from tests.route_table import asked
from tests.waiting import EXACT

HANGS_ON_A_LIST = re.compile(r"\.(csv|yaml|views|view-delete)$")
ASKED = asked()
# Whom pages are drawn for in every run; in the long campaigns for all. Whether others are let in is decided before anything is read.
DRAWN_FOR = frozenset(Role) if EXACT else frozenset({Role.OWNER, Role.TECHNICIAN_L1, Role.CLIENT_USER})
# A page that somebody is let into: nothing is read for it. Whoever is to be kept out meets all of it.
LET_IN = patch.object(answers, "answered", lambda *_, **__: HttpResponse())


def ours() -> list[Route]:
    return [
        route
        for route in routes()
        if not route.pattern.startswith("accounts/") and route.name not in {*OPEN, *SELF_PROVING, "metrics"}
    ]


def held() -> dict[Role, set[str]]:
    """Role → permissions, from the table kept by hand."""
    head, *lines = [line.split() for line in PERMISSIONS.split("\n") if line.strip()]
    columns = [COLUMNS[short] for short in head]
    found: dict[Role, set[str]] = {role: set() for role in columns}
    for code, *marks in lines:
        for role, mark in zip(columns, marks, strict=True):
            if mark == "x":
                found[role].add(code)
    return found


def test_the_table_has_every_route_and_no_other() -> None:
    known = {name for name, _ in ASKED}
    found = {route.name for route in ours() if not HANGS_ON_A_LIST.search(route.name)}
    assert_none([f"{name}: add a line to tests/route_table.py" for name in sorted(found - known)])
    assert_none([f"{name}: is gone; take its line out" for name in sorted(known - found)])


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_what_the_tables_say_and_nothing_else(
    olga: User, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    if role not in DRAWN_FOR:
        monkeypatch.setattr(answers, "_rendered", lambda *_: "")
    draws, turn = role in DRAWN_FOR, list(Role).index(role)
    world = build(olga)
    person = make_person(f"Rho {role}", role, client=None if role.of_staff else world.client)
    browser = Browser(raise_request_exception=False)
    browser.force_login(person)
    rights = held()[role]
    findings: list[str] = []
    for number, route in enumerate(ours()):
        # That every role holds what the table says is asked of the registry itself (tests/core/access/test_matrix.py). In every run
        # each route is asked by whom it is drawn for and by a third of the others in turn, in the long campaigns by all.
        if not draws and (number + turn) % 3:
            continue
        for method in methods(route):
            findings += tried(browser, route, method, world, rights, draws)
    assert_none(findings)


def methods(route: Route) -> list[str]:
    if HANGS_ON_A_LIST.search(route.name):
        return ["GET"] if route.name.endswith((".csv", ".yaml")) else ["POST"]
    return [method for name, method in ASKED if name == route.name]


def tried(browser: Browser, route: Route, method: str, world: World, rights: set[str], draws: bool) -> list[str]:
    """What is wrong with one answer. Whatever it does is undone."""
    values = specimen_of(route.name, world) if route.params else {}
    assert values is not None, route.name
    list_name = HANGS_ON_A_LIST.sub("", route.name)
    wanted = ASKED[list_name, "GET"] if list_name != route.name else ASKED[route.name, method]
    let_in = nullcontext() if draws or method != "GET" or not wanted <= rights else LET_IN
    with transaction.atomic(), let_in:
        status = ask(browser, method, route.path(values)).status
        transaction.set_rollback(True)
    if wanted <= rights:
        return (
            [f"{method} {route.pattern}: {status}, though the role holds {sorted(wanted)}"]
            if status in {401, 403, 500}
            else []
        )
    return (
        []
        if status == 403
        else [f"{method} {route.pattern}: {status}, though the role lacks {sorted(wanted - rights)}"]
    )
