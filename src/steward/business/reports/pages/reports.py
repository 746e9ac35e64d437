# SPDX-License-Identifier: Apache-2.0
"""The list of reports, one report as a document, and what a figure was counted from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, Http404
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from steward.business.reports import queries
from steward.business.reports.actions import report_issue, report_recount
from steward.business.reports.models import Report, Revision
from steward.business.reports.shown import Shown, ShownDifference, differences_shown, shown
from steward.business.reports.tables import COUNTED, REPORTS
from steward.core.files.public import file_response
from steward.core.ui.public import Done, Kind, Listed, Nav, Request, acting, listed, page, verb


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A revision as a document. `differences` is None for the first one; `intact` is whether its hash still holds."""

    title: str
    chapeau: str
    byline: str
    frozen: str
    answers: Sequence[Any]
    contents: Sequence[dict[str, str]]
    shown: Shown
    report: Report
    revision: Revision
    revisions: Sequence[Revision]
    differences: Sequence[ShownDifference] | None
    intact: bool
    has_file: bool


@page(
    "reports/",
    permission="reports.view",
    kind=Kind.LIST,
    title=gettext_lazy("Reports"),
    table=REPORTS,
    template="reports/reports.html",
    nav=Nav("business", gettext_lazy("Reports"), icon="report", order=10, keys="g r"),
)
def reports(request: Request) -> Listed:
    """What clients were told about their months."""
    return listed(REPORTS, request)


@page(
    "reports/counted/",
    permission="reports.view",
    kind=Kind.LIST,
    title=gettext_lazy("What was counted"),
    table=COUNTED,
    parent="reports.reports",
    template="ui/list.html",
)
def counted(request: Request) -> Listed:
    """What figures were counted from."""
    return listed(COUNTED, request)


@page(
    "reports/<str:number>/",
    permission="reports.view",
    kind=Kind.REPORT,
    title=gettext_lazy("Report"),
    parent="reports.reports",
)
def report(request: Request, number: str) -> ReportPage:
    """What was issued last; the draft where nothing was."""
    found = queries.report(number)
    return _page(found, queries.revision(found))


@page(
    "reports/<str:number>/revisions/<int:n>/",
    permission="reports.view",
    kind=Kind.REPORT,
    title=gettext_lazy("Revision"),
    parent="reports.reports",
    template="reports/report.html",
)
def revision(request: Request, number: str, n: int) -> ReportPage:
    """One revision, with what differs from the one before."""
    found = queries.report(number)
    return _page(found, queries.revision(found, n))


@page(
    "reports/<str:number>/revisions/<int:n>/pdf/",
    permission="reports.view",
    kind=Kind.REPORT,
    title=gettext_lazy("Report as PDF"),
    parent="reports.reports",
)
def pdf(request: Request, number: str, n: int) -> FileResponse:
    """An issued revision as a file, in the reader's language."""
    found = queries.revision(queries.report(number), n)
    made = queries.file_of(found, get_language() or "")
    if made is None:
        raise Http404
    return file_response(made.file)


@verb(report, "recount", permission="reports.make")
def recount(request: Request, number: str) -> Done:
    """Count the draft again."""
    draft = report_recount(queries.report(number), actor=acting())
    return Done(_("%(number)s was counted again.") % {"number": number}, goto=_url(number, draft.n))


@verb(report, "issue", permission="reports.make")
def issue(request: Request, number: str) -> Done:
    """Freeze the draft and let the client see it."""
    issued = report_issue(queries.report(number), actor=acting())
    return Done(_("%(number)s was issued.") % {"number": number}, goto=_url(number, issued.n))


def _url(number: str, n: int) -> str:
    return reverse("reports.revision", args=[number, n])


def _page(found: Report, chosen: Revision) -> ReportPage:
    document = shown(found, chosen)
    return ReportPage(
        title=document.title,
        chapeau=document.chapeau,
        byline=document.byline,
        frozen=document.frozen,
        answers=document.answers,
        contents=[{"label": each.title, "id": each.id} for each in document.sections],
        shown=document,
        report=found,
        revision=chosen,
        revisions=list(queries.revisions_of(found)),
        differences=differences_shown(queries.changed_since(chosen)) if chosen.n > 1 else None,
        intact=queries.is_intact(chosen),
        has_file=chosen.is_issued and queries.file_of(chosen, get_language() or "") is not None,
    )
