# SPDX-License-Identifier: Apache-2.0
"""Keeping what is owed in step with what happened. No permission of its own: the action of the room that owes asks for it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now

from steward.core.events.public import emit
from steward.core.jobs.public import defer
from steward.core.records.public import Statements
from steward.core.tenancy.public import OutsideTransaction
from steward.promises.sla.actions.thresholds import act
from steward.promises.sla.clock import Reading, read
from steward.promises.sla.events import PromiseBroken, ThresholdReached
from steward.promises.sla.models import Obligation, SlaThreshold, ThresholdPassed
from steward.promises.sla.policy import Kind, Policy
from steward.promises.sla.registry import Standing, subject
from steward.promises.sla.stored import kept_as, policy_values

WHOLE: Final = 100
statements: Final = Statements("steward.promises.sla")


def clock_keep(kind: str, uid: UUID) -> list[Obligation]:
    """Bring the obligations of a subject in step with what happened to it, in the open transaction, and note thresholds passed.

    Called by the owner after each write that its clock may see, and by the tick of the clock. Nobody else writes obligations.

    Raises UnknownSubject, OutsideTransaction.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{kind}: keep the clock in the transaction of what happened")
    owed = list(Obligation.objects.select_for_update().filter(subject_kind=kind, subject_uid=uid).order_by("id"))
    asked = subject(kind)
    standing = asked.standing(uid)
    if standing is None:
        kept = [_waived(each) for each in owed]
    else:
        now = statements.rows("moment")[0]["now"]
        found = {Kind(each.kind): each for each in owed}
        kept = list(_kept(standing, policy_values(standing.version), now, kind, uid, found))
    asked.kept(uid, kept)
    return kept


def _kept(
    standing: Standing, policy: Policy, now: int, kind: str, uid: UUID, owed: Mapping[Kind, Obligation]
) -> Iterator[Obligation]:
    thresholds = list(standing.version.thresholds.all())
    for each in Kind:
        own = [threshold for threshold in thresholds if threshold.kind == each]
        percents = sorted({threshold.percent for threshold in own})
        reading = read(policy, standing.events, now, each, percents=percents)
        obligation = owed.get(each)
        if reading is None:
            if obligation is not None:
                yield _waived(obligation)
            continue
        if obligation is None:
            obligation = Obligation(client_id=standing.client_id, kind=each.value, subject_kind=kind, subject_uid=uid)
        yield _written(obligation, standing, reading, own, now)


def _written(
    obligation: Obligation, standing: Standing, reading: Reading, thresholds: Iterable[SlaThreshold], now: int
) -> Obligation:
    broke = reading.breached is not None and obligation.breached_at is None
    obligation.version = standing.version
    obligation.clause = standing.clauses.get(Kind(obligation.kind), "")
    obligation.priority = reading.priority
    obligation.state = kept_as(reading.state)
    obligation.target_seconds = reading.target
    obligation.zero_at = _instant(reading.zero)
    obligation.due_at = _maybe(reading.due)
    obligation.met_at = _maybe(reading.met)
    obligation.breached_at = _maybe(reading.breached)
    obligation.wake_at = _wake(reading, now)
    obligation.save()
    obligation.refresh_from_db(fields=["uid"])
    _note_passed(obligation, reading, thresholds)
    if broke:
        emit(PromiseBroken(obligation.client_id, obligation.uid))
    return obligation


def _wake(reading: Reading, now: int) -> datetime | None:
    """The next instant at which a mark is reached, or the promise breaks: a second after it was due."""
    if reading.met is not None:
        return None
    ahead = [at for _percent, at in reading.marks if at is not None and at > now]
    if reading.breached is None and reading.due is not None:
        ahead.append(reading.due + 1)
    return _instant(min(ahead)) if ahead else None


def _note_passed(obligation: Obligation, reading: Reading, thresholds: Iterable[SlaThreshold]) -> None:
    """Once per zero, percent and action. What was met before anybody looked needs no warning any more, but a late one is told."""
    marks = dict(reading.marks)
    for threshold in thresholds:
        at = marks[threshold.percent]
        if at is None or at > reading.end or (reading.met is not None and not _late(reading, threshold)):
            continue
        passed, made = ThresholdPassed.objects.get_or_create(
            client_id=obligation.client_id,
            obligation=obligation,
            zero_at=obligation.zero_at,
            percent=threshold.percent,
            action=threshold.action,
            defaults={"config": threshold.config, "reached_at": _instant(at)},
        )
        if made:
            passed.refresh_from_db(fields=["uid"])
            defer(act, passed=str(passed.uid))
            emit(ThresholdReached(obligation.client_id, obligation.uid, threshold.percent))


def _late(reading: Reading, threshold: SlaThreshold) -> bool:
    return threshold.percent >= WHOLE and reading.elapsed > reading.target


def _waived(obligation: Obligation) -> Obligation:
    """Nothing is promised any more, as when a priority without a target is in force."""
    if obligation.state != Obligation.State.WAIVED:
        obligation.state = Obligation.State.WAIVED
        obligation.due_at = obligation.wake_at = None
        obligation.save(update_fields=["state", "due_at", "wake_at"])
    return obligation


def due_to_wake(limit: int) -> list[tuple[str, UUID]]:
    """Subjects whose clock is to be looked at now, the longest overdue first."""
    rows = Obligation.objects.filter(wake_at__lte=Now()).order_by("wake_at").values_list("subject_kind", "subject_uid")
    return list(dict.fromkeys(rows[:limit]))


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _maybe(at: int | None) -> datetime | None:
    return _instant(at) if at is not None else None
