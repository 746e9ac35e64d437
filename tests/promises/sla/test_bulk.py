# SPDX-License-Identifier: Apache-2.0
"""Many clocks at once show what `read` shows of each alone, field by field."""

from random import Random

import numpy as np
import pytest

from steward.promises.sla.bulk import FOREVER, KINDS, NOTHING, STATES, WIDEST, Figures, Readings, columns, readings
from steward.promises.sla.calendars import Calendar, Hours
from steward.promises.sla.clock import TEN_YEARS, Reading, read
from steward.promises.sla.document import Document, parse
from steward.promises.sla.document.values import zone
from steward.promises.sla.policy import Kind, Policy, Target
from steward.promises.sla.timeline import Event
from tests.promises.sla.documents import BY_MINUTE, BY_SECOND, Scale, batch

SEED = 20_261_003
PERCENTS = (50, 75, 120)
MONDAY = 1_774_861_200  # 2026-03-30T09:00:00Z
HOUR, DAY = 3_600, 86_400
ALWAYS = Calendar(((0, Hours(zone("UTC", ""), always=True)),))
Row = tuple[object, ...]


def row(figures: Figures, place: int, priorities: tuple[str, ...]) -> Row | None:
    if figures.state[place] < 0:
        return None
    due, met, breached = (int(each[place]) for each in (figures.due, figures.met, figures.breached))
    return (
        STATES[figures.state[place]],
        priorities[figures.priority[place]],
        *(int(each[place]) for each in (figures.target, figures.elapsed, figures.paused, figures.zero, figures.end)),
        *(None if at == NOTHING else at for at in (due, met, breached, *figures.marks[place].tolist())),
    )


def as_row(found: Reading | None) -> Row | None:
    if found is None:
        return None
    return (
        *(found.state, found.priority, found.target, found.elapsed, found.paused, found.zero, found.end),
        *(found.due, found.met, found.breached, *(at for _percent, at in found.marks)),
    )


def check(documents: list[Document], tickets_at_once: int) -> Readings:
    """All under the first one's policy; what was found of the last kind."""
    policy = documents[0].policy
    happened = columns([each.events for each in documents])
    now = np.array([each.now for each in documents])
    for kind in Kind:
        found = readings(policy, happened, now, kind, percents=PERCENTS, tickets_at_once=tickets_at_once)
        before: dict[int, list[Row | None]] = {}
        for place, ticket in enumerate(found.superseded_of.tolist()):
            before.setdefault(ticket, []).append(row(found.superseded, place, happened.priorities))
        for ticket, each in enumerate(documents):
            alone = read(policy, each.events, each.now, kind, percents=PERCENTS)
            mine = row(found.figures, ticket, happened.priorities)
            assert mine == as_row(alone), (kind, each)
            old = [as_row(each) for each in alone.superseded] if alone is not None else []
            assert before.get(ticket, []) == old, (kind, each)
    return found


@pytest.mark.parametrize(("scale", "seeds"), [(BY_MINUTE, range(40)), (BY_SECOND, range(20))])
def test_many_clocks_at_once_are_those_read_one_by_one(scale: Scale, seeds: range) -> None:
    _campaign(scale, seeds)


@pytest.mark.prove
@pytest.mark.parametrize("scale", [BY_MINUTE, BY_SECOND])
def test_thirty_thousand_clocks_at_once_are_those_read_one_by_one(scale: Scale) -> None:
    _campaign(scale, range(100, 600))


def _campaign(scale: Scale, seeds: range) -> None:
    count = superseded = 0
    for number in seeds:
        seed = f"{SEED}:{scale.step}:{number}"
        dice = Random(seed)
        documents = [parse(each) for each in batch(dice, scale, 30)]
        try:
            found = check(documents, tickets_at_once=dice.choice([1, 7, 30]))
        except AssertionError as fault:
            fault.add_note(f"batch(Random({seed!r}), scale with step {scale.step}, 30)")
            raise
        count, superseded = count + len(documents), superseded + len(found.superseded_of)
        assert found.one_by_one == 0
    print(f"seed {SEED}, {count} tickets in steps of {scale.step} s, {superseded} resolutions superseded")
    assert superseded > count // 20


