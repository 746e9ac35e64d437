# SPDX-License-Identifier: Apache-2.0
"""When a month's report is due, of which months one is owed, and what the schedule makes of that."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from steward.business.reports.actions import report_discard, report_draft, report_issue
from steward.business.reports.models import Counting, Report, ReportPlan, ReportState, Revision
from steward.business.reports.month import Month
from steward.business.reports.owing import owed_now
from steward.business.reports.scheduling import due_at, latest_due, month_after, month_before, owed
from steward.business.reports.tasks import make_what_is_owed
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.clients.models import ClientProfile
from tests.business.reports.conftest import finish
from tests.fixtures.actors import Acting, make_client
from tests.fixtures.store import Store

SIX = time(6)


@pytest.mark.parametrize(
    ("now", "day", "zone", "latest"),
    [
        (datetime(2026, 11, 2, 5, 59, tzinfo=UTC), 2, "UTC", date(2026, 9, 1)),
        (datetime(2026, 11, 2, 6, 0, tzinfo=UTC), 2, "UTC", date(2026, 10, 1)),
        (datetime(2026, 11, 2, 3, 0, tzinfo=UTC), 2, "Europe/Istanbul", date(2026, 10, 1)),
        (datetime(2026, 11, 2, 2, 59, tzinfo=UTC), 2, "Europe/Istanbul", date(2026, 9, 1)),
        # In Auckland the month began thirteen hours earlier; in Honolulu it has not begun yet.
        (datetime(2026, 10, 31, 17, 0, tzinfo=UTC), 1, "Pacific/Auckland", date(2026, 10, 1)),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), 1, "Pacific/Honolulu", date(2026, 9, 1)),
        (datetime(2027, 1, 2, 6, 0, tzinfo=UTC), 2, "UTC", date(2026, 12, 1)),
    ],
)
def test_a_report_is_due_on_its_day_by_the_clients_clock(now: datetime, day: int, zone: str, latest: date) -> None:
    assert latest_due(now, day, SIX, zone) == latest
    assert due_at(latest, day, SIX, zone) <= now < due_at(month_after(latest), day, SIX, zone)


def test_what_a_missed_run_left_out_is_owed_still_and_no_past_that_nobody_asked_for() -> None:
    october, september, august, july = date(2026, 10, 1), date(2026, 9, 1), date(2026, 8, 1), date(2026, 7, 1)
    assert owed(october, made=[], since=None) == [october]
    assert owed(october, made=[july], since=None) == [august, september, october]
    assert owed(october, made=[date(2025, 1, 1)], since=None) == [august, september, october]  # at most three
    assert owed(october, made=[july, august, october], since=None) == [september]
    assert owed(october, made=[july], since=october) == [october]
    assert owed(october, made=[july], since=date(2026, 11, 1)) == []
    assert [month_before(date(2026, 1, 1)), month_after(date(2026, 12, 1))] == [date(2025, 12, 1), date(2027, 1, 1)]


def aged(client: Client, days: int = 400) -> Client:
    """A client that has been one for long."""
    with scoped(system_scope("tests")), transaction.atomic():
        Client.objects.filter(pk=client.pk).update(created_at=timezone.now() - timedelta(days=days))
        client.refresh_from_db()
    return client


def ticked() -> None:
    """The schedule looks."""
    with scoped(system_scope("reports.schedule")):
        make_what_is_owed()


def latest(zone: str = "UTC") -> date:
    """The month whose report is due now by the defaults."""
    usual = ReportPlan()
    return latest_due(timezone.now(), usual.day, usual.at, zone)


def plan(client: Client, **values: object) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        ReportPlan.objects.create(client=client, **values)


def made(client: Client) -> list[Report]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(Report.objects.filter(client=client).order_by("month"))


Owe = Callable[[], list[tuple[str, date]]]


@pytest.fixture
def owe(db: None) -> Owe:
    def asked() -> list[tuple[str, date]]:
        with scoped(system_scope("tests")), transaction.atomic():
            return [(each.client.slug, each.first) for each in owed_now(timezone.now())]

    return asked


def test_by_default_every_client_of_the_time_is_owed_the_latest_month_and_only_that(
    acme: Client, birch: Client, owe: Owe
) -> None:
    aged(acme)
    assert owe() == [("acme", latest())]  # Birch came today
    plan(birch)
    aged(birch)
    gone = aged(make_client("Gone"))
    with scoped(system_scope("tests")), transaction.atomic():
        Client.objects.filter(pk=gone.pk).update(state=Client.State.ARCHIVED)
        ReportPlan.objects.update(enabled=False)
    assert owe() == [("acme", latest())]


def test_what_is_owed_is_found_with_as_many_queries_for_ten_clients_as_for_one(acme: Client) -> None:
    aged(acme)
    counts = []
    for _round in range(2):
        with scoped(system_scope("tests")), transaction.atomic():
            for client in Client.objects.all():
                Report.objects.get_or_create(client=client, month=latest(), defaults={"number": f"RP-{client.pk}"})
            with CaptureQueriesContext(connection) as asked:
                assert owed_now(timezone.now()) == []
        counts.append(len(asked))
        for n in range(9):
            aged(make_client(f"Client{_round}{n}"))
    assert counts[0] == counts[1] <= 7


def test_a_discarded_draft_is_not_made_again_by_itself(
    acme: Client, omar: User, acting: Acting, owe: Owe, store: Store
) -> None:
    aged(acme)
    with acting(omar) as actor:
        drafted = report_draft(acme, actor=actor, month=f"{latest():%Y-%m}")
        assert owe() == []
        finish(drafted)
        assert report_discard(drafted, actor=actor).discarded_at is not None
        assert owe() == []
        assert not Revision.objects.filter(report=drafted).exists()
        again = report_draft(acme, actor=actor, month=f"{latest():%Y-%m}")
    assert (again.number, again.discarded_at) == (drafted.number, None)


def test_a_draft_of_the_month_so_far_is_counted_again_when_the_month_is_over(
    acme: Client, omar: User, acting: Acting, owe: Owe, store: Store
) -> None:
    aged(acme)
    with acting(omar) as actor:
        finish(report_draft(acme, actor=actor, month=f"{latest():%Y-%m}"))
    assert owe() == []
    with scoped(system_scope("tests")), transaction.atomic():
        early = Month(latest().year, latest().month, "UTC").start + timedelta(days=3)
        Revision.objects.update(counted_at=early)
    assert owe() == [("acme", latest())]


@pytest.mark.django_db(transaction=True)
def test_the_schedule_drafts_once_however_often_it_looks_and_the_draft_waits(acme: Client, store: Store) -> None:
    aged(acme)
    ticked()
    ticked()  # before a worker counts
    [report] = made(acme)
    run_until_idle()
    ticked()  # and afterwards
    run_until_idle()
    assert [each.number for each in made(acme)] == [report.number]
    with scoped(system_scope("tests")), transaction.atomic():
        draft = Revision.objects.get(report=report)
        assert (draft.state, draft.is_so_far, report.month) == (ReportState.DRAFT, False, latest())
        assert [(each.by_schedule, each.state) for each in Counting.objects.all()] == [(True, "done")]


@pytest.mark.django_db(transaction=True)
def test_months_of_a_downtime_are_made_up_for_and_issued_where_the_plan_says_so(acme: Client, store: Store) -> None:
    aged(acme)
    plan(acme, issues=True)
    known = month_before(month_before(latest()))
    with scoped(system_scope("tests")), transaction.atomic():
        ClientProfile.objects.create(client=acme, timezone="UTC")
        Report.objects.create(client=acme, number="RP-1", month=known, timezone="UTC", state=ReportState.ISSUED)
    ticked()
    run_until_idle()
    assert [(each.month, each.state) for each in made(acme)] == [
        (known, ReportState.ISSUED),
        (month_before(latest()), ReportState.ISSUED),
        (latest(), ReportState.ISSUED),
    ]
    with scoped(system_scope("tests")), transaction.atomic():
        assert {each.issued_by_id for each in Revision.objects.all()} == {None}
        assert all(each.files.count() == 2 for each in Revision.objects.all())


def test_one_that_a_person_issued_meanwhile_is_left_alone(
    acme: Client, omar: User, acting: Acting, store: Store, owe: Owe
) -> None:
    aged(acme)
    with acting(omar) as actor:
        drafted = report_draft(acme, actor=actor, month=f"{latest():%Y-%m}")
        finish(drafted)
        report_issue(drafted, actor=actor)
    ticked()
    with scoped(system_scope("tests")), transaction.atomic():
        assert Counting.objects.count() == 1
