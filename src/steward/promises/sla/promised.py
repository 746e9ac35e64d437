# SPDX-License-Identifier: Apache-2.0
"""What a policy promises, as a table to read: a line for each priority."""

from dataclasses import dataclass
from datetime import datetime

from steward.promises.sla.durations import words_of
from steward.promises.sla.models import KindOfTarget, SlaPolicy, SlaPolicyVersion, SlaTarget
from steward.promises.sla.queries import versions_of


@dataclass(frozen=True, slots=True)
class Promised:
    """One priority's line: a time and a calendar for each kind, empty where nothing is promised."""

    priority: str
    response: str
    response_calendar: str
    resolution: str
    resolution_calendar: str


def promised(version: SlaPolicyVersion) -> list[Promised]:
    """A version's lines, the most urgent first; no query where `targets__calendar` is prefetched."""
    found: dict[str, dict[str, SlaTarget]] = {}
    for target in version.targets.all():
        found.setdefault(target.priority, {})[target.kind] = target
    return [
        Promised(priority, *_time(kinds.get(KindOfTarget.RESPONSE)), *_time(kinds.get(KindOfTarget.RESOLUTION)))
        for priority, kinds in sorted(found.items())
    ]


def promises_of(policy: SlaPolicy, at: datetime) -> list[Promised]:
    """What a policy promises for what is opened at `at`."""
    versions = list(versions_of(policy))
    present = next((each for each in versions if each.valid_from <= at), versions[-1] if versions else None)
    return promised(present) if present is not None else []


def _time(target: SlaTarget | None) -> tuple[str, str]:
    return (words_of(target.minutes), target.calendar.name) if target is not None else ("", "")
