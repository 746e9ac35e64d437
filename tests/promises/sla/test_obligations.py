# SPDX-License-Identifier: Apache-2.0
"""What is owed follows what happened; thresholds act once, whoever looks and however often."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from steward.core.jobs.public import run_until_idle
from steward.core.tenancy.public import Client, OutsideTransaction, scoped, system_scope
from steward.promises.sla.actions import CalendarHours, calendar_revise, clock_keep
from steward.promises.sla.models import Obligation, SlaCalendar, ThresholdPassed
from steward.promises.sla.queries import at_risk
from steward.promises.sla.tasks import tick
from tests.fixtures.actors import Acting, User
from tests.promises.sla.conftest import THING, Done, MakeThing, Thing

pytestmark = pytest.mark.django_db(transaction=True)


def keep(thing: Thing) -> dict[str, Obligation]:
    with scoped(system_scope("tests")), transaction.atomic():
        return {each.kind: each for each in clock_keep(THING, thing.uid)}


def look() -> None:
    """What the worker does: a tick, and the jobs that follow."""
    with scoped(system_scope("tests")), transaction.atomic():
        tick()
    run_until_idle()


def opened(thing: Thing, seconds_ago: int, priority: str = "P1") -> Thing:
    thing.happened(seconds_ago, "opened", priority=priority, status="new")
    return thing


def test_opening_writes_what_is_owed_with_its_clause(make_thing: MakeThing) -> None:
    owed = keep(opened(make_thing(), 10))
    assert {kind: each.clause for kind, each in owed.items()} == {"response": "AGR-1 3.1", "resolution": "AGR-1 3.2"}
    resolution = owed["resolution"]
    assert (resolution.state, resolution.priority, resolution.target_seconds) == ("open", "P1", 600)
    assert resolution.due_at == resolution.zero_at + timedelta(seconds=600)
    assert resolution.wake_at == resolution.zero_at + timedelta(seconds=300)  # half of it


def test_what_is_met_wakes_nobody_any_more(make_thing: MakeThing) -> None:
    thing = opened(make_thing(), 100)
    thing.happened(90, "resolved")
    resolution = keep(thing)["resolution"]
    assert (resolution.state, resolution.wake_at) == ("met", None)
    assert resolution.met_at is not None


def test_a_pause_takes_the_due_time_away_and_the_end_of_it_gives_another(make_thing: MakeThing) -> None:
    thing = opened(make_thing(), 100)
    thing.happened(60, "status", status="waiting_client")
    paused = keep(thing)["resolution"]
    assert (paused.state, paused.due_at, paused.wake_at) == ("open", None, None)
    thing.happened(30, "status", status="in_progress")
    going = keep(thing)["resolution"]
    assert going.due_at == going.zero_at + timedelta(seconds=630)


def test_thresholds_act_once_in_their_order(make_thing: MakeThing, done: Done) -> None:
    thing = opened(make_thing(), 550)
    keep(thing)
    keep(thing)
    run_until_idle()
    look()
    assert done.passed == [("resolution", 50), ("resolution", 90)]
    with scoped(system_scope("tests")), transaction.atomic():
        assert [each.done_at is not None for each in ThresholdPassed.objects.all()] == [True, True]


def test_the_tick_sees_what_nobody_wrote(make_thing: MakeThing, done: Done) -> None:
    thing = opened(make_thing(), 10)
    keep(thing)
    thing.events.clear()
    opened(thing, 700)
    with scoped(system_scope("tests")), transaction.atomic():
        Obligation.objects.update(wake_at=timezone.now())
    look()
    assert done.passed == [("resolution", 50), ("resolution", 90), ("resolution", 100)]
    with scoped(system_scope("tests")), transaction.atomic():
        broken = Obligation.objects.get(kind="resolution")
        assert (broken.state, broken.breached_at) == ("breached", broken.due_at)
        assert broken.wake_at is None


def test_a_restart_of_the_clock_warns_again(make_thing: MakeThing, done: Done) -> None:
    thing = opened(make_thing(), 700)
    keep(thing)
    thing.version.on_priority_change = "prospective"
    thing.happened(400, "priority", priority="P2")
    thing.happened(399, "priority", priority="P1")
    keep(thing)
    run_until_idle()
    assert done.passed.count(("resolution", 50)) == 2
    assert done.passed.count(("resolution", 100)) == 1


def test_what_was_solved_before_anybody_looked_warns_nobody_but_a_breach_is_told(
    make_thing: MakeThing, done: Done
) -> None:
    early = opened(make_thing(), 700)
    early.happened(200, "resolved")
    late = opened(make_thing(), 700)
    late.happened(50, "resolved")
    keep(early)
    keep(late)
    run_until_idle()
    assert done.passed == [("resolution", 100)]


def test_a_priority_without_a_target_is_no_longer_owed(make_thing: MakeThing) -> None:
    thing = opened(make_thing(), 30)
    keep(thing)
    thing.happened(20, "priority", priority="P2")
    assert keep(thing)["response"].state == "waived"
    thing.happened(10, "priority", priority="P1")
    assert keep(thing)["response"].state == "open"


def test_what_is_gone_owes_nothing(make_thing: MakeThing) -> None:
    thing = opened(make_thing(), 30)
    keep(thing)
    thing.gone = True
    assert {each.state for each in keep(thing).values()} == {"waived"}


def test_other_hours_move_what_is_due(make_thing: MakeThing, always: SlaCalendar, omar: User, acting: Acting) -> None:
    thing = opened(make_thing(), 30)
    before = keep(thing)["resolution"]
    with acting(omar) as actor:
        calendar_revise(always, actor=actor, hours=CalendarHours("UTC", week={}))
    run_until_idle()
    look()
    with scoped(system_scope("tests")), transaction.atomic():
        after = Obligation.objects.get(pk=before.pk)
    assert (before.due_at is not None, after.due_at) == (True, None)


def test_what_breaks_first_comes_first_and_what_is_paused_last(make_thing: MakeThing) -> None:
    calm, urgent, paused = opened(make_thing(), 10, "P2"), opened(make_thing(), 500), opened(make_thing(), 30)
    paused.happened(20, "status", status="waiting_client")
    for each in (calm, urgent, paused):
        keep(each)
    with scoped(system_scope("tests")), transaction.atomic():
        order = [each.subject_uid for each in at_risk().filter(kind="resolution")]
    assert order == [urgent.uid, calm.uid, paused.uid]


def test_outside_a_transaction_it_is_refused(make_thing: MakeThing) -> None:
    thing = opened(make_thing(), 10)
    with scoped(system_scope("tests")), pytest.raises(OutsideTransaction):
        clock_keep(THING, thing.uid)


def test_what_is_another_clients_is_not_there(make_thing: MakeThing, birch: Client) -> None:
    keep(opened(make_thing(), 10))
    with scoped(system_scope("tests", frozenset({birch.pk}))), transaction.atomic():
        assert not Obligation.objects.exists()
        assert not ThresholdPassed.objects.exists()
