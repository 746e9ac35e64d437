# SPDX-License-Identifier: Apache-2.0
"""Calendars."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.rest.public import endpoint, router
from steward.core.ui.public import acting, list_endpoint
from steward.promises.sla import queries
from steward.promises.sla.actions import (
    CalendarHours,
    calendar_archive,
    calendar_create,
    calendar_rename,
    calendar_restore,
    calendar_revise,
)
from steward.promises.sla.models import SlaCalendar
from steward.promises.sla.tables import CALENDARS

api: Router = router("sla-calendars", prefix="sla/calendars", label=_("Calendars"))

list_endpoint(api, "", CALENDARS, permission="sla.view")


class HoursIn(Schema):
    """What is open; `week` as a document of the clock has it: {"mon": [["09:00", "18:00"]]}."""

    model_config = ConfigDict(extra="forbid")

    timezone: str = Field(max_length=64)
    always: bool = False
    week: dict[str, list[list[str]]] = Field(default_factory=dict, max_length=7)
    holidays: list[date] = Field(default_factory=list, max_length=1_000)

    def hours(self) -> CalendarHours:
        """As the actions take it."""
        return CalendarHours(self.timezone, self.always, self.week, self.holidays)


class NewCalendarIn(HoursIn):
    """A calendar with its first hours."""

    name: str = Field(max_length=80)


class VersionIn(HoursIn):
    """Other hours, from a time on; without one, from now."""

    valid_from: datetime | None = None


class NameIn(Schema):
    """What it is called."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)


class CalendarVersionOut(Schema):
    """Hours from a time on, until the next version's."""

    valid_from: datetime
    recorded_at: datetime
    timezone: str
    always: bool
    week: dict[str, list[list[str]]]
    holidays: list[date]


class CalendarOut(Schema):
    """A calendar with all its versions, the latest first."""

    uid: UUID
    name: str
    archived_at: datetime | None
    versions: list[CalendarVersionOut]


@api.post("", response={201: CalendarOut})
@endpoint(permission="sla.manage")
def calendar_post(request: HttpRequest, body: NewCalendarIn) -> Status[dict[str, Any]]:
    """Make a calendar."""
    return Status(201, _calendar(calendar_create(actor=acting(), name=body.name, hours=body.hours())))


@api.get("/{uuid:uid}", response=CalendarOut)
@endpoint(permission="sla.view")
def calendar_get(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One calendar."""
    return _calendar(queries.calendar(uid))


@api.put("/{uuid:uid}", response=CalendarOut)
@endpoint(permission="sla.manage")
def calendar_put(request: HttpRequest, uid: UUID, body: NameIn) -> dict[str, Any]:
    """Call a calendar something else; its hours change by a new version."""
    return _calendar(calendar_rename(queries.calendar(uid), actor=acting(), name=body.name))


@api.post("/{uuid:uid}/versions", response={201: CalendarOut})
@endpoint(permission="sla.manage")
def calendar_version_post(request: HttpRequest, uid: UUID, body: VersionIn) -> Status[dict[str, Any]]:
    """Have other hours from a time on."""
    found = queries.calendar(uid)
    calendar_revise(found, actor=acting(), hours=body.hours(), valid_from=body.valid_from)
    return Status(201, _calendar(found))


@api.post("/{uuid:uid}/archive", response=CalendarOut)
@endpoint(permission="sla.manage")
def calendar_archive_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Offer a calendar no more."""
    return _calendar(calendar_archive(queries.calendar(uid), actor=acting()))


@api.post("/{uuid:uid}/restore", response=CalendarOut)
@endpoint(permission="sla.manage")
def calendar_restore_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Offer it again."""
    return _calendar(calendar_restore(queries.calendar(uid), actor=acting()))


def _calendar(found: SlaCalendar) -> dict[str, Any]:
    return {
        "uid": found.uid,
        "name": found.name,
        "archived_at": found.archived_at,
        "versions": list(found.versions.order_by("-valid_from").values(*CalendarVersionOut.model_fields)),
    }
