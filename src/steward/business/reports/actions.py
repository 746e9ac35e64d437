# SPDX-License-Identifier: Apache-2.0
"""Every write. What was issued is never changed: whoever has to correct it issues a revision."""

from typing import Final

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.business.reports.computing import count, month_of
from steward.business.reports.events import ReportIssued
from steward.business.reports.figures import Row
from steward.business.reports.frozen import digest, parts_of
from steward.business.reports.models import CountedRow, Report, ReportState, Revision
from steward.business.reports.search import index
from steward.core.access.public import Refused, action, save_once
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.records.public import next_number
from steward.core.tenancy.public import Actor, Client
from steward.core.ui.public import notify_live, topic

PREFIX: Final = "RP"
REASON_LENGTH: Final = 300


@action(permission="reports.make")
def report_draft(client: Client, *, actor: Actor, month: str) -> Report:
    """Count a month, "2026-10", into a draft that only staff see; of the month that goes on, what is known so far.

    Raises:
        Refused: field `month` when it is none, has not begun in the contract's zone, or has a report.
    """
    try:
        asked = month_of(client, month)
    except (ValueError, OverflowError) as bad:
        raise Refused("month", _("Write a month as 2026-10.")) from bad
    if asked.start > timezone.now():
        raise Refused("month", _("This month has not begun yet."))
    report = Report(client=client, number=next_number(PREFIX), month=asked.first, timezone=asked.zone)
    save_once(report, "month", _("There is a report of this month already. Count it again, or reissue it."))
    report.refresh_from_db(fields=["uid"])
    _count(Revision(client=client, report=report, n=1))
    index(report)
    audit("reports.report.draft", report, number=report.number, month=month)
    return report


@action(permission="reports.make")
def report_recount(report: Report, *, actor: Actor) -> Revision:
    """Count the draft of a report again: what came late is in it then.

    Raises Refused for the whole when it has no draft.
    """
    draft = _count(_held_draft(report))
    audit("reports.report.recount", report, revision=draft.n)
    _tell(report)
    return draft


@action(permission="reports.make")
def report_issue(report: Report, *, actor: Actor) -> Revision:
    """Freeze the draft as it was counted and let the client see it.

    Raises Refused for the whole when it has no draft, when that was counted before the month was over, or when a section of it could
    not be counted because the store was away.
    """
    draft = _held_draft(report)
    if draft.is_so_far:
        raise Refused("", _("It was counted before the month was over. Count it again afterwards, then issue it."))
    if any(part.fault == "away" for part in parts_of(draft.content)):
        raise Refused("", _("A section could not be counted. Count again when the store of measurements is back."))
    draft.state, draft.issued_at, draft.issued_by_id = ReportState.ISSUED, timezone.now(), actor.user_id
    draft.save(update_fields=["state", "issued_at", "issued_by"])
    Report.objects.filter(pk=report.pk).update(state=ReportState.ISSUED)
    audit("reports.report.issue", report, revision=draft.n, sha256=draft.sha256)
    emit(ReportIssued(report.client_id, report.uid, draft.n))
    _tell(report)
    return draft


@action(permission="reports.make")
def report_reissue(report: Report, *, actor: Actor, reason: str) -> Revision:
    """Count the month anew, as a draft beside what was issued; it shows what differs, figure by figure.

    Raises Refused: field `reason` when empty or too long; the whole when nothing was issued, or a draft is there.
    """
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise Refused("reason", _("Say why, in at most %(length)s characters.") % {"length": REASON_LENGTH})
    held = _held(report)
    if held.state != ReportState.ISSUED:
        raise Refused("", _("It was not issued yet: count the draft again instead."))
    last = held.revisions.aggregate(last=Max("n"))["last"]
    if held.revisions.filter(state=ReportState.DRAFT).exists():
        raise Refused("", _("A revision is being drafted already."))
    draft = _count(Revision(client=held.client, report=held, n=last + 1, reason=reason.strip()))
    audit("reports.report.reissue", report, revision=draft.n, reason=draft.reason)
    _tell(report)
    return draft


def _count(revision: Revision) -> Revision:
    report = revision.report
    month = report.span
    revision.counted_at = timezone.now()
    counted = count(report.client, month)
    rows = [_row(revision, figure, row) for figure, row in counted.rows]
    revision.content, revision.sha256 = counted.content, digest(counted.content, [each.values for each in rows])
    revision.save()
    revision.rows.all().delete()
    CountedRow.objects.bulk_create(rows, batch_size=1000)
    return revision


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


def _held(report: Report) -> Report:
    return Report.objects.select_for_update(of=("self",)).select_related("client").get(pk=report.pk)


def _held_draft(report: Report) -> Revision:
    draft = _held(report).revisions.select_related("report__client").filter(state=ReportState.DRAFT).first()
    if draft is None:
        raise Refused("", _("There is no draft. What was issued is never changed; reissue it."))
    return draft


def _tell(report: Report) -> None:
    notify_live(topic(report.client, "reports.report", report.uid))
