# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, transaction

from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.oncall.actions import NewStep, page_open, policy_create, roster_create
from steward.desk.oncall.models import EscalationPolicy, Page, PageAttempt, Roster
from steward.settings.env import get_settings
from tests.core.notify.hook import Hook
from tests.core.notify.mail_server import Handler, start
from tests.fixtures.actors import Acting, make_person

OpenPage = Callable[..., Page]


@pytest.fixture
def mail() -> Iterator[Handler]:
    """A server that takes everything, known to the settings."""
    handler = Handler()
    server = start(handler)
    get_settings().smtp_url = f"smtp://127.0.0.1:{server.port}"
    yield handler
    get_settings().smtp_url = None
    server.stop()


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    """An outside service, in a network that the operator listed."""
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.1"])
    server = Hook()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def deniz(db: None) -> User:
    return make_person("Deniz Kaya", Role.TECHNICIAN_L3)


@pytest.fixture
def night_roster(olga: User, tess: User, deniz: User, acting: Acting) -> Roster:
    """Tess and Deniz take turns of a week; Tess's lasts for days yet."""
    today = datetime.now(UTC).date()
    with acting(olga) as actor:
        return roster_create(
            actor=actor,
            name="Nights",
            zone="UTC",
            unit="weeks",
            length=1,
            handover=time(0),
            starts_on=date.fromordinal(today.toordinal() - 1),
            people=[tess, deniz],
        )


@pytest.fixture
def policy(olga: User, night_roster: Roster, acting: Acting) -> EscalationPolicy:
    """Who is on duty, then whoever manages the service; twice, with long waits, so that only a failure brings the next."""
    with acting(olga) as actor:
        return policy_create(
            actor=actor,
            name="Nights",
            rounds=2,
            is_default=True,
            steps=[NewStep(night_roster, 3600), NewStep(Role.SERVICE_MANAGER, 3600)],
        )


@pytest.fixture
def open_page(acme: Client, olga: User, acting: Acting) -> OpenPage:
    """`open_page("Core switch is down")`, of Acme; not worked on yet."""

    def opened(text: str = "Core switch is down", *, key: str = "", policy: EscalationPolicy | None = None) -> Page:
        with acting(olga) as actor:
            return page_open(
                acme,
                record_ref(acme),
                actor=actor,
                key=key or text,
                kind="oncall.by_hand",
                params={"text": text},
                policy=policy,
            )

    return opened


def work() -> None:
    """Run all that waits, without waiting for its time."""
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    run_until_idle()


def again(page: Page) -> Page:
    """The page as it is now."""
    with scoped(system_scope("tests")), transaction.atomic():
        return Page.objects.select_related("client", "acknowledged_by").get(pk=page.pk)


def attempts(page: Page) -> list[tuple[int, str, str, str]]:
    """Who was told: (position, name, channel, state)."""
    with scoped(system_scope("tests")), transaction.atomic():
        rows = PageAttempt.objects.filter(page=page).select_related("person").order_by("at", "pk")
        return [(each.position, each.person.name if each.person else "", each.channel, each.state) for each in rows]


def let_pass(page: Page, length: timedelta) -> None:
    """As if the page had been opened, and all been told, so much earlier; and it is looked at."""
    with scoped(system_scope("tests")), transaction.atomic():
        found = Page.objects.select_for_update().get(pk=page.pk)
        for each in PageAttempt.objects.filter(page=found):
            PageAttempt.objects.filter(pk=each.pk).update(at=each.at - length)
        Page.objects.filter(pk=found.pk).update(look_at=found.look_at - length if found.look_at else None)
