# SPDX-License-Identifier: Apache-2.0
"""Which reports the schedule has to make now, for all clients in a fixed number of queries; and making one of them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db.models import Min, OuterRef, QuerySet, Subquery

from steward.business.reports.actions import report_of
from steward.business.reports.computing import month_of
from steward.business.reports.making import begin
from steward.business.reports.models import Counting, CountingState, Report, ReportPlan, ReportState, Revision
from steward.business.reports.scheduling import CAUGHT_UP, latest_due, month_after, month_before, owed
from steward.business.reports.waiting import never_counted
from steward.core.audit.public import audit
from steward.core.tenancy.public import Actor, Client
from steward.estate.clients.public import ClientProfile

AGAIN: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Owed:
    """A month that a client's report is owed of. `report` is a draft that was counted before that month was over, or one that could
    not be counted."""

    client: Client
    first: date
    issues: bool
    report: Report | None = None


def owed_now(now: datetime) -> list[Owed]:
    """What is due and not there, of clients in use whose plan says so. Needs the scope of all clients."""
    plans = {each.client_id: each for each in ReportPlan.objects.all()}
    zones = dict(ClientProfile.objects.values_list("client_id", "timezone"))
    begun = dict(Report.objects.values_list("client_id").annotate(Min("month")).order_by())
    made, early = _made(now)
    found = []
    for client in Client.objects.filter(state=Client.State.ACTIVE).order_by("pk"):
        plan = plans.get(client.pk) or ReportPlan(client=client)
        if not plan.enabled:
            continue
        latest = latest_due(now, plan.day, plan.at, zones.get(client.pk) or "UTC")
        known = made[client.pk] | ({begun[client.pk]} if client.pk in begun else set())
        for first in owed(latest, made=known, since=plan.since):
            if client.created_at < _surely_over(first):
                found.append(Owed(client, first, plan.issues))
        found += [
            Owed(client, each.month, plan.issues, each) for each in early.get(client.pk, ()) if each.month <= latest
        ]
    return [each for each in found if _is_over(each, now)]


def make_one(asked: Owed, *, actor: Actor) -> None:
    """Have it counted, with the open transaction. Raises Refused when a report of the month is there, or is being counted."""
    report = asked.report or report_of(asked.client, month_of(asked.client, f"{asked.first:%Y-%m}"))
    begin(report, actor=actor, by_schedule=True, issues=asked.issues)
    audit("reports.report.draft", report, number=report.number, month=f"{asked.first:%Y-%m}", by_schedule=True)


def _made(now: datetime) -> tuple[Mapping[int, set[date]], Mapping[int, list[Report]]]:
    """The latest months that a report was made of, also one that was discarded; and of those what is to be counted again: drafts of
    before their month was over, and what could not be counted."""
    oldest = now.date().replace(day=1)
    for _step in range(CAUGHT_UP + 1):
        oldest = month_before(oldest)
    made: dict[int, set[date]] = defaultdict(set)
    for client, month in Report.objects.filter(month__gte=oldest).values_list("client_id", "month"):
        made[client].add(month)
    early: dict[int, list[Report]] = defaultdict(list)
    drafts = Revision.objects.filter(
        report__state=ReportState.DRAFT, report__discarded_at=None, report__month__gte=oldest
    ).select_related("report__client")
    for draft in drafts.exclude(report__countings__state=CountingState.RUNNING):
        if draft.is_so_far:
            early[draft.report.client_id].append(draft.report)
    for report in _failed(now).filter(month__gte=oldest):
        early[report.client_id].append(report)
    return made, early


def _failed(now: datetime) -> QuerySet[Report]:
    """What the schedule could not count a while ago, and nobody has had counted since."""
    last = Counting.objects.filter(report=OuterRef("pk")).order_by("-pk")
    rows = never_counted().annotate(
        how=Subquery(last.values("state")[:1]), by_schedule=Subquery(last.values("by_schedule")[:1]),
        ended=Subquery(last.values("ended_at")[:1]),
    )  # fmt: skip
    return rows.filter(how=CountingState.FAILED, by_schedule=True, ended__lte=now - AGAIN)


def _surely_over(first: date) -> datetime:
    """An instant at which a month is over in every zone: spares asking for the zone of whoever came later."""
    after = month_after(first)
    return datetime(after.year, after.month, 1, 12, tzinfo=UTC)


def _is_over(asked: Owed, now: datetime) -> bool:
    # The contract's zone cuts the month, the client's clock says when the report is due: the one may be behind the other.
    month = asked.report.span if asked.report is not None else month_of(asked.client, f"{asked.first:%Y-%m}")
    return month.end <= now and asked.client.created_at < month.end
