# SPDX-License-Identifier: Apache-2.0
"""Reports for programs: the same actions and lists as the pages."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.business.reports import queries
from steward.business.reports.actions import (
    plan_set,
    report_discard,
    report_draft,
    report_issue,
    report_mail,
    report_recount,
    report_reissue,
)
from steward.business.reports.frozen import parts_of
from steward.business.reports.models import Report, ReportMail, Revision
from steward.business.reports.plan_table import PLANS
from steward.business.reports.plans import chosen_contacts, next_due, plan_of, zone_of
from steward.business.reports.tables import COUNTED, REPORTS
from steward.core.access.public import Refused
from steward.core.notify.public import HandedOver
from steward.core.rest.public import endpoint, router
from steward.core.tenancy.public import Client
from steward.core.ui.public import acting, list_endpoint

api: Router = router("reports", label=_("Reports"))
list_endpoint(api, "", REPORTS, permission="reports.view")
list_endpoint(api, "/counted", COUNTED, permission="reports.view")
planned: Router = router("report-plans", label=_("Plans of reports"))
list_endpoint(planned, "", PLANS, permission="reports.plan")


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


class MailOut(Schema):
    """Whom a revision was mailed to: the contact's identifier, the language, the state of the delivery and what the other side said."""

    contact: UUID
    language: str
    at: datetime
    state: str
    answer: str


class CountingOut(Schema):
    """The long work that counts, or counted last: running, done, failed, cancelled."""

    operation: UUID | None
    state: str


class RevisionOut(Schema):
    """What was counted, once. `faults` names sections that could not be counted, each with a word for why; `mails` are for staff."""

    n: int
    state: str
    counted_at: datetime
    issued_at: datetime | None
    reason: str
    sha256: str
    intact: bool
    figures: list[FigureOut]
    faults: dict[str, str]
    mails: list[MailOut]


class ReportOut(Schema):
    """A report with the revisions that the caller may see, the latest first; `counting` is for staff."""

    uid: UUID
    number: str
    client: str
    month: date
    timezone: str
    state: str
    discarded_at: datetime | None
    counting: CountingOut | None
    revisions: list[RevisionOut]


@api.post("", response={201: ReportOut})
@endpoint(permission="reports.make")
def report_post(request: HttpRequest, body: NewReportIn) -> Status[dict[str, Any]]:
    """Have a month counted into a draft; a worker counts."""
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
    """Have the draft of a report counted again."""
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
    """Have an issued month counted anew, as a draft beside what was issued."""
    report_reissue(queries.report(number), actor=acting(), reason=body.reason)
    return Status(201, _report(queries.report(number)))


@api.post("/{number}/discard", response=ReportOut)
@endpoint(permission="reports.make")
def report_discard_post(request: HttpRequest, number: str) -> dict[str, Any]:
    """Throw the draft away, also that of a reissue."""
    report_discard(queries.report(number), actor=acting())
    return _report(queries.report(number))


@api.post("/{number}/mail", response=ReportOut)
@endpoint(permission="reports.make")
def report_mail_post(request: HttpRequest, number: str) -> dict[str, Any]:
    """Mail what was issued last to the contacts of the client's plan who have not got it."""
    report_mail(queries.report(number), actor=acting())
    return _report(queries.report(number))


class ReportPlanIn(Schema):
    """When a client's report is made: on `day` (1 to 28) of the month after, `at` by the client's clock; whether it is issued and mailed
    without a person's look; which contacts it is mailed to, by their identifiers."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool
    day: int
    at: time
    issues: bool
    contacts: list[UUID] = Field(max_length=200)


class ReportPlanOut(ReportPlanIn):
    """A client's plan, or the defaults; `timezone` is that of `at`, `next_at` when the report of `next_month` is due, null when off."""

    client: str
    timezone: str
    next_month: date | None
    next_at: datetime | None


@planned.get("/{slug}", response=ReportPlanOut)
@endpoint(permission="reports.plan")
def plan_get(request: HttpRequest, slug: str) -> dict[str, Any]:
    """When a client's report is made, and who is mailed it."""
    return _plan(Client.objects.get(slug=slug))


@planned.put("/{slug}", response=ReportPlanOut)
@endpoint(permission="reports.plan")
def plan_put(request: HttpRequest, slug: str, body: ReportPlanIn) -> dict[str, Any]:
    """Decide when a client's report is made, and who is mailed it."""
    client = Client.objects.get(slug=slug)
    plan_set(client, actor=acting(), **body.dict())
    return _plan(client)


def _plan(client: Client) -> dict[str, Any]:
    found, zone = plan_of(client), zone_of(client)
    first, due = next_due(found, zone, timezone.now()) if found.enabled else (None, None)
    own = ("enabled", "day", "at", "issues")
    return {
        **{name: getattr(found, name) for name in own},
        "contacts": chosen_contacts(found),
        "client": client.slug,
        "timezone": zone,
        "next_month": first,
        "next_at": due,
    }


def _report(found: Report) -> dict[str, Any]:
    own = ("uid", "number", "month", "timezone", "state", "discarded_at")
    counting = queries.counting_of(found)
    return {
        **{name: getattr(found, name) for name in own},
        "client": found.client.slug,
        "counting": counting and {"operation": counting.operation, "state": counting.state},
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
        "mails": [_mail(*each) for each in queries.mails_of(found)],
    }


def _mail(mail: ReportMail, fate: HandedOver | None) -> dict[str, Any]:
    said = fate.answer or fate.code if fate is not None else ""
    state = fate.state if fate is not None else ""
    return {
        "contact": mail.contact.uid,
        "language": mail.language,
        "at": mail.created_at,
        "state": state,
        "answer": said,
    }
