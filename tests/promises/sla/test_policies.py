# SPDX-License-Identifier: Apache-2.0
"""Calendars and policies are changed by new versions alone, and the version in force judges."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from steward.core.access.public import Denied, Refused
from steward.core.audit.public import Entry
from steward.core.identity.public import User
from steward.promises.sla.actions import (
    CalendarHours,
    TargetTerms,
    ThresholdTerms,
    calendar_archive,
    calendar_create,
    calendar_rename,
    calendar_restore,
    calendar_revise,
    policy_archive,
    policy_create,
    policy_restore,
    policy_revise,
)
from steward.promises.sla.actions.usual import usual_policy
from steward.promises.sla.models import SlaCalendar, SlaPolicy
from steward.promises.sla.policy import Kind
from steward.promises.sla.queries import version_at
from steward.promises.sla.stored import policy_values
from tests.fixtures.actors import Acting
from tests.promises.sla.conftest import Done, terms

pytestmark = pytest.mark.django_db
OFFICE = CalendarHours("Europe/Istanbul", week={"mon": [["09:00", "18:00"]]}, holidays=[date(2026, 4, 23)])


def test_a_fresh_house_has_a_usual_policy(omar: User, acting: Acting) -> None:
    with acting(omar) as actor:
        made = usual_policy(actor=actor, timezone="Europe/Istanbul")
        assert usual_policy(actor=actor, timezone="Europe/Istanbul") is None
    assert made is not None
    version = made.versions.get()
    found = {(each.priority, each.kind): (each.minutes, each.calendar.name) for each in version.targets.all()}
    assert found == {
        ("P1", "response"): (15, "Around the clock"), ("P1", "resolution"): (240, "Around the clock"),
        ("P2", "response"): (60, "Around the clock"), ("P2", "resolution"): (480, "Around the clock"),
        ("P3", "response"): (240, "Office hours"), ("P3", "resolution"): (1440, "Office hours"),
        ("P4", "response"): (480, "Office hours"), ("P4", "resolution"): (4320, "Office hours"),
    }  # fmt: skip
    policy = policy_values(version)
    target = policy.target(Kind.RESPONSE, "P1")
    assert target is not None
    assert target.seconds == 900


@pytest.mark.parametrize(
    ("field", "hours"),
    [
        ("timezone", CalendarHours("Mars/Olympus", always=True)),
        ("week", CalendarHours("UTC", week={"mon": [["18:00", "09:00"]]})),
        ("week", CalendarHours("UTC", week={"funday": []})),
        ("week", CalendarHours("UTC", week={"tue": [["09:00", "12:00"], ["11:00", "13:00"]]})),
    ],
)
def test_hours_that_cannot_be_are_refused_by_field(
    omar: User, acting: Acting, field: str, hours: CalendarHours
) -> None:
    with pytest.raises(Refused) as caught, acting(omar) as actor:
        calendar_create(actor=actor, name="Odd", hours=hours)
    assert caught.value.field == field
    assert not SlaCalendar.objects.filter(name="Odd").exists()


def test_a_calendar_changes_by_a_version_and_keeps_the_one_before(omar: User, acting: Acting) -> None:
    with acting(omar) as actor:
        calendar = calendar_create(actor=actor, name="Istanbul", hours=OFFICE)
        later = timezone.now() + timedelta(days=3)
        calendar_revise(calendar, actor=actor, hours=CalendarHours("UTC", always=True), valid_from=later)
    first, second = calendar.versions.all()
    assert (first.holidays, first.always) == ([date(2026, 4, 23)], False)
    assert (second.valid_from, second.always) == (later.replace(microsecond=0), True)
    with acting(omar):
        assert Entry.objects.filter(kind="sla.calendar.revise").exists()


def test_the_past_is_not_rewritten(omar: User, acting: Acting, always: SlaCalendar) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    with pytest.raises(Refused, match="from now on"), acting(omar) as actor:
        calendar_revise(always, actor=actor, hours=OFFICE, valid_from=yesterday)
    planned = timezone.now() + timedelta(days=5)
    with acting(omar) as actor:
        calendar_revise(always, actor=actor, hours=OFFICE, valid_from=planned)
    with pytest.raises(Refused, match="planned already"), acting(omar) as actor:
        calendar_revise(always, actor=actor, hours=OFFICE, valid_from=planned - timedelta(days=1))


def test_a_name_is_there_once_and_free_when_its_calendar_is_archived(
    omar: User, acting: Acting, always: SlaCalendar
) -> None:
    with pytest.raises(Refused) as caught, acting(omar) as actor:
        calendar_create(actor=actor, name="night AND day", hours=OFFICE)
    assert caught.value.field == "name"
    with acting(omar) as actor:
        calendar_archive(always, actor=actor)
        calendar_create(actor=actor, name="Night and day", hours=OFFICE)
    with pytest.raises(Refused), acting(omar) as actor:
        calendar_restore(always, actor=actor)
    always.refresh_from_db()
    assert always.archived_at is not None
    with acting(omar) as actor:
        calendar_rename(always, actor=actor, name="Old")
        calendar_restore(always, actor=actor)


def test_a_calendar_in_use_is_not_archived(omar: User, acting: Acting, always: SlaCalendar) -> None:
    with acting(omar) as actor:
        policy = policy_create(actor=actor, name="Gold", terms=terms(always))
    with pytest.raises(Refused, match="Gold"), acting(omar) as actor:
        calendar_archive(always, actor=actor)
    with acting(omar) as actor:
        policy_archive(policy, actor=actor)
        calendar_archive(always, actor=actor)
        policy_restore(policy, actor=actor)


def test_the_version_in_force_when_it_was_opened_judges(omar: User, acting: Acting, always: SlaCalendar) -> None:
    with acting(omar) as actor:
        policy = policy_create(actor=actor, name="Gold", terms=terms(always))
        later = timezone.now() + timedelta(days=2)
        stricter = [TargetTerms("P1", Kind.RESPONSE, Decimal("0.5"), always)]
        policy_revise(policy, actor=actor, terms=terms(always, targets=stricter), valid_from=later)
    first, second = policy.versions.all()
    now = timezone.now()
    assert version_at(policy.pk, now) == first
    assert version_at(policy.pk, now + timedelta(days=3)) == second
    assert version_at(policy.pk, datetime(1990, 1, 1, tzinfo=UTC)) == first
    half = policy_values(second).target(Kind.RESPONSE, "P1")
    assert half is not None
    assert half.seconds == 30


def test_terms_that_cannot_be_are_refused_by_field(omar: User, acting: Acting, always: SlaCalendar, done: Done) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("targets", {"targets": []}),
        ("targets", {"targets": [TargetTerms("P5", Kind.RESPONSE, Decimal(1), always)]}),
        ("targets", {"targets": [TargetTerms("P1", Kind.RESPONSE, Decimal(0), always)]}),
        ("targets", {"targets": [TargetTerms("P1", Kind.RESPONSE, Decimal("NaN"), always)]}),
        ("targets", {"targets": [TargetTerms("P1", Kind.RESPONSE, Decimal(1), always)] * 2}),
        ("thresholds", {"thresholds": [ThresholdTerms(Kind.RESPONSE, 0, "tests.note")]}),
        ("thresholds", {"thresholds": [ThresholdTerms(Kind.RESPONSE, 50, "tests.gone")]}),
        ("thresholds", {"thresholds": [ThresholdTerms(Kind.RESPONSE, 50, "tests.note")] * 2}),
        ("thresholds", {"thresholds": [ThresholdTerms(Kind.RESPONSE, 50, "tests.note", {"loud": True})]}),
        ("pause_response", {"pause_response": [""]}),
        ("on_reopen", {"on_reopen": "forget"}),
        ("on_priority_change", {"on_priority_change": ""}),
    ]
    for field, changes in wrong:
        with pytest.raises(Refused) as caught, acting(omar) as actor:
            policy_create(actor=actor, name="Odd", terms=terms(always, **changes))
        assert caught.value.field == field, changes
    assert not SlaPolicy.objects.filter(name="Odd").exists()


def test_a_technician_changes_nothing(tess: User, acting: Acting) -> None:
    with pytest.raises(Denied), acting(tess) as actor:
        calendar_create(actor=actor, name="Mine", hours=OFFICE)
