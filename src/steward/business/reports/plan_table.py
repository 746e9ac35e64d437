# SPDX-License-Identifier: Apache-2.0
"""The list of what is decided about clients' reports: one definition for page, API, files and saved views."""

from typing import Any

from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _

from steward.business.reports.plans import plans
from steward.core.ui.public import BoolFilter, CellKind, Column, Empty, Table, View


def _at(row: Any) -> str:
    return f"{time_format(row.at, 'H:i')}, {row.zone}"


PLANS = Table(
    name="reports.plans",
    label=_("plans of reports"),
    rows=plans,
    url=lambda client: reverse("reports.plan", args=[client.slug]),
    sort="name",
    search=("name", "slug"),
    search_words=_("Filter these clients"),
    columns=[
        Column("name", _("Client"), kind=CellKind.LINK, sort=Lower("name")),
        Column("enabled", _("Made every month"), kind=CellKind.BOOL, sort=True),
        Column("day", _("On day"), kind=CellKind.NUMBER, sort=True),
        Column("at", _("At"), value=_at, css="meta"),
        Column("issues", _("Without a look"), kind=CellKind.BOOL, sort=True),
        Column("recipient_count", _("Mailed to"), kind=CellKind.NUMBER, sort=True),
        Column("slug", _("Address"), kind=CellKind.CODE, shown=False),
    ],
    filters=[
        BoolFilter("enabled", _("Made every month")),
        BoolFilter("issues", _("Without a look")),
    ],
    views=[View("off", _("Not made"), "enabled=no"), View("by_itself", _("Without a look"), "issues=yes")],
    empty=Empty(
        title=_("No clients yet"),
        text=_("Which clients get a report of each month, when it is made and who is mailed it stands here."),
        icon="calendar-event",
    ),
)
