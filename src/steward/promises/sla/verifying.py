# SPDX-License-Identifier: Apache-2.0
"""Whether the clocks that are kept are those that follow from what happened: every one read anew, thousands at a time, and what
differs once more by itself, while nobody can change it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import transaction

from steward.core.records.public import Statements
from steward.promises.sla.bulk import NOTHING, STATES, Figures, columns, readings
from steward.promises.sla.clock import Reading, read
from steward.promises.sla.models import Obligation, SlaPolicyVersion
from steward.promises.sla.policy import Kind, Policy
from steward.promises.sla.registry import subject
from steward.promises.sla.stored import kept_as, policies_values, policy_values
from steward.promises.sla.timeline import Event

BATCH: Final = 5_000
SHOWN: Final = 1_000  # differences that are told one by one
FIELDS: Final = ("state", "priority", "target", "zero", "due", "met", "breached")
statements: Final = Statements("steward.promises.sla")
Value = str | int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a clock that is kept otherwise than it reads. Instants and lengths in seconds; `read` is None where nothing is
    promised, and of a subject that is gone."""

    obligation: UUID
    subject_kind: str
    subject_uid: UUID
    kind: str
    field: str
    kept: Value
    read: Value


@dataclass(slots=True)
class Verified:
    """How many clocks were read, how many wait for their next look and were left out, and which differ."""

    clocks: int = 0
    waiting: int = 0
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)


def verify(*, batch: int = BATCH, progress: Callable[[int], None] = lambda _done: None) -> Verified:
    """Read every clock that is kept and not waived, in the scope that is in force, and hold it against what is kept.

    `progress` is told how many are done. Raises UnknownSubject.
    """
    found, last = Verified(), 0
    while True:
        with transaction.atomic():
            rows = _batch(last, batch)
            if not rows:
                return found
            last, now = rows[-1].pk, _now()
            looked_at = [each for each in rows if each.wake_at is None or each.wake_at.timestamp() > now]
            suspects = list(_suspects(looked_at, now))
        found.waiting += len(rows) - len(looked_at)
        found.clocks += len(looked_at)
        for pk in suspects:
            differences = _certain(pk)
            found.differing += bool(differences)
            found.differences += differences[: SHOWN - len(found.differences)]
        progress(found.clocks + found.waiting)


def _batch(last: int, size: int) -> list[Obligation]:
    rows = Obligation.objects.filter(pk__gt=last).exclude(state=Obligation.State.WAIVED)
    return list(rows.order_by("pk")[:size])


def _now() -> int:
    return int(statements.rows("moment")[0]["now"])


def _suspects(rows: Sequence[Obligation], now: int) -> Iterator[int]:
    """Those that differ, or changed while they were read."""
    versions = SlaPolicyVersion.objects.filter(pk__in={each.version_id for each in rows}).prefetch_related("targets")
    policies = policies_values(versions)
    histories = {
        kind: subject(kind).histories({each.subject_uid for each in rows if each.subject_kind == kind})
        for kind in {each.subject_kind for each in rows}
    }
    groups: dict[tuple[int, Kind], list[Obligation]] = {}
    for each in rows:
        groups.setdefault((each.version_id, Kind(each.kind)), []).append(each)
    for (version, kind), group in groups.items():
        events = [histories[each.subject_kind].get(each.subject_uid, ()) for each in group]
        yield from _unlike(group, events, policies[version], kind, now)


def _unlike(
    group: Sequence[Obligation], events: Sequence[Sequence[Event]], policy: Policy, kind: Kind, now: int
) -> Iterator[int]:
    happened = columns(events)
    figures = readings(policy, happened, now, kind).figures
    for row, each in enumerate(group):
        if _kept(each) != _figured(figures, row, happened.priorities):
            yield each.pk


def _certain(pk: int) -> list[Difference]:
    """The same for one, with its row held: whoever writes down what happened waits, for the clock is kept in their transaction."""
    with transaction.atomic():
        held = Obligation.objects.select_for_update().select_related("version").filter(pk=pk).first()
        if held is None or held.state == Obligation.State.WAIVED:
            return []
        now = _now()
        if held.wake_at is not None and held.wake_at.timestamp() <= now:
            return []
        events = subject(held.subject_kind).histories([held.subject_uid]).get(held.subject_uid, ())
        found = read(policy_values(held.version), events, now, Kind(held.kind)) if events else None
    return list(_told(held, _kept(held), _read(found)))


def _told(held: Obligation, kept: Sequence[Value], found: Iterable[Value]) -> Iterator[Difference]:
    for name, before, after in zip(FIELDS, kept, found, strict=True):
        if before != after:
            yield Difference(held.uid, held.subject_kind, held.subject_uid, held.kind, name, before, after)


def _kept(each: Obligation) -> tuple[Value, ...]:
    instants = (each.zero_at, each.due_at, each.met_at, each.breached_at)
    return (
        str(each.state),
        each.priority,
        each.target_seconds,
        *(None if at is None else int(at.timestamp()) for at in instants),
    )


def _read(found: Reading | None) -> tuple[Value, ...]:
    if found is None:
        return (None,) * len(FIELDS)
    return (str(kept_as(found.state)), found.priority, found.target, found.zero, found.due, found.met, found.breached)


def _figured(figures: Figures, row: int, priorities: Sequence[str]) -> tuple[Value, ...]:
    if figures.state[row] < 0:
        return (None,) * len(FIELDS)
    instants = (figures.zero[row], figures.due[row], figures.met[row], figures.breached[row])
    return (
        str(kept_as(STATES[figures.state[row]])),
        priorities[figures.priority[row]],
        int(figures.target[row]),
        *(None if at == NOTHING else int(at) for at in instants),
    )
