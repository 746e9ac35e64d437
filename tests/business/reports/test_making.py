# SPDX-License-Identifier: Apache-2.0
"""Counting as long work: seen while it goes on, stopped, begun again after its worker was killed, kept once."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection, transaction

from steward.business.reports import tasks
from steward.business.reports.actions import report_discard, report_draft, report_issue, report_recount
from steward.business.reports.computing import count
from steward.business.reports.figures import Part
from steward.business.reports.making import keep
from steward.business.reports.models import Counting, Report, ReportPlan, ReportState, Revision
from steward.business.reports.month import Month
from steward.business.reports.registry import SectionKind
from steward.core.access.public import Refused
from steward.core.audit.public import Entry
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.operations.models import Operation
from steward.core.operations.public import cancel, find_operation
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.tickets.models import Ticket
from tests.business.reports.conftest import finish
from tests.business.reports.test_reports import Browse
from tests.fixtures.actors import Acting
from tests.fixtures.store import Store
from tests.fixtures.worker import Worker, eventually


def asked(acme: Client, omar: User, acting: Acting, month: Month) -> Report:
    with acting(omar) as actor:
        return report_draft(acme, actor=actor, month=str(month))


def stands(report: Report) -> Counting:
    with scoped(system_scope("tests")), transaction.atomic():
        return Counting.objects.filter(report=report).latest("pk")


def work_of(report: Report) -> Operation:
    operation = stands(report).operation
    with scoped(system_scope("tests")), transaction.atomic():
        found = find_operation(operation or UUID(int=0))
    assert found is not None
    return found


def revisions(report: Report) -> list[tuple[int, str]]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(Revision.objects.filter(report=report).order_by("n").values_list("n", "state"))


@pytest.mark.prove  # waits until a worker is taken for dead
@pytest.mark.django_db(transaction=True)
def test_a_month_whose_worker_is_killed_is_counted_by_the_next_one_and_kept_once(
    acme: Client, omar: User, tess: User, acting: Acting, browse: Browse, month: Month, store: Store,
    start_worker: Callable[..., Worker],
) -> None:  # fmt: skip
    report = asked(acme, omar, acting, month)
    assert stands(report).state == "running"
    with scoped(system_scope("tests")), transaction.atomic():
        # Nobody can read tickets now, and so a section can't be counted to its end.
        with connection.cursor() as cursor:
            cursor.execute(f'lock table "{Ticket._meta.db_table}" in access exclusive mode')
        worker = start_worker(1)
        eventually(lambda: Operation.objects.get().message_kind == "incidents", within=30, what="incidents are counted")
        page = browse(omar).get(f"/reports/{report.number}/").content.decode()
        of_others = browse(tess).get(f"/reports/{report.number}/").content.decode()
        worker.kill()
    assert "The month is being counted" in page
    assert "The month is being counted" in of_others
    assert 'role="progressbar"' in page
    assert ">Incidents</span>" in page
    assert f"operations.operation.{work_of(report).uid}" in page  # where the page hears of it
    start_worker(1)
    eventually(lambda: stands(report).state == "done", within=90, what="another worker counted")
    eventually(lambda: work_of(report).state == "done", within=30, what="the long work ended")
    assert work_of(report).run == 2
    assert revisions(report) == [(1, ReportState.DRAFT)]
    with acting(omar) as actor:
        assert report_issue(report, actor=actor).is_issued


@pytest.mark.django_db
def test_what_was_kept_before_its_worker_died_is_not_kept_again(
    acme: Client, omar: User, acting: Acting, month: Month, store: Store
) -> None:
    report = asked(acme, omar, acting, month)
    counting = stands(report)
    draft = finish(report)
    with scoped(system_scope("tests")), transaction.atomic():
        assert keep(counting.uid, count(acme, month), draft.counted_at) is None
    assert revisions(report) == [(1, ReportState.DRAFT)]


@pytest.mark.django_db(transaction=True)
def test_counting_that_is_stopped_says_so_and_can_be_begun_again(
    acme: Client, omar: User, acting: Acting, browse: Browse, month: Month, store: Store
) -> None:
    report = asked(acme, omar, acting, month)
    with acting(omar) as actor:
        with pytest.raises(Refused, match="being counted already"):
            report_recount(report, actor=actor)
        found = find_operation(stands(report).operation or UUID(int=0))
        assert found is not None
        cancel(found, actor=actor)
    run_until_idle()
    assert (stands(report).state, revisions(report)) == ("cancelled", [])
    page = browse(omar).get(f"/reports/{report.number}/").content.decode()
    assert "Nothing came of the last counting." in page
    assert browse(omar).post(f"/reports/{report.number}/verb-recount/").status_code == 302
    run_until_idle()
    assert revisions(report) == [(1, ReportState.DRAFT)]
    assert "A draft, counted" in browse(omar).get(f"/reports/{report.number}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_is_discarded_while_it_is_counted_stays_so(
    acme: Client, omar: User, alice: User, acting: Acting, browse: Browse, month: Month, store: Store
) -> None:
    report = asked(acme, omar, acting, month)
    assert browse(alice).get(f"/reports/{report.number}/").status_code == 404
    assert browse(omar).post(f"/reports/{report.number}/verb-discard/").status_code == 302
    run_until_idle()
    assert (stands(report).state, revisions(report)) == ("cancelled", [])
    browser, address = browse(omar), f"/reports/{report.number}/"
    assert report.number not in browser.get("/reports/").content.decode()
    assert "This draft was discarded." in browser.get(address).content.decode()
    assert browser.post(f"{address}verb-discard/").status_code == 302  # a toast says that there is nothing
    with acting(omar) as actor:
        with pytest.raises(Refused, match="There is no draft"):
            report_discard(report, actor=actor)
        assert Entry.objects.filter(kind="reports.report.discard").count() == 1
    assert browser.post(f"{address}verb-recount/").status_code == 302
    run_until_idle()
    assert revisions(report) == [(1, ReportState.DRAFT)]
    assert report.number in browser.get("/reports/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_schedule_waits_for_the_store_and_a_person_sees_at_once_that_it_is_away(
    acme: Client, omar: User, acting: Acting, month: Month, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = asked(acme, omar, acting, month)
    with scoped(system_scope("tests")), transaction.atomic():
        ReportPlan.objects.create(client=acme, issues=True)
        Counting.objects.filter(report=report).update(by_schedule=True, issues=True)
    away = {"away": True}

    def part(kind: SectionKind, *_more: object) -> Part:
        return Part(fault="away" if away["away"] else "")

    monkeypatch.setattr(tasks, "counted_part", part)
    run_until_idle()
    assert (stands(report).state, revisions(report)) == ("running", [])  # tried again later
    away["away"] = False
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    run_until_idle()
    assert revisions(report) == [(1, ReportState.ISSUED)]
    # A person is not kept waiting: the draft says what is lacking, and is not issued.
    other = Month(month.year - 1, month.month, month.zone)
    away["away"] = True
    drafted = asked(acme, omar, acting, other)
    run_until_idle()
    assert revisions(drafted) == [(1, ReportState.DRAFT)]
    with acting(omar) as actor, pytest.raises(Refused, match="could not be counted"):
        report_issue(drafted, actor=actor)
