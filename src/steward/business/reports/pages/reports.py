# SPDX-License-Identifier: Apache-2.0
"""The list of reports, one report as a document, and what a figure was counted from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, Http404
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from steward.business.reports import queries
from steward.business.reports.actions import report_discard, report_issue, report_mail, report_recount
from steward.business.reports.models import Report, Revision
from steward.business.reports.plans import recipients_of
from steward.business.reports.shown import Shown, ShownDifference, differences_shown, shown
from steward.business.reports.standing import ShownCounting, ShownMail, counting_shown, mails_shown
from steward.business.reports.tables import COUNTED, REPORTS
from steward.business.reports.words import month_words
from steward.core.files.public import file_response
from steward.core.ui.public import Done, Kind, Listed, Nav, Request, acting, listed, page, verb


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A revision as a document; `shown` and `revision` are None while nothing was counted. `differences` is None for the first one,
    `intact` is whether its hash still holds. For the staff alone: `counting`, `mails`, and `told`, whom issuing will mail it to."""

    title: str
    report: Report
    revisions: Sequence[Revision]
    chapeau: str = ""
    byline: str = ""
    frozen: str = ""
    answers: Sequence[Any] = ()
    contents: Sequence[dict[str, str]] = ()
    shown: Shown | None = None
    revision: Revision | None = None
    differences: Sequence[ShownDifference] | None = None
    intact: bool = True
    has_file: bool = False
    counting: ShownCounting | None = None
    mails: Sequence[ShownMail] = ()
    told: Sequence[str] = ()


@page(
    "reports/",
    permission="reports.view",
    kind=Kind.LIST,
    title=gettext_lazy("Reports"),
    table=REPORTS,
    template="reports/reports.html",
    nav=Nav("business", gettext_lazy("Reports"), icon="report", order=10, keys="g b"),
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
    return _page(found, queries.latest_revision(found))


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
    report_recount(queries.report(number), actor=acting())
    return Done(_("%(number)s is being counted. You may leave.") % {"number": number})


@verb(report, "issue", permission="reports.make")
def issue(request: Request, number: str) -> Done:
    """Freeze the draft and let the client see it."""
    issued = report_issue(queries.report(number), actor=acting())
    return Done(_("%(number)s was issued.") % {"number": number}, goto=_url(number, issued.n))


@verb(report, "discard", permission="reports.make")
def discard(request: Request, number: str) -> Done:
    """Throw the draft away."""
    left = report_discard(queries.report(number), actor=acting())
    goto = reverse("reports.reports") if left.discarded_at is not None else reverse("reports.report", args=[number])
    return Done(_("The draft of %(number)s was discarded.") % {"number": number}, goto=goto)


@verb(report, "mail", permission="reports.make")
def mail(request: Request, number: str) -> Done:
    """Mail what was issued to those who have not got it."""
    mailed = report_mail(queries.report(number), actor=acting())
    words = ngettext("%(number)s goes to %(n)s contact.", "%(number)s goes to %(n)s contacts.", mailed)
    return Done(words % {"number": number, "n": mailed})


def _url(number: str, n: int) -> str:
    return reverse("reports.revision", args=[number, n])


def _page(found: Report, chosen: Revision | None) -> ReportPage:
    counting = counting_shown(found, queries.counting_of(found))
    if chosen is None:
        if not queries.sees_drafts():
            raise Http404
        chapeau = _("%(client)s · monthly report") % {"client": found.client.name}
        return ReportPage(month_words(found.month), found, (), chapeau=chapeau, byline=found.number, counting=counting)
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
        counting=counting,
        mails=mails_shown(queries.mails_of(chosen)),
        told=[] if chosen.is_issued else [each.contact.name for each in recipients_of(found.client)],
    )
