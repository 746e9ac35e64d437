# SPDX-License-Identifier: Apache-2.0
"""What waits for a person is told to those who decide, stands on their start page, and what could not be counted is tried again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from steward.business.reports import tasks
from steward.business.reports.actions import report_discard, report_issue
from steward.business.reports.models import Counting, Report, ReportState
from steward.business.reports.owing import AGAIN, owed_now
from steward.business.reports.waiting import WAITS
from steward.core.access.public import Role, StaffClient
from steward.core.identity.public import User
from steward.core.jobs.public import GiveUp, run_until_idle
from steward.core.notify.models import InboxItem
from steward.core.notify.public import inbox_said
from steward.core.tenancy.public import Client, scoped, system_scope
from tests.business.reports.test_scheduling import aged, made, ticked
from tests.fixtures.actors import Acting, make_person
from tests.fixtures.store import Store

pytestmark = pytest.mark.django_db(transaction=True)

Browse = Callable[[User], Browser]


def told() -> list[tuple[str, bool]]:
    """Who was told, and whether there is a draft."""
    with scoped(system_scope("tests")), transaction.atomic():
        items = InboxItem.objects.filter(kind=WAITS).order_by("person__email").values_list("person__email", "params")
        return [(email.split("@")[0], params["counted"]) for email, params in items]


def today(browser: Browser) -> str:
    return browser.get("/").content.decode()


def test_a_draft_of_the_schedule_is_told_to_those_who_issue_it(
    acme: Client, birch: Client, omar: User, olga: User, tess: User, acting: Acting, browse: Browse, store: Store
) -> None:
    aged(acme)
    with scoped(system_scope("tests")), transaction.atomic():
        mert = make_person("Mert Manager", Role.SERVICE_MANAGER, all_clients=False)
        StaffClient.objects.create(user=mert, client=birch)
    ticked()
    run_until_idle()
    [report] = made(acme)
    names = [name for name, counted in told() if counted]
    assert names == ["olga", "omar"], "Mert does not see this client, Tess issues no reports"
    page = today(browse(omar))
    assert "1 report waits for you." in page
    assert f"/reports/{report.number}/" in page
    assert "1 report waits" not in today(browse(tess))
    with acting(omar) as actor:
        report_issue(report, actor=actor)
    assert "1 report waits" not in today(browse(omar))


def test_what_could_not_be_counted_is_told_once_and_tried_again(
    acme: Client, omar: User, acting: Acting, browse: Browse, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    aged(acme)

    def broken(*_all: object) -> object:
        raise GiveUp("The disk is on fire.")

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "counted_part", broken)
        ticked()
        run_until_idle()
        [report] = made(acme)
        assert told()
        assert not any(counted for _name, counted in told())
        assert "Not counted" in today(browse(omar))
        ticked()
        run_until_idle()
        assert countings() == ["failed"], "not again at once"
        before = told()
        later()
        ticked()
        run_until_idle()
        assert countings() == ["failed", "failed"]
        assert told() == before
    later()
    ticked()
    run_until_idle()
    assert countings() == ["failed", "failed", "done"]
    with acting(omar) as actor:
        report_discard(report, actor=actor)
    with scoped(system_scope("tests")), transaction.atomic():
        assert Report.objects.get().state == ReportState.DRAFT
        assert owed_now(timezone.now()) == []


def later() -> None:
    """So much time passes that what failed is tried again."""
    with scoped(system_scope("tests")), transaction.atomic():
        for each in Counting.objects.exclude(ended_at=None):
            Counting.objects.filter(pk=each.pk).update(ended_at=timezone.now() - AGAIN - timedelta(minutes=1))


def countings() -> list[str]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(Counting.objects.order_by("pk").values_list("state", flat=True))


def test_its_words_name_the_client_and_the_month(acme: Client, omar: User, acting: Acting, store: Store) -> None:
    aged(acme)
    ticked()
    run_until_idle()
    with acting(omar):
        [said] = inbox_said(InboxItem.objects.filter(kind=WAITS, person=omar), language="en", zone="UTC")
    assert said.subject.startswith("Acme")
    assert "waits to be issued" in said.subject
    assert "/reports/RP-" in said.text
