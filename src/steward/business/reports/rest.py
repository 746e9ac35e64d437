# SPDX-License-Identifier: Apache-2.0
"""Reports for programs: the same actions and lists as the pages."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.business.reports import queries
from steward.business.reports.actions import report_draft, report_issue, report_recount, report_reissue
from steward.business.reports.frozen import parts_of
from steward.business.reports.models import Report, Revision
from steward.business.reports.tables import COUNTED, REPORTS
from steward.core.access.public import Refused
from steward.core.rest.public import endpoint, router
from steward.core.tenancy.public import Client
from steward.core.ui.public import acting, list_endpoint

api: Router = router("reports", label=_("Reports"))
list_endpoint(api, "", REPORTS, permission="reports.view")
list_endpoint(api, "/counted", COUNTED, permission="reports.view")


class NewReportIn(Schema):
    """Whose month: a client by its slug, a month that is over such as 2026-10."""

    model_config = ConfigDict(extra="forbid")

    client: str = Field(max_length=40)
    month: str = Field(max_length=7)


class ReissueIn(Schema):
    """Why a month is counted anew."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=300)


class FigureOut(Schema):
    """A figure; null where there was nothing to count. `n` rows stand in the list of counted rows under `name`."""

    name: str
    value: float | None
    n: int
    unit: str


class RevisionOut(Schema):
    """What was counted, once. `fault` names sections that could not be counted, each with a word for why."""

    n: int
    state: str
    counted_at: datetime
    issued_at: datetime | None
    reason: str
    sha256: str
    intact: bool
    figures: list[FigureOut]
    faults: dict[str, str]


class ReportOut(Schema):
    """A report with the revisions that the caller may see, the latest first."""

    uid: UUID
    number: str
    client: str
    month: date
    timezone: str
    state: str
    revisions: list[RevisionOut]


@api.post("", response={201: ReportOut})
@endpoint(permission="reports.make")
def report_post(request: HttpRequest, body: NewReportIn) -> Status[dict[str, Any]]:
    """Count a month into a draft."""
    client = Client.objects.filter(slug=body.client).first()
    if client is None:
        raise Refused("client", _("There is no client with this slug."))
    return Status(201, _report(report_draft(client, actor=acting(), month=body.month)))


@api.get("/{number}", response=ReportOut)
@endpoint(permission="reports.view")
def report_get(request: HttpRequest, number: str) -> dict[str, Any]:
    """One report."""
    return _report(queries.report(number))


@api.post("/{number}/recount", response=ReportOut)
@endpoint(permission="reports.make")
def report_recount_post(request: HttpRequest, number: str) -> dict[str, Any]:
    """Count the draft of a report again."""
    report_recount(queries.report(number), actor=acting())
    return _report(queries.report(number))


@api.post("/{number}/issue", response=ReportOut)
@endpoint(permission="reports.make")
def report_issue_post(request: HttpRequest, number: str) -> dict[str, Any]:
    """Freeze the draft and let the client see it."""
    report_issue(queries.report(number), actor=acting())
    return _report(queries.report(number))


@api.post("/{number}/reissue", response={201: ReportOut})
@endpoint(permission="reports.make")
def report_reissue_post(request: HttpRequest, number: str, body: ReissueIn) -> Status[dict[str, Any]]:
    """Count an issued month anew, as a draft beside what was issued."""
    report_reissue(queries.report(number), actor=acting(), reason=body.reason)
    return Status(201, _report(queries.report(number)))


def _report(found: Report) -> dict[str, Any]:
    own = ("uid", "number", "month", "timezone", "state")
    return {
        **{name: getattr(found, name) for name in own},
        "client": found.client.slug,
        "revisions": [_revision(each) for each in queries.revisions_of(found)],
    }


def _revision(found: Revision) -> dict[str, Any]:
    said = ("n", "state", "counted_at", "issued_at", "reason", "sha256")
    parts = parts_of(found.content)
    return {
        **{name: getattr(found, name) for name in said},
        "intact": queries.is_intact(found),
        "figures": [
            {"name": each.name, "value": each.value, "n": each.n, "unit": each.unit.value}
            for part in parts
            for each in part.figures.values()
        ],
        "faults": {part.slug: part.fault for part in parts if part.fault},
    }
