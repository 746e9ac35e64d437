# SPDX-License-Identifier: Apache-2.0
"""Whom a page reaches next, and when: a policy, what was told so far, and the time go in; what to do comes out.

A step tells everybody it names, each by the first of their channels. A channel that fails, or has said nothing for
`SILENT_AFTER`, brings the person's next channel at once; when every channel of everybody in a step failed, the next step
comes at once too. Otherwise it comes when nobody has acknowledged for as long as the step waits. After the last step the
first one follows again, up to as many rounds as the policy has; but a round in which no message got through is the last,
since the next would go the same way, and somebody has to be told otherwise without delay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SILENT_AFTER: Final = timedelta(
    seconds=25
)  # without a word from the other side; with a tick of 10 s below the 60 of F10
NOBODY: Final = None


class Result(StrEnum):
    """What became of telling somebody."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to tell, as the caller names them, and how many seconds to wait for an answer before the next step."""

    whom: str
    wait: float


@dataclass(frozen=True, slots=True)
class Policy:
    """Steps in their order, gone through up to `rounds` times."""

    steps: tuple[Step, ...]
    rounds: int = 1

    @property
    def positions(self) -> int:
        """How many steps there are over all rounds. A position counts them through, from 0."""
        return len(self.steps) * self.rounds


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody who can be told, and by which channels, in their order."""

    person_id: int
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was told; `person_id` is None where a step found nobody to tell, which is a failure."""

    position: int
    person_id: int | None
    channel: str
    at: datetime
    result: Result


@dataclass(frozen=True, slots=True)
class Tell:
    """Somebody to tell now; None and "" to write down that a step finds nobody."""

    position: int
    person_id: int | None
    channel: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: whom to tell now, when to look again, and whether nobody was reached, for good."""

    tell: tuple[Tell, ...] = ()
    look_at: datetime | None = None
    nobody_reached: bool = False


Whom = Callable[[str], Sequence[Reachable]]


def decide(policy: Policy, told: Sequence[Told], whom: Whom, *, acknowledged: bool, now: datetime) -> Decision:
    """What to do at `now` about a page of which `told` was told so far, in that order.

    `whom` says who stands behind a step's words at `now`. Looking more often, or late, changes no more than the times:
    each step waits from when it was told. Nothing is told once the page is acknowledged.
    """
    if acknowledged:
        return Decision()
    found: list[Tell] = []
    known = list(told)
    while True:
        again = _next(policy, known, whom, now)
        if again is None:
            return Decision(tuple(found), nobody_reached=True)
        if not again:
            return Decision(tuple(found), look_at=_look_at(policy, known, now))
        found += again
        known += [_as_told(each, now) for each in again]


def _next(policy: Policy, told: Sequence[Told], whom: Whom, now: datetime) -> list[Tell] | None:
    """Whom to tell as things stand; nobody as long as the present step waits; None when there is no step left."""
    if not told:
        return _begin(policy, 0, told, whom, now)
    position = max(each.position for each in told)
    here = [each for each in told if each.position == position]
    step = policy.steps[position % len(policy.steps)]
    if other := _other_channels(here, whom(step.whom), position, now):
        return other
    waited = now >= _begun(here) + timedelta(seconds=step.wait)
    return _begin(policy, position + 1, told, whom, now) if waited or _lost(here, now) else []


def _begin(policy: Policy, position: int, told: Sequence[Told], whom: Whom, now: datetime) -> list[Tell] | None:
    if position >= policy.positions or (
        position and position % len(policy.steps) == 0 and _all_lost(policy, told, now)
    ):
        return None
    people = whom(policy.steps[position % len(policy.steps)].whom)
    found = [Tell(position, each.person_id, each.channels[0]) for each in people if each.channels]
    return found or [Tell(position, NOBODY, "")]


def _other_channels(here: Sequence[Told], people: Sequence[Reachable], position: int, now: datetime) -> list[Tell]:
    """For each person of the step whose last channel failed, the next one they have not been told by."""
    channels = {each.person_id: each.channels for each in people}
    found = []
    for person in dict.fromkeys(each.person_id for each in here if each.person_id is not NOBODY):
        mine = [each for each in here if each.person_id == person]
        if not all(_failed(each, now) for each in mine):
            continue
        used = {each.channel for each in mine}
        left = [each for each in channels.get(person, ()) if each not in used]
        found += [Tell(position, person, channel) for channel in left[:1]]
    return found


def _all_lost(policy: Policy, told: Sequence[Told], now: datetime) -> bool:
    first = (max(each.position for each in told) // len(policy.steps)) * len(policy.steps)
    return all(_failed(each, now) for each in told if each.position >= first)


def _lost(here: Sequence[Told], now: datetime) -> bool:
    return all(_failed(each, now) for each in here)


def _failed(told: Told, now: datetime) -> bool:
    return told.result is Result.FAILED or (told.result is Result.PENDING and now >= told.at + SILENT_AFTER)


def _begun(here: Sequence[Told]) -> datetime:
    return min(each.at for each in here)


def _look_at(policy: Policy, told: Sequence[Told], now: datetime) -> datetime:
    position = max(each.position for each in told)
    here = [each for each in told if each.position == position]
    wait = timedelta(seconds=policy.steps[position % len(policy.steps)].wait)
    silent = [each.at + SILENT_AFTER for each in here if each.result is Result.PENDING]
    return min([_begun(here) + wait, *(each for each in silent if each > now)])


def _as_told(tell: Tell, now: datetime) -> Told:
    result = Result.FAILED if tell.person_id is NOBODY else Result.PENDING
    return Told(tell.position, tell.person_id, tell.channel, now, result)
