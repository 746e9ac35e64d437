# SPDX-License-Identifier: Apache-2.0
"""The list of calendars, and one calendar: its week drawn, its holidays, how it came to be so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.tenancy.public import Actor
from steward.core.ui.public import Done, Kind, Listed, Nav, Request, acting, listed, page, undoes, verb
from steward.promises.sla import queries
from steward.promises.sla.actions import calendar_archive, calendar_restore
from steward.promises.sla.models import SlaCalendar, SlaCalendarVersion
from steward.promises.sla.tables import CALENDARS
from steward.promises.sla.week import DAYS, drawn, words_of


@dataclass(frozen=True, slots=True)
class Span:
    """An open stretch of a day as the drawing takes it, in per cent."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Day:
    """A weekday's line."""

    title: str
    spoken: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Version:
    """One version as a line; `standing` is past, in force or planned."""

    since: datetime
    standing: str
    words: str


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """A calendar's record, as its hours stand now."""

    title: str
    calendar: SlaCalendar
    archived: bool
    zone: str
    days: Sequence[Day]
    holidays: Sequence[date]
    past: int
    versions: Sequence[Version]


@page(
    "sla/calendars/",
    permission="sla.view",
    kind=Kind.LIST,
    title=gettext_lazy("Calendars"),
    table=CALENDARS,
    template="ui/list.html",
    nav=Nav("promises", gettext_lazy("Calendars"), icon="calendar-week", order=40),
)
def calendars(request: Request) -> Listed:
    """When time counts."""
    return listed(CALENDARS, request)


@page(
    "sla/calendars/<uuid:uid>/",
    permission="sla.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Calendar"),
    parent="sla.calendars",
)
def calendar(request: Request, uid: UUID) -> CalendarPage:
    """One calendar."""
    found = queries.calendar(uid)
    versions = list(found.versions.order_by("-valid_from"))
    now = timezone.now()
    present = next((each for each in versions if each.valid_from <= now), versions[-1])
    ahead = [day for day in present.holidays if day >= now.date()]
    return CalendarPage(
        title=found.name,
        calendar=found,
        archived=found.archived_at is not None,
        zone=present.timezone,
        days=_days(present),
        holidays=ahead,
        past=len(present.holidays) - len(ahead),
        versions=[_version(each, present, now) for each in versions],
    )


@verb(calendar, "archive", permission="sla.manage")
def archive(request: Request, uid: UUID) -> Done:
    """Offer a calendar no more."""
    found = calendar_archive(queries.calendar(uid), actor=acting())
    return Done(
        _("%(name)s is offered to policies no more.") % {"name": found.name},
        undo="sla.calendar.archive",
        undo_args={"uid": str(uid)},
    )


@verb(calendar, "restore", permission="sla.manage")
def restore(request: Request, uid: UUID) -> Done:
    """Offer it again."""
    found = calendar_restore(queries.calendar(uid), actor=acting())
    return Done(_("%(name)s is offered again.") % {"name": found.name})


@undoes("sla.calendar.archive")
def undo_archive(*, actor: Actor, uid: str) -> None:
    """Take back that a calendar was archived."""
    calendar_restore(queries.calendar(UUID(uid)), actor=actor)


def _days(version: SlaCalendarVersion) -> list[Day]:
    return [
        Day(str(WEEKDAYS[place]), _spoken(version, DAYS[place]), [Span(f"{x}%", f"{width}%") for x, width in spans])
        for place, spans in enumerate(drawn(version.week, always=version.always))
    ]


def _spoken(version: SlaCalendarVersion, day: str) -> str:
    if version.always:
        return _("around the clock")
    return words_of(version.week.get(day, ())) or _("closed")


def _version(version: SlaCalendarVersion, present: SlaCalendarVersion, now: datetime) -> Version:
    words = (
        _("around the clock")
        if version.always
        else _("%(days)s days open") % {"days": len(list(filter(None, version.week.values())))}
    )
    if version.pk == present.pk:
        return Version(version.valid_from, _("in force"), words)
    return Version(version.valid_from, _("planned") if version.valid_from > now else _("past"), words)
