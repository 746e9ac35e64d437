# SPDX-License-Identifier: Apache-2.0
"""Every clock that is kept is read anew: nothing differs after true writes, and whatever is changed behind them is found."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F

from steward.core.tenancy.public import scoped, system_scope
from steward.promises.sla import verifying
from steward.promises.sla.actions import clock_keep
from steward.promises.sla.models import Obligation
from steward.promises.sla.verifying import Verified, verify
from tests.promises.sla.conftest import THING, MakeThing, Thing

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


def keep(thing: Thing) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        clock_keep(THING, thing.uid)


def verified(**given: int) -> Verified:
    with scoped(system_scope("tests")):
        return verify(**given)  # type: ignore[arg-type]  # as the tests give it


def change(**fields: object) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        assert Obligation.objects.filter(kind="resolution").update(**fields) == 1


def lived(make_thing: MakeThing, dice: random.Random) -> Thing:
    """A thing with a life drawn by dice, whose clock was kept after each of its events."""
    thing = make_thing()
    at, over = dice.randint(3_000, 4_000), False
    thing.happened(at, "opened", priority=dice.choice(["P1", "P2"]), status="new")
    keep(thing)
    for _event in range(dice.randint(0, 6)):
        at -= dice.randint(1, 400)
        if over:
            thing.happened(at, "reopened", status="open")
            over = False
        else:
            match dice.choice(["reply", "status", "priority", "resolved"]):
                case "reply":
                    thing.happened(at, "reply", answers=dice.random() < 0.7)
                case "status":
                    thing.happened(at, "status", status=dice.choice(["open", "waiting_client"]))
                case "priority":
                    thing.happened(at, "priority", priority=dice.choice(["P1", "P2", "P3"]))
                case "resolved":
                    thing.happened(at, "resolved")
                    over = True
        keep(thing)
    return thing


def test_what_was_kept_by_true_writes_differs_nowhere(make_thing: MakeThing) -> None:
    dice = random.Random(20261122)
    for _thing in range(60):
        lived(make_thing, dice)
    told: list[int] = []
    with scoped(system_scope("tests")):
        found = verify(batch=17, progress=told.append)
    with scoped(system_scope("tests")), transaction.atomic():
        owed = Obligation.objects.exclude(state="waived").count()
        states = set(Obligation.objects.values_list("state", flat=True))
    assert found.clocks + found.waiting == owed > 60
    assert (found.differing, found.differences) == (0, [])
    assert states >= {"open", "met", "met_late", "breached"}
    assert told == sorted(told)
    assert told[-1] == owed


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"state": "met"}, "state"),
        ({"priority": "P2"}, "priority"),
        ({"target_seconds": 601}, "target"),
        ({"zero_at": F("zero_at") + SECOND}, "zero"),
        ({"due_at": F("due_at") + SECOND}, "due"),
        ({"due_at": None}, "due"),
        ({"met_at": F("zero_at")}, "met"),
        ({"breached_at": F("zero_at")}, "breached"),
    ],
)
def test_whatever_is_changed_behind_it_is_found(make_thing: MakeThing, fields: dict[str, object], field: str) -> None:
    thing = make_thing()
    thing.happened(10, "opened", priority="P1", status="new")
    keep(thing)
    change(**fields)
    found = verified()
    assert found.differing == 1
    (difference,) = found.differences
    assert (difference.subject_uid, difference.kind, difference.field) == (thing.uid, "resolution", field)
    assert difference.kept != difference.read


def test_what_happened_and_was_not_kept_is_found(make_thing: MakeThing) -> None:
    thing = make_thing()
    thing.happened(10, "opened", priority="P1", status="new")
    keep(thing)
    thing.happened(5, "resolved")
    found = verified()
    assert {each.field for each in found.differences if each.kind == "resolution"} >= {"state", "met"}


def test_a_clock_of_something_that_is_gone_is_found(make_thing: MakeThing) -> None:
    thing = make_thing()
    thing.happened(10, "opened", priority="P1", status="new")
    keep(thing)
    thing.gone = True
    found = verified()
    assert found.differing == 2
    assert {each.read for each in found.differences} == {None}


def test_a_clock_that_is_about_to_be_looked_at_is_left_out(make_thing: MakeThing) -> None:
    thing = make_thing()
    thing.happened(70, "opened", priority="P1", status="new")
    keep(thing)
    with scoped(system_scope("tests")), transaction.atomic():
        Obligation.objects.update(wake_at=F("zero_at"), state="open")
    found = verified()
    assert (found.clocks, found.waiting, found.differing) == (0, 2, 0)


def test_what_is_written_meanwhile_is_no_difference(make_thing: MakeThing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the reading of the rows and that of what happened, somebody resolves it."""
    thing = make_thing()
    thing.happened(10, "opened", priority="P1", status="new")
    keep(thing)
    whole: Callable[..., object] = verifying._suspects
    seen: list[int] = []

    def late(*given: object) -> list[int]:
        thing.happened(5, "resolved")
        found = list(whole(*given))  # type: ignore[call-overload]  # what the function gives
        seen.extend(found)
        keep(thing)
        return found

    monkeypatch.setattr(verifying, "_suspects", late)
    found = verified()
    assert seen
    assert found.differing == 0
