# SPDX-License-Identifier: Apache-2.0
"""A3: every route with Acme's identifiers, as people who may see Birch alone: the same answer as for what does not exist, no row
read, none written. Once as built, and once with the application's own filter taken away, so that the database alone holds."""

import re

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test import Client as Browser

from steward.core.access.models import RoleAssignment, StaffClient
from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.tenancy.models import ScopedManager, ScopedQuerySet
from steward.core.tenancy.public import Client, scoped, system_scope
from tests.architecture.checks.findings import assert_none
from tests.attacks.sweep.answers import ask
from tests.attacks.sweep.routes import Route, routes
from tests.attacks.sweep.rows import fingerprint
from tests.attacks.sweep.world import CANARY, OF_THE_MSP, World, build, nobody, specimen_of
from tests.fixtures.actors import make_person
from tests.waiting import EXACT

WITH_PARTS = [route for route in routes() if route.params and not route.name.startswith(("mfa_", "account_"))]
LISTS = [
    route for route in routes() if not route.params and not route.name.startswith(("mfa_", "account_", "usersessions"))
]
# The staff limited to Birch hold every right there, so that nothing but the client stands between them and Acme.
STANDING = (Role.SERVICE_MANAGER, Role.TECHNICIAN_L3, Role.SECURITY_ANALYST)


@pytest.fixture
def world(olga: User) -> World:
    return build(olga)


@pytest.fixture
def strangers(world: World, birch: Client) -> list[User]:
    """Lena of the staff, limited to Birch, with the highest rights; Bob, who runs Birch's own IT."""
    lena = make_person("Lena Limited", STANDING[0], all_clients=False)
    for role in STANDING[1:]:
        RoleAssignment.objects.create(user=lena, role=role)
    StaffClient.objects.create(user=lena, client=birch)
    return [lena, make_person("Bob Birch", Role.CLIENT_ADMIN, client=birch)]


@pytest.fixture
def without_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ring 2 taken away: managers give every row, and the database's policies stand alone."""

    def unfiltered(manager: ScopedManager[models.Model]) -> models.QuerySet[models.Model]:
        return ScopedQuerySet(manager.model, using=manager._db)

    monkeypatch.setattr(ScopedManager, "get_queryset", unfiltered)


@pytest.fixture(params=["as built", "row-level security alone"])
def rings(request: pytest.FixtureRequest) -> str:
    if request.param != "as built":
        request.getfixturevalue("without_the_filter")
    return str(request.param)


def asking(strangers: list[User], rings: str) -> list[tuple[User, slice]]:
    """Who asks, and for which of the routes. The application's filter only takes rows away, so whatever leaked as built would leak
    without it too: there Lena and Bob share the routes between them in every run, and as built Bob asks for all, for what happens
    where nothing is found. In the long campaigns everybody asks for everything."""
    if EXACT:
        return [(each, slice(None)) for each in strangers]
    if rings == "as built":
        return [(strangers[1], slice(None))]
    return [(each, slice(number, None, len(strangers))) for number, each in enumerate(strangers)]


def sign_in(person: User) -> Browser:
    browser = Browser(raise_request_exception=False)
    browser.force_login(person)
    return browser


@pytest.mark.django_db
def test_no_route_gives_or_takes_what_is_another_clients(world: World, strangers: list[User], rings: str) -> None:
    before = fingerprint(world.client)
    tried = 0
    findings: list[str] = []
    for person, share in asking(strangers, rings):
        browser = sign_in(person)
        for route in WITH_PARTS[share]:
            theirs = specimen_of(route.name, world)
            if theirs is None:
                findings.append(f"{route.name} ({route.pattern}): say in SPECIMENS which record stands for its parts")
                continue
            none = nobody(theirs)
            for method in route.methods:
                tried += 1
                foreign, missing = (
                    ask(browser, method, route.path(theirs), own=theirs),
                    ask(browser, method, route.path(none), own=none),
                )
                of_the_msp = person.of_staff and route.name.startswith(OF_THE_MSP)
                if foreign != missing and not of_the_msp:
                    findings.append(
                        f"{person.name}: {method} {route.path(theirs)}: {foreign.status}, but {missing.status} for nobody's"
                    )
                if foreign.status < 400 and CANARY in foreign.body:
                    findings.append(f"{person.name}: {method} {route.path(theirs)}: gives away Acme's words")
                if foreign.status >= 500:
                    findings.append(f"{person.name}: {method} {route.path(theirs)}: {foreign.status}")
    print(f"A3 ({rings}): {len(WITH_PARTS)} routes, {tried} calls, {len(findings)} findings")
    assert_none(findings)
    assert fingerprint(world.client) == before


ASKED_FOR = re.compile(rf'(?<=[?&;])q={CANARY}|name="q" value="{CANARY}"')


@pytest.mark.django_db
def test_no_list_shows_what_is_another_clients(world: World, strangers: list[User], rings: str) -> None:
    findings = []
    # The ways of naming a client are one filter's on all lists, so in every run they share the lists out among them.
    named = [f"?client={world.client.slug}", f"?client={world.client.pk}", f"?client={world.client.uid}&sort=-name"]
    for person, share in asking(strangers, rings):
        browser = sign_in(person)
        for number, route in enumerate(LISTS[share]):
            for query in ("", f"?q={CANARY}", *(named if EXACT else [named[number % len(named)]])):
                answer = ask(browser, "GET", route.path({}) + query)
                # What was asked for may be repeated where it is asked for again; nothing that was not asked for may.
                if CANARY in ASKED_FOR.sub("", answer.body):
                    findings.append(f"{person.name}: {route.path({})}{query}: shows Acme's words")
                if answer.status >= 500 and route.name != "readyz":
                    findings.append(f"{person.name}: {route.path({})}{query}: {answer.status}")
    print(f"A3 ({rings}): {len(LISTS)} lists, {len(findings)} findings")
    assert_none(findings)


@pytest.mark.django_db
def test_the_sweep_would_see_a_leak(world: World, olga: User) -> None:
    """The same calls by somebody who may see Acme do show the canary: the sweep looks where there is something to see."""
    browser = sign_in(olga)
    shown = [
        route.name
        for route in WITH_PARTS
        if "GET" in route.methods
        and (values := specimen_of(route.name, world))
        and CANARY in ask(browser, "GET", route.path(values)).body
    ]
    listed = [route.name for route in LISTS if CANARY in ask(browser, "GET", route.path({})).body]
    assert {"assets.asset", "clients.client", "agents.agent", "api.assets.asset_get"} <= set(shown)
    assert {"assets.assets", "assets.assets.csv", "clients.clients", "agents.agents", "clients.contacts"} <= set(listed)


def test_a_new_route_with_parts_must_be_given_a_record() -> None:
    assert specimen_of("newroom.page", None) is None  # type: ignore[arg-type]  # no record is looked at
    assert Route("newroom.page", "new/<uuid:uid>/", ("uid",), ("GET",)).path({"uid": 1}) == "/new/1/"


@pytest.mark.django_db
def test_a_key_into_another_client_is_refused_by_the_database(world: World, birch: Client, olga: User) -> None:
    """Foreign keys are checked past row-level security, so the composite ones must hold."""
    with scoped(system_scope("tests")), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update assets_asset set client_id = %s where id = %s", [birch.pk, world.asset.pk])
        with pytest.raises(IntegrityError):
            cursor.execute("set constraints all immediate")
        transaction.set_rollback(True)
