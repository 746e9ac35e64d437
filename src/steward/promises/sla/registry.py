# SPDX-License-Identifier: Apache-2.0
"""What rooms above give to the clock: who owes something by a time, and what can be done when part of that time is used up."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from pydantic import BaseModel, ConfigDict

from steward.promises.sla.models import Obligation, SlaPolicyVersion, ThresholdPassed
from steward.promises.sla.policy import Kind
from steward.promises.sla.timeline import Event

Words = str | Promise


class UnknownSubject(LookupError):
    """No room registered this kind of subject."""


class UnknownThresholdAction(LookupError):
    """No room registered this action."""


class NoConfig(BaseModel):
    """For actions that need to be told nothing."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a subject owes at the moment: to whom, by which version of a policy and which clauses, and what has happened so far."""

    client_id: int
    version: SlaPolicyVersion
    clauses: Mapping[Kind, str]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of record that owes. `standing` answers None for one that is gone or owes nothing any more."""

    kind: str
    standing: Callable[[UUID], Standing | None]
    kept: Callable[[UUID, Sequence[Obligation]], None]
    histories: Callable[[Collection[UUID]], Mapping[UUID, Sequence[Event]]]


@dataclass(frozen=True, slots=True)
class ThresholdAction:
    """Something that can be done at a threshold. `run` is a job of its own, in one transaction, and happens exactly once."""

    slug: str
    label: Words
    help: Words
    config: type[BaseModel]
    run: Callable[[ThresholdPassed, Any], None]


_subjects: dict[str, Subject] = {}
_actions: dict[str, ThresholdAction] = {}


def _nothing(_uid: UUID, _owed: Sequence[Obligation]) -> None:
    pass


def register_subject(
    kind: str,
    *,
    standing: Callable[[UUID], Standing | None],
    histories: Callable[[Collection[UUID]], Mapping[UUID, Sequence[Event]]],
    kept: Callable[[UUID, Sequence[Obligation]], None] = _nothing,
) -> None:
    """Say how the standing of a kind of record is found. In a room's `records.py`.

    `histories` gives the events of many at once, as `standing` gives those of one, without those that are gone: clocks are verified
    by the thousand. `kept` is told what is owed each time the clock has looked, in the same transaction, which holds the obligations.
    """
    _subjects[kind] = Subject(kind, standing, kept, histories)


def register_threshold_action(
    slug: str,
    *,
    label: Words,
    help: Words,
    run: Callable[[ThresholdPassed, Any], None],
    config: type[BaseModel] = NoConfig,
) -> None:
    """Give policies something to do at a threshold. In a room's `listeners.py`."""
    _actions[slug] = ThresholdAction(slug, label, help, config, run)


def subject(kind: str) -> Subject:
    """Raises UnknownSubject."""
    if kind not in _subjects:
        raise UnknownSubject(kind)
    return _subjects[kind]


def threshold_action(slug: str) -> ThresholdAction:
    """Raises UnknownThresholdAction."""
    if slug not in _actions:
        raise UnknownThresholdAction(slug)
    return _actions[slug]


def threshold_actions() -> Sequence[ThresholdAction]:
    """All of them, by their slug."""
    return [_actions[slug] for slug in sorted(_actions)]


_statuses: dict[str, Words] = {}


def register_pausing_statuses(statuses: Mapping[str, Words]) -> None:
    """Statuses that a policy may let pause a clock, with their words. In a room's `records.py`."""
    _statuses.update(statuses)


def pausing_statuses() -> Mapping[str, Words]:
    """All of them."""
    return dict(_statuses)
