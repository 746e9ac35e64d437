# SPDX-License-Identifier: Apache-2.0
"""Writes about calendars. Hours are never changed: a change is a version that holds from a time on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone as clock
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action, name_of, save_once
from steward.core.audit.public import audit
from steward.core.jobs.public import defer
from steward.core.tenancy.public import Actor
from steward.promises.sla.actions.rechecking import recheck
from steward.promises.sla.document import Fault, hours_of
from steward.promises.sla.models import SlaCalendar, SlaCalendarVersion, SlaTarget

NAME_TAKEN: Final = _("There is a calendar of that name.")
NAME_LENGTH: Final = 80
# A form takes a while to fill in; what was "now" when it was opened is still taken.
GRACE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class CalendarHours:
    """What is open: `week` as a document of the clock has it, {"mon": [["09:00", "18:00"]]}."""

    timezone: str
    always: bool = False
    week: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    holidays: Sequence[date] = ()


@action(permission="sla.manage")
def calendar_create(*, actor: Actor, name: str, hours: CalendarHours) -> SlaCalendar:
    """Make a calendar.

    Raises:
        Refused: naming the field; `week` or `holidays` with the path of what is wrong inside.
    """
    calendar = SlaCalendar(name=name_of(name, most=NAME_LENGTH))
    save_once(calendar, "name", NAME_TAKEN)
    calendar.refresh_from_db(fields=["uid"])
    _version(calendar, starting(None, None), hours)
    audit("sla.calendar.create", calendar, name=calendar.name)
    return calendar


@action(permission="sla.manage")
def calendar_revise(
    calendar: SlaCalendar, *, actor: Actor, hours: CalendarHours, valid_from: datetime | None = None
) -> SlaCalendarVersion:
    """Have other hours from `valid_from` on, by default from now. What was before stays as it was.

    Raises:
        Refused: as `calendar_create`; `valid_from` when it lies in the past or before a version that is there.
    """
    since = starting(valid_from, calendar.versions.order_by("-valid_from").values_list("valid_from", flat=True).first())
    version = _version(calendar, since, hours)
    audit("sla.calendar.revise", calendar, valid_from=since.isoformat(), always=hours.always)
    defer(recheck, calendar=calendar.pk)
    return version


@action(permission="sla.manage")
def calendar_rename(calendar: SlaCalendar, *, actor: Actor, name: str) -> SlaCalendar:
    """Call a calendar something else. Raises Refused for `name`."""
    before, calendar.name = calendar.name, name_of(name, most=NAME_LENGTH)
    save_once(calendar, "name", NAME_TAKEN)
    if before != calendar.name:
        audit("sla.calendar.rename", calendar, before=before, after=calendar.name)
    return calendar


@action(permission="sla.manage")
def calendar_archive(calendar: SlaCalendar, *, actor: Actor) -> SlaCalendar:
    """Offer a calendar no more. Raises Refused for `calendar` while a policy in use reckons by it."""
    used = (
        SlaTarget.objects.filter(calendar=calendar, version__policy__archived_at=None)
        .select_related("version__policy")
        .first()
    )
    if used is not None:
        raise Refused(
            "calendar",
            _("“%(policy)s” reckons by this calendar. Give the policy another one, or archive it first.")
            % {"policy": used.version.policy.name},
        )
    if calendar.archived_at is None:
        calendar.archived_at = clock.now()
        calendar.save(update_fields=["archived_at"])
        audit("sla.calendar.archive", calendar)
    return calendar


@action(permission="sla.manage")
def calendar_restore(calendar: SlaCalendar, *, actor: Actor) -> SlaCalendar:
    """Offer an archived calendar again. Raises Refused for `name` when another has it now."""
    if calendar.archived_at is not None:
        calendar.archived_at = None
        save_once(calendar, "name", NAME_TAKEN)
        audit("sla.calendar.restore", calendar)
    return calendar


def starting(asked: datetime | None, latest: datetime | None) -> datetime:
    """From when a new version holds, in whole seconds. Raises Refused for `valid_from`: the past is never rewritten."""
    now = clock.now().replace(microsecond=0)
    if asked is not None and asked < now - GRACE:
        raise Refused("valid_from", _("Choose a time from now on: what was promised for the past stays as it was."))
    since = max(asked.replace(microsecond=0), now) if asked is not None else now
    if latest is None or since > latest:
        return since
    if asked is None and latest <= now:
        return latest + timedelta(seconds=1)
    raise Refused("valid_from", _("A version that begins later is planned already. Choose a time after it."))


def _version(calendar: SlaCalendar, since: datetime, hours: CalendarHours) -> SlaCalendarVersion:
    document = {
        "timezone": hours.timezone,
        "always": hours.always,
        "week": {day: [list(pair) for pair in pairs] for day, pairs in hours.week.items()},
        "holidays": [day.isoformat() for day in hours.holidays],
    }
    try:
        hours_of(document, "")
    except Fault as fault:
        name, _dot, rest = fault.path.lstrip(".").partition(".")
        said = gettext(fault.words) % fault.values
        raise Refused(name.partition("[")[0], f"{rest}: {said}" if rest else said) from None
    return SlaCalendarVersion.objects.create(
        calendar=calendar,
        valid_from=since,
        timezone=hours.timezone,
        always=hours.always,
        week=document["week"],
        holidays=sorted(set(hours.holidays)),
    )
