# SPDX-License-Identifier: Apache-2.0
"""Every read of calendars, policies and obligations."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Now

from steward.core.records.public import RecordRef
from steward.promises.sla.models import Obligation, SlaCalendar, SlaCalendarVersion, SlaPolicy, SlaPolicyVersion

UNSETTLED = (Obligation.State.OPEN, Obligation.State.BREACHED)


def calendars() -> QuerySet[SlaCalendar]:
    """All calendars, with what a line shows of the hours in force: zone and whether they never end."""
    in_force = SlaCalendarVersion.objects.filter(calendar=OuterRef("pk"), valid_from__lte=Now()).order_by("-valid_from")
    return SlaCalendar.objects.annotate(
        zone=Subquery(in_force.values("timezone")[:1]),
        always=Subquery(in_force.values("always")[:1]),
        since=Subquery(in_force.values("valid_from")[:1]),
    )


def calendars_in_use() -> QuerySet[SlaCalendar]:
    """Those that a policy may reckon by."""
    return SlaCalendar.objects.filter(archived_at=None).order_by("name")


def calendar(uid: UUID) -> SlaCalendar:
    """One calendar. Raises SlaCalendar.DoesNotExist."""
    return calendars().get(uid=uid)


def policies() -> QuerySet[SlaPolicy]:
    """All policies, with since when their present terms hold."""
    in_force = SlaPolicyVersion.objects.filter(policy=OuterRef("pk"), valid_from__lte=Now()).order_by("-valid_from")
    return SlaPolicy.objects.annotate(since=Subquery(in_force.values("valid_from")[:1]))


def policies_in_use() -> QuerySet[SlaPolicy]:
    """Those that a contract may name."""
    return SlaPolicy.objects.filter(archived_at=None).order_by("name")


def policy(uid: UUID) -> SlaPolicy:
    """One policy. Raises SlaPolicy.DoesNotExist."""
    return policies().get(uid=uid)


def versions_of(policy: SlaPolicy) -> QuerySet[SlaPolicyVersion]:
    """A policy's versions, the latest first, with their targets and thresholds."""
    return policy.versions.order_by("-valid_from", "-id").prefetch_related("targets__calendar", "thresholds")


def version_at(policy_id: int, at: datetime) -> SlaPolicyVersion | None:
    """The version that judges what was opened at `at`; the first one also judges what is older. None without any."""
    rows = SlaPolicyVersion.objects.filter(policy_id=policy_id).prefetch_related("targets", "thresholds")
    return rows.filter(valid_from__lte=at).order_by("-valid_from").first() or rows.order_by("valid_from").first()


def at_risk() -> QuerySet[Obligation]:
    """What is owed and not settled, what breaks first before the rest; what is paused last."""
    return Obligation.objects.filter(state__in=UNSETTLED).order_by(F("due_at").asc(nulls_last=True), "id")


def obligations_of(subject: RecordRef) -> QuerySet[Obligation]:
    """What one record owes, response first."""
    return Obligation.objects.filter(subject_kind=subject.kind, subject_uid=subject.uid).order_by("-kind")
