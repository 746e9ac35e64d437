# SPDX-License-Identifier: Apache-2.0
"""The list of reports, and the list of what a figure was counted from: one definition each for page, API, files and saved views."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.business.reports import queries
from steward.business.reports.models import CountedRow, ReportState
from steward.business.reports.records import report_url
from steward.business.reports.registry import figure_words, section_kinds
from steward.business.reports.words import month_words
from steward.core.ui.public import (
    CellKind,
    ChoiceFilter,
    ClientFilter,
    Column,
    Empty,
    Table,
    TextFilter,
    View,
    client_column,
)

MOST_REVISIONS = 1_000


@dataclass(frozen=True, slots=True)
class ExactFilter(TextFilter):
    """Rows whose field is the text."""

    def narrowed(self, rows: QuerySet[Any], values: tuple[str, ...]) -> QuerySet[Any]:
        return rows.filter(**{f"{self.path}__in": values})


@dataclass(frozen=True, slots=True)
class NumberFilter(TextFilter):
    """Rows whose field is the number."""

    def narrowed(self, rows: QuerySet[Any], values: tuple[str, ...]) -> QuerySet[Any]:
        for value in values:
            if not (value.isascii() and value.isdigit() and int(value) < MOST_REVISIONS):
                raise self._refused(value)
        return rows.filter(**{f"{self.path}__in": [int(value) for value in values]})


def figures_offered() -> list[tuple[str, Any]]:
    """Every figure that a section counts."""
    names = [f"{kind.slug}.{figure}" for kind in section_kinds().values() for figure in kind.figures]
    return [(each, figure_words(each)) for each in names]


def said_of(row: CountedRow) -> str:
    """What counts about a row."""
    kind = section_kinds().get(row.figure.partition(".")[0])
    return str(kind.said(row.facts)) if kind is not None else ""


def counted_url(number: str, revision: int, figure: str) -> str:
    """The list of what a figure was counted from."""
    asked = urlencode({"report": number, "revision": revision, "figure": figure})
    return f"{reverse('reports.counted')}?{asked}"


REPORTS = Table(
    name="reports.reports",
    label=_("reports"),
    rows=queries.reports,
    url=report_url,
    sort="-month",
    search=("number", "client__name"),
    search_words=_("Filter these reports"),
    columns=[
        Column(
            "month",
            _("Month"),
            value=lambda row: month_words(row.month),
            kind=CellKind.LINK,
            sort=["month", "id"],
            descending_first=True,
            number=lambda row: row.number,
        ),
        client_column(),
        Column(
            "state", _("State"), kind=CellKind.STATE, sort=True, css="state", text=lambda row: row.get_state_display()
        ),
        Column("revision", _("Revision"), kind=CellKind.NUMBER, css="meta"),
        Column("issued_at", _("Issued"), kind=CellKind.TIME),
        Column("number", _("Number"), kind=CellKind.CODE, shown=False),
    ],
    filters=[ClientFilter(), ChoiceFilter("state", _("State"), choices=ReportState.choices)],
    views=[View("draft", _("Drafts"), "state=draft"), View("issued", _("Issued"), "state=issued")],
    empty=Empty(
        title=_("No reports yet"),
        text=_(
            "A report tells a client what a month was like: every figure leads to the rows that it was counted from, and what was "
            "issued is never changed."
        ),
        icon="report",
        action=_("Make a report"),
        action_url="/reports/new/",
        action_permission="reports.make",
    ),
)

COUNTED = Table(
    name="reports.counted",
    label=_("counted rows"),
    rows=queries.counted_rows,
    url=lambda row: getattr(row, "url", ""),
    sort="at",
    search=("number", "label"),
    search_words=_("Filter these rows"),
    prepare=queries.put_urls,
    columns=[
        Column("label", _("Counted"), kind=CellKind.LINK, sort=True, number=lambda row: row.number),
        client_column(),
        Column("at", _("When"), kind=CellKind.TIME, sort=["at", "id"]),
        Column("said", _("What counts"), value=said_of, css="sub"),
        Column("figure", _("Figure"), text=lambda row: figure_words(row.figure), wide_only=True),
        Column("report", _("Report"), value="revision.report.number", kind=CellKind.CODE, wide_only=True),
        Column("revision", _("Revision"), value="revision.n", kind=CellKind.NUMBER, wide_only=True),
        Column("number", _("Number"), kind=CellKind.CODE, shown=False),
    ],
    filters=[
        ExactFilter("report", _("Report"), field="revision__report__number"),
        NumberFilter("revision", _("Revision"), field="revision__n"),
        ChoiceFilter("figure", _("Figure"), choices=figures_offered),
        ClientFilter(),
    ],
    empty=Empty(
        title=_("Nothing was counted"),
        text=_("What the figures of reports were counted from stands here. A figure of zero has no rows."),
        icon="list-numbers",
    ),
)
