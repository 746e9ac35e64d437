# SPDX-License-Identifier: Apache-2.0
"""From rows to the values the clock reckons with, and from what it shows to what is kept."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from steward.promises.sla.calendars import Calendar
from steward.promises.sla.clock import State
from steward.promises.sla.document import hours_of, seconds_of
from steward.promises.sla.models import Obligation, SlaCalendarVersion, SlaPolicyVersion, SlaTarget
from steward.promises.sla.policy import Kind, Policy, Target

_SETTLED: Final[Mapping[State, Obligation.State]] = {
    State.MET: Obligation.State.MET,
    State.MET_LATE: Obligation.State.MET_LATE,
    State.BREACHED: Obligation.State.BREACHED,
}


def kept_as(state: State) -> Obligation.State:
    """What is kept of a clock's state: whether it runs or pauses is not."""
    return _SETTLED.get(state, Obligation.State.OPEN)


def policy_values(version: SlaPolicyVersion) -> Policy:
    """A version of a policy with its calendars in all their versions. Two queries, one where `targets` are prefetched."""
    return policies_values([version])[version.pk]


def policies_values(versions: Collection[SlaPolicyVersion]) -> Mapping[int, Policy]:
    """Versions of policies by their id. One query for all their calendars, where `targets` are prefetched."""
    targets = {version.pk: list(version.targets.all()) for version in versions}
    calendars = calendar_values({target.calendar_id for rows in targets.values() for target in rows})
    return {version.pk: _policy(version, targets[version.pk], calendars) for version in versions}


def _policy(version: SlaPolicyVersion, targets: Iterable[SlaTarget], calendars: Mapping[int, Calendar]) -> Policy:
    found: dict[str, dict[Kind, Target]] = defaultdict(dict)
    for target in targets:
        seconds = seconds_of(target.minutes, "minutes")
        found[target.priority][Kind(target.kind)] = Target(seconds, calendars[target.calendar_id])
    return Policy(
        targets=found,
        pauses={
            Kind.RESPONSE: frozenset(version.pause_response),
            Kind.RESOLUTION: frozenset(version.pause_resolution),
        },
        retroactive=version.on_priority_change == SlaPolicyVersion.OnPriorityChange.RETROACTIVE,
        resume=version.on_reopen == SlaPolicyVersion.OnReopen.RESUME,
    )


def calendar_values(ids: Iterable[int]) -> Mapping[int, Calendar]:
    """Calendars by their id, each with all its versions. One query."""
    versions: dict[int, list[SlaCalendarVersion]] = defaultdict(list)
    for row in SlaCalendarVersion.objects.filter(calendar_id__in=set(ids)).order_by("valid_from"):
        versions[row.calendar_id].append(row)
    return {key: _calendar(rows) for key, rows in versions.items()}


def _calendar(rows: Iterable[SlaCalendarVersion]) -> Calendar:
    return Calendar(tuple((int(row.valid_from.timestamp()), hours_of(as_document(row), "")) for row in rows))


def as_document(row: SlaCalendarVersion) -> dict[str, object]:
    """A version in the form that a document of the clock gives it."""
    return {
        "timezone": row.timezone,
        "always": row.always,
        "week": row.week,
        "holidays": [day.isoformat() for day in row.holidays],
    }
