# SPDX-License-Identifier: Apache-2.0
"""A million clocks of eight events each, recomputed from arrays in memory on one core.

    python bench/clocks.py --clocks 1000000

Each clock is the resolution of a ticket: opened, a reply, a status that pauses, one that does not, a change of priority, an exclusion that
ends, a third status (which pauses one time in three), and resolved (three in four; the others get a fourth status, and go on). In every
hundredth ticket the fifth event is `resolved` and the sixth `reopened` instead. Openings are spread over 196 days. A quarter each is judged
by one of four policies: a change of priority retroactive or prospective, a reopening that resumes or restarts; P1 and P2 by a calendar that
is always open, P3 and P4 by office hours in Istanbul, Berlin, New York or on Lord Howe, with holidays and two versions each.
The peer of the same run is `clock.read`, one ticket after the other, on a sample, whose figures are compared too. Aim: under 20 s."""

import argparse
import os
import resource
import sys
import time
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # read when numpy is imported

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from steward.promises.sla.bulk import (  # noqa: E402
    FOREVER,
    NOTHING,
    STATES,
    TYPES,
    Happened,
    Readings,
    readings,
)
from steward.promises.sla.calendars import Calendar, Hours  # noqa: E402
from steward.promises.sla.clock import read  # noqa: E402
from steward.promises.sla.policy import Kind, Policy, Target  # noqa: E402

EVENTS, HOUR, DAY = 8, 3_600, 86_400
BEGIN, NOW = 1_767_225_600, 1_767_225_600 + 200 * DAY  # 2026-01-01T00:00:00Z
ZONES = ("Europe/Istanbul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
STATUSES = ("new", "in_progress", "waiting_client", "waiting_supplier")
PRIORITIES = ("P1", "P2", "P3", "P4")
LIFE = ("opened", "reply", "status", "status", "priority", "excluded", "status", "resolved")


def office(zone: str) -> Calendar:
    """Nine to six with a break, and from the first of April without one."""
    days, weekend = ((9 * HOUR, 12 * HOUR + 1_800), (13 * HOUR + 1_800, 18 * HOUR)), ((), ())
    holidays = frozenset(date(2026, month, 1) for month in range(1, 13))
    versions = [
        Hours(ZoneInfo(zone), (*(hours,) * 5, *weekend), holidays) for hours in (days, ((9 * HOUR, 17 * HOUR),))
    ]
    return Calendar(((BEGIN, versions[0]), (BEGIN + 90 * DAY, versions[1])))


def policies() -> list[Policy]:
    """The four, with the targets of a newcomer: 4, 8, 24 and 72 hours."""
    always = Calendar(((BEGIN, Hours(ZoneInfo("UTC"), always=True)),))
    pauses = {Kind.RESPONSE: frozenset[str](), Kind.RESOLUTION: frozenset(STATUSES[2:])}
    return [
        Policy(
            targets={
                name: {Kind.RESOLUTION: Target(hours * HOUR, always if hours < 24 else office(zone))}
                for name, hours in zip(PRIORITIES, (4, 8, 24, 72), strict=True)
            },
            pauses=pauses,
            retroactive=number < 2,
            resume=number % 2 == 0,
        )
        for number, zone in enumerate(ZONES)
    ]


def tickets(count: int, dice: np.random.Generator) -> Happened:
    """So many lives of eight events."""
    between = dice.integers(60, 12 * HOUR, (count, EVENTS))
    between[:, 0] = BEGIN + dice.integers(0, 196 * DAY, count)  # the eighth event is at most four days later
    at = between.cumsum(axis=1)
    codes = np.tile(np.array([TYPES.index(each) for each in LIFE], np.int16), (count, 1))
    codes[::100, 4:6] = TYPES.index("resolved"), TYPES.index("reopened")
    codes[dice.random(count) < 0.25, 7] = TYPES.index("status")
    status = np.full((count, EVENTS), -1, np.int16)
    status[:, 0], status[:, 2], status[:, 3] = 0, dice.integers(2, 4, count), 1
    status[:, 6] = np.where(dice.random(count) < 1 / 3, 2, 1)
    status[:, 7] = np.where(dice.random(count) < 1 / 3, 3, 1)
    status[codes == TYPES.index("reopened")] = 1
    status[codes == TYPES.index("resolved")] = -1
    priority = np.full((count, EVENTS), -1, np.int16)
    priority[:, 0], priority[:, 4] = dice.integers(0, 4, (2, count))
    priority[codes == TYPES.index("resolved")] = -1
    excluded = codes == TYPES.index("excluded")
    return Happened(
        starts=np.arange(count + 1) * EVENTS,
        at=at.ravel(),
        type=codes.ravel(),
        status=status.ravel(),
        priority=priority.ravel(),
        until=np.where(excluded, at + dice.integers(600, 2 * DAY, at.shape), FOREVER).ravel(),
        targets=np.where(excluded, np.int16(0b10), np.int16(0)).ravel(),
        answers=(codes == TYPES.index("reply")).ravel(),
        statuses=STATUSES,
        priorities=PRIORITIES,
    )


def compared(policy: Policy, happened: Happened, found: Readings, sample: int) -> float:
    """CPU-seconds of `read` for the first tickets, whose figures must be the same."""
    lives = [happened.events(ticket) for ticket in range(sample)]
    begun = time.process_time()
    alone = [read(policy, events, NOW, Kind.RESOLUTION) for events in lives]
    spent = time.process_time() - begun
    for ticket, each in enumerate(alone):
        assert each is not None
        figures = found.figures
        mine = [
            int(column[ticket]) for column in (figures.elapsed, figures.paused, figures.zero, figures.due, figures.met)
        ]
        assert STATES[figures.state[ticket]] == each.state, (ticket, each)
        instants = [NOTHING if at is None else at for at in (each.due, each.met)]
        assert mine == [each.elapsed, each.paused, each.zero, *instants], (ticket, each)
    return spent


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--clocks", type=int, default=1_000_000)
    options.add_argument("--sample", type=int, default=8_000)
    given = options.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    dice = np.random.default_rng(1)
    share, sample = given.clocks // len(ZONES), given.sample // len(ZONES)
    whole = spent = alone = 0.0
    superseded = one_by_one = 0
    states = np.zeros(len(STATES), np.int64)
    for policy in policies():
        happened = tickets(share, dice)
        begun, used = time.perf_counter(), time.process_time()
        found = readings(policy, happened, NOW, Kind.RESOLUTION)
        whole, spent = whole + time.perf_counter() - begun, spent + time.process_time() - used
        superseded, one_by_one = superseded + len(found.superseded_of), one_by_one + found.one_by_one
        states += np.bincount(found.figures.state, minlength=len(STATES))
        alone += compared(policy, happened, found, sample)
    clocks, single = share * len(ZONES), alone / (sample * len(ZONES))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
    print(f"{clocks:,} clocks of {EVENTS} events: {whole:.1f} s, {spent:.1f} CPU-s on one core (aim < 20 s)")
    print(
        f"  {spent / clocks * 1e6:.2f} µs a clock; {superseded:,} superseded ones measured besides; {one_by_one} read one by one"
    )
    print(
        f"  read alone: {single * 1e6:.0f} µs a clock over {sample * len(ZONES):,}, all the same; at once is {single * clocks / spent:.0f}x"
    )
    print("  " + ", ".join(f"{count:,} {state}" for state, count in zip(STATES, states.tolist(), strict=True)))
    print(f"  memory at most {memory:.0f} MB with {share:,} tickets' columns in it")


if __name__ == "__main__":
    main()
