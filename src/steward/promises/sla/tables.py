# SPDX-License-Identifier: Apache-2.0
"""The lists of policies and of calendars: one definition each for page, API, files and saved views."""

from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import BoolFilter, CellKind, Column, Empty, Table
from steward.promises.sla import queries


def _hours_in_words(calendar: Any) -> str:
    return _("Around the clock") if calendar.always else _("By the week")


POLICIES = Table(
    name="sla.policies",
    label=gettext_lazy("policies"),
    rows=queries.policies,
    url=lambda policy: reverse("sla.policy", args=[policy.uid]),
    sort="name",
    search=("name", "description"),
    search_words=gettext_lazy("Filter these policies"),
    columns=[
        Column("name", gettext_lazy("Policy"), kind=CellKind.LINK, sort=Lower("name"), sub=lambda row: row.description),
        Column("since", gettext_lazy("Terms since"), kind=CellKind.TIME, sort=True, descending_first=True, css="meta"),
    ],
    filters=[BoolFilter("archived", gettext_lazy("Archived"), condition=Q(archived_at__isnull=False))],
    empty=Empty(
        title=gettext_lazy("No policies yet"),
        text=gettext_lazy(
            "A policy says how soon you answer and solve what clients report, by priority. Contracts name one; its clock "
            "runs on every ticket."
        ),
        icon="clock-hour-4",
        action=gettext_lazy("Add a policy"),
        action_url="/sla/policies/new/",
        action_permission="sla.manage",
    ),
)

CALENDARS = Table(
    name="sla.calendars",
    label=gettext_lazy("calendars"),
    rows=queries.calendars,
    url=lambda calendar: reverse("sla.calendar", args=[calendar.uid]),
    sort="name",
    search=("name",),
    search_words=gettext_lazy("Filter these calendars"),
    columns=[
        Column("name", gettext_lazy("Calendar"), kind=CellKind.LINK, sort=Lower("name")),
        Column("hours", gettext_lazy("Hours"), value=_hours_in_words, css="state"),
        Column("zone", gettext_lazy("Time zone"), kind=CellKind.CODE, sort=True, css="meta"),
        Column(
            "since", gettext_lazy("Hours since"), kind=CellKind.TIME, sort=True, descending_first=True, wide_only=True
        ),
    ],
    filters=[BoolFilter("archived", gettext_lazy("Archived"), condition=Q(archived_at__isnull=False))],
    empty=Empty(
        title=gettext_lazy("No calendars yet"),
        text=gettext_lazy("A calendar says when time counts: opening hours, holidays, the zone they are meant in."),
        icon="calendar-week",
        action=gettext_lazy("Add a calendar"),
        action_url="/sla/calendars/new/",
        action_permission="sla.manage",
    ),
)