def test_tickets_too_long_for_columns_are_read_one_by_one_and_counted() -> None:
    documents = [parse(each) for each in batch(Random(SEED), BY_MINUTE, 12, most=2 * WIDEST)]
    long = sum(len(each.events) > WIDEST for each in documents)
    assert 0 < long < len(documents)
    assert check(documents, tickets_at_once=5).one_by_one == long


def policy_of(calendar: Calendar, seconds: int) -> Policy:
    targets = {"P1": {Kind.RESOLUTION: Target(seconds, calendar)}}
    return Policy(targets, {}, retroactive=True, resume=True)


def week(*hours: tuple[int, int]) -> Calendar:
    return Calendar(((0, Hours(zone("UTC", ""), (hours, *((),) * 6))),))


def test_a_due_instant_is_looked_for_ten_years_ahead_and_no_further() -> None:
    opened = [Event(MONDAY, "opened", status="new", priority="P1")]
    hour = week((9 * HOUR, 10 * HOUR))
    for weeks in (500, 600):
        policy = policy_of(hour, weeks * HOUR)
        found = readings(policy, columns([opened]), MONDAY, Kind.RESOLUTION)
        alone = read(policy, opened, MONDAY, Kind.RESOLUTION)
        assert alone is not None
        assert (alone.due is None) == (weeks == 600)
        assert row(found.figures, 0, ("P1",)) == as_row(alone)


@pytest.mark.parametrize(("seconds", "due"), [(TEN_YEARS, MONDAY + TEN_YEARS), (TEN_YEARS + 1, NOTHING)])
def test_the_last_second_of_the_ten_years_is_looked_at(seconds: int, due: int) -> None:
    opened = [Event(MONDAY, "opened", status="new", priority="P1")]
    found = readings(policy_of(ALWAYS, seconds), columns([opened]), MONDAY, Kind.RESOLUTION)
    assert found.figures.due.tolist() == [due]
    alone = read(policy_of(ALWAYS, seconds), opened, MONDAY, Kind.RESOLUTION)
    assert row(found.figures, 0, ("P1",)) == as_row(alone)


def test_exclusions_may_end_a_century_ahead_or_never() -> None:
    lives = [
        [
            Event(MONDAY, "opened", status="new", priority="P1"),
            Event(MONDAY + HOUR, "excluded", until=until, targets=frozenset([Kind.RESOLUTION])),
        ]
        for until in (MONDAY + 100 * 366 * DAY, MONDAY + 9 * 365 * DAY, None)
    ]
    policy = policy_of(ALWAYS, 4 * HOUR)
    found = readings(policy, columns(lives), MONDAY + 2 * HOUR, Kind.RESOLUTION)
    alone = [as_row(read(policy, events, MONDAY + 2 * HOUR, Kind.RESOLUTION)) for events in lives]
    assert [row(found.figures, place, ("P1",)) for place in range(3)] == alone
    assert found.figures.due.tolist() == [NOTHING, MONDAY + 9 * 365 * DAY + 3 * HOUR, NOTHING]


def test_what_is_not_opened_yet_and_what_is_not_promised_have_no_state() -> None:
    policy = policy_of(week((9 * HOUR, 17 * HOUR)), HOUR)
    lives = [
        [Event(MONDAY + 1, "opened", status="new", priority="P1")],
        [Event(MONDAY, "opened", status="new", priority="P2")],
        [],
    ]
    found = readings(policy, columns(lives), MONDAY, Kind.RESOLUTION)
    assert found.figures.state.tolist() == [-1, -1, -1]
    assert readings(policy, columns(lives), MONDAY + 1, Kind.RESPONSE).figures.state.tolist() == [-1, -1, -1]
    assert readings(policy, columns([]), MONDAY, Kind.RESOLUTION).figures.state.tolist() == []


def test_columns_give_back_the_events_they_were_made_of() -> None:
    for each in batch(Random(SEED), BY_MINUTE, 20):
        events = parse(each).events
        happened = columns([(), events])
        again = happened.events(1)
        assert [
            (one.at, one.type, one.status, one.priority, one.until, one.targets, one.answers) for one in events
        ] == [(one.at, one.type, one.status, one.priority, one.until, one.targets, one.answers) for one in again]
        assert len(happened) == 2
        assert set(happened.until.tolist()) - {FOREVER} == {one.until for one in events} - {None}
        assert len(KINDS) == 2
