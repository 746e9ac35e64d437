# SPDX-License-Identifier: Apache-2.0
"""From asking for a month to its draft: begun in the request or by the schedule, counted by a worker, kept in one transaction."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.business.reports.computing import Counted
from steward.business.reports.figures import Row
from steward.business.reports.frozen import digest
from steward.business.reports.models import CountedRow, Counting, CountingState, Report, ReportState, Revision
from steward.business.reports.registry import section_kinds
from steward.core.access.public import save_once
from steward.core.operations.public import start
from steward.core.tenancy.public import Actor
from steward.core.ui.public import notify_live, topic

COUNT: Final = "reports.count"  # the kind of long work


def begin(
    report: Report, *, actor: Actor, reason: str = "", by_schedule: bool = False, issues: bool = False
) -> Counting:
    """Have a worker count a report's month, with the open transaction. Raises Refused for the whole while one counts it."""
    row = Counting(client=report.client, report=report, reason=reason, by_schedule=by_schedule, issues=issues)
    save_once(row, "", _("It is being counted already. Wait until that has ended."))
    row.refresh_from_db(fields=["uid"])
    params = {"counting": str(row.uid)}
    row.operation = start(COUNT, actor=actor, total=len(section_kinds()), params=params, client=report.client).uid
    row.save(update_fields=["operation"])
    tell(report)
    return row


def keep(counting: UUID, counted: Counted, at: datetime) -> Revision | None:
    """Make what was counted at `at` the draft, in the place of the one before. None when nobody waits for it any more."""
    asked = Counting.objects.get(uid=counting)
    # First the report, as every write about it does, then what hangs on it.
    report = Report.objects.select_for_update(of=("self",)).select_related("client").get(pk=asked.report_id)
    row = Counting.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if row.state != CountingState.RUNNING:
        return None
    draft = report.revisions.filter(state=ReportState.DRAFT).first() or _next(report, row.reason)
    draft.report, draft.counted_at = report, at
    rows = [_row(draft, figure, each) for figure, each in counted.rows]
    draft.content, draft.sha256 = counted.content, digest(counted.content, [each.values for each in rows])
    draft.save()
    draft.rows.all().delete()
    CountedRow.objects.bulk_create(rows, batch_size=1000)
    end(row, CountingState.DONE)
    tell(report)
    return draft


def end(counting: Counting, state: str) -> None:
    """Write down how counting ended."""
    counting.state, counting.ended_at = state, timezone.now()
    counting.save(update_fields=["state", "ended_at"])


def tell(report: Report) -> None:
    """Have open pages of a report ask for it anew."""
    notify_live(topic(report.client, "reports.report", report.uid))


def _next(report: Report, reason: str) -> Revision:
    last = report.revisions.aggregate(last=Max("n"))["last"] or 0
    return Revision(client=report.client, report=report, n=last + 1, reason=reason)


def _row(revision: Revision, figure: str, row: Row) -> CountedRow:
    return CountedRow(
        client_id=revision.client_id,
        revision=revision,
        figure=figure,
        record_kind=row.kind,
        record_uid=row.uid,
        number=row.number,
        label=row.label,
        at=row.at,
        facts=dict(row.facts),
    )
