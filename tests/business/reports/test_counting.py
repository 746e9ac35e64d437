# SPDX-License-Identifier: Apache-2.0
"""What a past month comes to: late data, a reopened ticket, a gap, two versions of a policy."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from steward.business.reports.computing import last_month, month_of
from steward.business.reports.month import Month
from steward.business.reports.registry import BadSection, checked, section_kinds
from steward.business.reports.sections import incidents
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.promises.agreements.models import Agreement
from steward.watch.alerts.models import Alert
from steward.watch.alerts.public import alert_raise
from tests.business.reports.conftest import (
    Machine,
    MakeTicket,
    add_history,
    counted,
    figures,
    past_month,
    rows,
    stricter_version,
)
from tests.fixtures.store import Store

pytestmark = pytest.mark.django_db
On = Callable[..., datetime]
HOUR = timedelta(hours=1)


@pytest.mark.usefixtures("store")
def test_the_version_in_force_when_a_ticket_was_opened_judges_it(
    acme: Client, month: Month, on: On, past_ticket: MakeTicket
) -> None:
    stricter_version(on(15))
    # Each answered after 10 minutes and resolved after 2 hours: in time by the first version, late by the second.
    for day in (10, 20):
        past_ticket(on(day), ("reply", on(day, 9, 10)), ("resolved", on(day, 11)))
    found = counted(acme, month)
    said = figures(found)
    assert (said["promises.response"].value, said["promises.response"].n) == (50.0, 2)
    assert (said["promises.resolution_p1"].value, said["promises.resolution_p1"].n) == (50.0, 2)
    assert said["promises.resolution_p2"].value is None
    assert [each.facts["late"] for each in rows(found, "promises.resolution")] == [False, True]
    [promises] = [each for each in found.content["sections"] if each["slug"] == "promises"]
    assert len(promises["facts"]["versions"]) == 2


@pytest.mark.usefixtures("store")
def test_a_ticket_reopened_in_the_month_counts_once_and_one_reopened_later_leaves_the_month_as_it_was(
    acme: Client, month: Month, on: On, past_ticket: MakeTicket
) -> None:
    within = past_ticket(
        on(5), ("reply", on(5, 9, 5)), ("resolved", on(5, 10)), ("reopened", on(6)), ("resolved", on(6, 15))
    )
    later = past_ticket(on(25), ("reply", on(25, 9, 5)), ("resolved", on(25, 10)))
    before = figures(counted(acme, month))
    assert (before["promises.resolution"].value, before["promises.resolution"].n) == (50.0, 2)
    [late] = [each for each in rows(counted(acme, month), "promises.resolution") if each.facts["late"]]
    assert late.number == within.number  # an hour, and six more after it was reopened
    after_end = month.end + timedelta(hours=2)
    add_history(later, ("reopened", after_end), ("resolved", after_end + 9 * HOUR))
    assert figures(counted(acme, month))["promises.resolution"] == before["promises.resolution"]


@pytest.mark.usefixtures("store")
def test_what_broke_in_the_month_counts_though_it_is_not_met_and_what_is_open_does_not(
    acme: Client, month: Month, on: On, past_ticket: MakeTicket
) -> None:
    past_ticket(on(3))  # never answered: both promises broke on the same day
    past_ticket(month.end - timedelta(minutes=10))  # nothing is due before the month is over
    said = figures(counted(acme, month))
    assert (said["incidents.p1"].n, said["incidents.all"].n) == (2, 2)
    assert (said["promises.response"].value, said["promises.response"].n) == (0.0, 1)
    assert (said["promises.resolution"].value, said["promises.resolution"].n) == (0.0, 1)


def test_uptime_counts_a_gap_as_neither_and_samples_that_came_late_close_it(
    acme: Client, month: Month, on: On, contract: Agreement, store: Store
) -> None:
    web = Machine(acme, "acme-web-01", month.start - timedelta(days=30))
    long_ago = month.start - timedelta(days=200)
    web.measured(month.start - 2 * HOUR, on(10), booted=long_ago)
    # Off from 09:00 until it was started at 09:30, measured at once; later four hours in which it ran and nobody heard it.
    web.measured(on(10, 9, 30), on(20), booted=on(10, 9, 30))
    web.measured(on(20, 13), month.end + HOUR, booted=on(10, 9, 30))
    Machine(acme, "acme-old-02", month.start - timedelta(days=30))
    found = counted(acme, month)
    said = figures(found)
    assert (said["uptime.down"].n, said["uptime.down"].value) == (1, 31.0)  # the last sample was that of 08:59
    [gap] = [each for each in rows(found, "uptime.gaps") if each.label == "acme-web-01"]
    assert gap.facts["seconds"] == pytest.approx(4 * 3600 + 60)
    known = (month.end - month.start).total_seconds() - 4 * 3600 - 60
    assert said["uptime.uptime"].value == pytest.approx(100 * (1 - 31 * 60 / known), abs=0.01)
    assert said["uptime.uptime"].n == 1
    assert [each.label for each in rows(found, "uptime.unmeasured")] == ["acme-old-02"]
    # The agent had kept what nobody heard, and hands it over now.
    web.measured(on(20), on(20, 13), booted=on(10, 9, 30))
    late = counted(acme, month)
    assert [each.label for each in rows(late, "uptime.gaps")] == ["acme-old-02"]
    assert figures(late)["uptime.down"] == said["uptime.down"]


def test_the_store_away_leaves_sections_uncounted_and_says_so(
    acme: Client, month: Month, contract: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    from steward.settings.env import get_settings

    Machine(acme, "acme-web-01", month.start)
    monkeypatch.setenv("STEWARD_TELEMETRY_URL", "http://steward:x@127.0.0.1:1/steward")
    get_settings.cache_clear()
    try:
        faults = {each["slug"]: each["fault"] for each in counted(acme, month).content["sections"]}
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert faults["uptime"] == faults["trends"] == "away"
    assert faults["incidents"] == ""


def test_a_month_whose_samples_are_gone_is_not_guessed(acme: Client, store: Store, contract: Agreement) -> None:
    old = past_month()
    long_past = Month(old.year - 1, old.month, old.zone)
    Machine(acme, "acme-web-01", long_past.start)
    [uptime] = [each for each in counted(acme, long_past).content["sections"] if each["slug"] == "uptime"]
    assert (uptime["fault"], uptime["figures"]) == ("too_old", [])


@pytest.mark.usefixtures("store", "contract")
def test_alerts_are_right_out_of_those_that_somebody_judged(
    acme: Client, month: Month, on: On, trouble_kind: str
) -> None:
    with scoped(system_scope("tests", frozenset({acme.pk}))), transaction.atomic():
        for place, verdict in enumerate(("true_positive", "false_positive", "true_positive", "")):
            made = alert_raise(
                client=acme, fingerprint=f"f{place}", kind=trouble_kind, params={"what": "disk"}, severity="major"
            )
            judged_at = on(12) if verdict else None
            Alert.objects.filter(pk=made.pk).update(
                opened_at=on(11), last_at=on(11), verdict=verdict, verdict_at=judged_at
            )
    said = figures(counted(acme, month))
    assert said["alerts.all"].value == 4
    assert (said["alerts.accuracy"].value, said["alerts.accuracy"].n) == (66.67, 3)
    assert said["alerts.false"].value == 1


@pytest.mark.usefixtures("store")
def test_an_incident_is_noticed_first_unless_somebody_had_reported_the_same_machine(
    acme: Client, month: Month, on: On, past_ticket: MakeTicket
) -> None:
    web = Machine(acme, "acme-web-01", month.start).asset
    other = Machine(acme, "acme-db-02", month.start).asset
    past_ticket(on(2), asset=other)  # reported, not resolved
    past_ticket(on(3), asset=web, source="alert")
    past_ticket(on(4), asset=other, source="alert")  # two days after a person had said so
    found = counted(acme, month)
    said = figures(found)
    assert (said["proactive.share"].value, said["proactive.share"].n) == (33.33, 3)
    assert [each.facts["first"] for each in rows(found, "proactive.share")] == [False, True, False]
    assert said["proactive.noticed"].n == 1


def test_trends_have_the_first_and_the_last_day_and_the_slope(
    acme: Client, month: Month, store: Store, contract: Agreement
) -> None:
    web = Machine(acme, "acme-web-01", month.start)
    days = len(list(month.days()))
    web.daily("fs.used_percent", month.start, [50.0 + day for day in range(days)], mount="/srv")
    web.daily("fs.used_percent", month.start, [20.0] * days, mount="/")
    web.daily("memory.used_percent", month.start, [40.0] * 5)
    found = counted(acme, month)
    said = figures(found)
    assert (said["trends.disk"].value, said["trends.disk"].n) == (49.0 + days, 2)
    assert (said["trends.memory"].value, said["trends.memory"].n) == (40.0, 1)
    fullest, root = rows(found, "trends.disk")
    assert (fullest.label, fullest.facts["start"], fullest.facts["per_day"]) == ("acme-web-01 /srv", 50.0, 1.0)
    assert root.facts["per_day"] == 0.0


def test_the_contract_cuts_the_month_and_without_one_the_client_does(
    acme: Client, birch: Client, contract: Agreement, month: Month
) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        assert month_of(acme, str(month)).zone == "Europe/Istanbul"
        assert month_of(birch, str(month)).zone == "UTC"
        assert last_month(acme, month.end) == month
        assert str(last_month(acme, month.end - timedelta(seconds=1))) < str(month)


def test_a_section_is_one_file_that_says_all_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(section_kinds()) == ["incidents", "promises", "uptime", "alerts", "proactive", "trends"]
    monkeypatch.delattr(incidents, "said")
    with pytest.raises(BadSection, match="lacks said"):
        checked(incidents)
