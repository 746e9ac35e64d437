# SPDX-License-Identifier: Apache-2.0
"""What a fresh house begins with: two calendars and one policy, with the times the field is used to. All of it can be changed."""

from decimal import Decimal
from typing import Final

from steward.core.tenancy.public import Actor
from steward.promises.sla.actions.calendars import CalendarHours, calendar_create
from steward.promises.sla.actions.policies import PolicyTerms, TargetTerms, ThresholdTerms, policy_create
from steward.promises.sla.models import SlaCalendar, SlaPolicy
from steward.promises.sla.policy import Kind
from steward.promises.sla.registry import pausing_statuses, threshold_actions

POLICY, AROUND_THE_CLOCK, OFFICE_HOURS = "Standard", "Around the clock", "Office hours"
MINUTES: Final = {"P1": (15, 240), "P2": (60, 480), "P3": (240, 1440), "P4": (480, 4320)}
AT_ONCE: Final = frozenset({"P1", "P2"})
# What is done when, of what rooms can do.
WARNINGS: Final = ((50, "notify_assignee"), (75, "raise_tier"), (90, "page_on_call"), (100, "tell_service_manager"))


def usual_policy(*, actor: Actor, timezone: str) -> SlaPolicy | None:
    """Make the usual calendars and policy where there is no policy at all; None where there is one."""
    if SlaPolicy.objects.exists():
        return None
    always = _calendar(AROUND_THE_CLOCK, CalendarHours("UTC", always=True), actor)
    week = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    office = _calendar(OFFICE_HOURS, CalendarHours(timezone, week=week), actor)
    targets = [
        TargetTerms(priority, kind, Decimal(minutes), always if priority in AT_ONCE else office)
        for priority, times in MINUTES.items()
        for kind, minutes in zip(Kind, times, strict=True)
    ]
    known = {each.slug for each in threshold_actions()}
    thresholds = [
        ThresholdTerms(kind, percent, action) for kind in Kind for percent, action in WARNINGS if action in known
    ]
    waiting = [slug for slug in pausing_statuses() if slug.startswith("waiting")]
    return policy_create(
        actor=actor,
        name=POLICY,
        terms=PolicyTerms(targets=targets, thresholds=thresholds, pause_resolution=waiting),
    )


def _calendar(name: str, hours: CalendarHours, actor: Actor) -> SlaCalendar:
    found = SlaCalendar.objects.filter(name=name, archived_at=None).first()
    return found or calendar_create(actor=actor, name=name, hours=hours)
