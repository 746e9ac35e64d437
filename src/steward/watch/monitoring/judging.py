# SPDX-License-Identifier: Apache-2.0
"""What a rule is given, and what it finds. Values in, values out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

from django.utils.functional import Promise
from pydantic import BaseModel

from steward.core.records.public import RecordRef

Words = Promise | str
Fact = tuple[Words, Words | datetime]  # what it is, and how it is; an instant is shown in the reader's own time
FINGERPRINT_MAX: Final = 200


class State(Enum):
    """UNKNOWN: nothing could be learnt now. What goes on then goes on, and nothing new begins."""

    FIRING = "firing"
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Subject:
    """An asset that an agent speaks for, and when that was heard last (or approved, before its first word)."""

    client_id: int
    asset_id: int
    asset_uid: str
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A rule that holds for an asset, as it holds there."""

    rule: str
    severity: str
    config: Any
    subject: Subject


@dataclass(frozen=True, slots=True)
class Finding:
    """How a rule stands about one thing. `about` tells apart what it finds on one asset; `over_params` say what ended it."""

    held: Held
    about: str
    state: State
    params: Mapping[str, Any] = field(default_factory=dict)
    topic: str = ""
    ref: RecordRef | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same trouble, round after round. Begins with the rule and the asset."""
        return f"{prefix_of(self.held)}{self.about}"[:FINGERPRINT_MAX]


def prefix_of(held: Held) -> str:
    """With what the fingerprints of a rule on an asset begin."""
    return f"{held.rule}:{held.subject.asset_uid}:"


class CantJudge(Exception):
    """The kind of rule could not be judged at all; `fault` is a word for why."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One file of `rules`, checked."""

    slug: str
    label: Words
    summary: Words
    config_type: type[BaseModel]
    words: Callable[[Mapping[str, Any]], Words]
    why: Callable[[Mapping[str, Any]], Sequence[Fact]]
    run: Callable[[Sequence[Held], frozenset[str], datetime], Iterable[Finding]]
    outage: bool = False

    @property
    def alert_kind(self) -> str:
        """The kind of the alerts that it raises."""
        return f"monitoring.{self.slug}"
