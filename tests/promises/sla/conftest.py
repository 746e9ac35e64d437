# SPDX-License-Identifier: Apache-2.0
"""Calendars and policies as Omar makes them, and a thing that owes something: what has happened to it, the test says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from steward.core.identity.public import User
from steward.core.tenancy.public import Client
from steward.promises.sla import registry
from steward.promises.sla.actions import (
    CalendarHours,
    PolicyTerms,
    TargetTerms,
    ThresholdTerms,
    calendar_create,
    policy_create,
)
from steward.promises.sla.models import SlaCalendar, SlaPolicy, SlaPolicyVersion, ThresholdPassed
from steward.promises.sla.policy import Kind
from steward.promises.sla.registry import NoConfig, Standing, register_subject, register_threshold_action
from steward.promises.sla.timeline import Event
from tests.fixtures.actors import Acting

THING = "tests.thing"


@pytest.fixture
def always(omar: User, acting: Acting) -> SlaCalendar:
    with acting(omar) as actor:
        return calendar_create(actor=actor, name="Night and day", hours=CalendarHours("UTC", always=True))


def terms(calendar: SlaCalendar, **more: object) -> PolicyTerms:
    """A minute to answer, ten to solve, for P1; twice that for P2."""
    targets = [
        TargetTerms("P1", Kind.RESPONSE, Decimal(1), calendar),
        TargetTerms("P1", Kind.RESOLUTION, Decimal(10), calendar),
        TargetTerms("P2", Kind.RESOLUTION, Decimal(20), calendar),
    ]
    return PolicyTerms(**({"targets": targets, "pause_resolution": ["waiting_client"]} | more))  # type: ignore[arg-type]  # fields of the terms


@dataclass
class Thing:
    """A record that owes: its events are added by the test."""

    client: Client
    version: SlaPolicyVersion
    uid: UUID = field(default_factory=uuid4)
    events: list[Event] = field(default_factory=list)
    gone: bool = False
    made: int = field(default_factory=lambda: int(datetime.now(UTC).timestamp()))  # one now, whatever the test takes

    def happened(self, seconds_ago: int, type_: str, **values: object) -> None:
        self.events.append(Event(self.made - seconds_ago, type_, **values))  # type: ignore[arg-type]  # fields of the event

    def standing(self) -> Standing | None:
        clauses = {Kind.RESPONSE: "AGR-1 3.1", Kind.RESOLUTION: "AGR-1 3.2"}
        return None if self.gone else Standing(self.client.pk, self.version, clauses, tuple(self.events))


@dataclass
class Done:
    """What the action of the tests was asked to do."""

    passed: list[tuple[str, int]] = field(default_factory=list)


@pytest.fixture
def done() -> Iterator[Done]:
    """An action for thresholds, `tests.note`, and what it noted."""
    noted = Done()

    def run(passed: ThresholdPassed, config: NoConfig) -> None:
        noted.passed.append((passed.obligation.kind, passed.percent))

    actions, subjects = dict(registry._actions), dict(registry._subjects)
    register_threshold_action("tests.note", label="Note it", help="", run=run)
    yield noted
    registry._actions.clear()
    registry._actions.update(actions)
    registry._subjects.clear()
    registry._subjects.update(subjects)


MakeThing = Callable[..., Thing]


@pytest.fixture
def make_thing(done: Done, acme: Client, omar: User, acting: Acting, always: SlaCalendar) -> MakeThing:
    """`make_thing()`: a thing of Acme's under a policy that notes 50, 90 and 100 % of the resolution."""
    things: dict[UUID, Thing] = {}
    register_subject(
        THING,
        standing=lambda uid: things[uid].standing() if uid in things else None,
        histories=lambda uids: {uid: things[uid].events for uid in uids if uid in things and not things[uid].gone},
    )
    policy: list[SlaPolicy] = []

    def make() -> Thing:
        if not policy:
            thresholds = [ThresholdTerms(Kind.RESOLUTION, percent, "tests.note") for percent in (50, 90, 100)]
            with acting(omar) as actor:
                policy.append(policy_create(actor=actor, name="Quick", terms=terms(always, thresholds=thresholds)))
        made = Thing(acme, policy[0].versions.get())
        things[made.uid] = made
        return made

    return make
