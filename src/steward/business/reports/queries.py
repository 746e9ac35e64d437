# SPDX-License-Identifier: Apache-2.0
"""Every read. A client's people see what was issued to them; drafts are the staff's."""

from collections.abc import Sequence

from django.db.models import OuterRef, QuerySet, Subquery

from steward.business.reports.frozen import Difference, differences, digest
from steward.business.reports.models import (
    CountedRow,
    Counting,
    Report,
    ReportFile,
    ReportMail,
    ReportState,
    Revision,
)
from steward.core.notify.public import HandedOver, handed_over
from steward.core.records.public import RecordRef, find_records, record_kind
from steward.core.tenancy.public import Client, current_scope


def sees_drafts() -> bool:
    """Whether the reader may see what is not issued yet."""
    return current_scope().actor.may("reports.drafts_view")


def reports() -> QuerySet[Report]:
    """Every report that the reader may see and that was not discarded, with what a line shows: when it was issued last, and which
    revision that was."""
    return _reports().filter(discarded_at=None)


def _reports() -> QuerySet[Report]:
    issued = Revision.objects.filter(report=OuterRef("pk"), state=ReportState.ISSUED).order_by("-n")
    rows = Report.objects.select_related("client").annotate(
        issued_at=Subquery(issued.values("issued_at")[:1]), revision=Subquery(issued.values("n")[:1])
    )
    return rows if sees_drafts() else rows.filter(state=ReportState.ISSUED)


def report(number: str) -> Report:
    """One report by its number, also one that was discarded. Raises Report.DoesNotExist."""
    return _reports().get(number=number)


def reports_of(client: Client) -> QuerySet[Report]:
    """A client's reports, the latest first."""
    return reports().filter(client=client).order_by("-month", "-pk")


def revisions_of(found: Report) -> QuerySet[Revision]:
    """What a report says and said, the latest first, as far as the reader may see it."""
    rows = found.revisions.select_related("issued_by").order_by("-n")
    return rows if sees_drafts() else rows.filter(state=ReportState.ISSUED)


def revision(found: Report, n: int) -> Revision:
    """One revision of a report. Raises Revision.DoesNotExist."""
    return revisions_of(found).get(n=n)


def latest_revision(found: Report) -> Revision | None:
    """The revision that was issued last, or the draft where none was; None while there is neither."""
    rows = revisions_of(found)
    return rows.filter(state=ReportState.ISSUED).first() or rows.first()


def counting_of(found: Report) -> Counting | None:
    """How the counting of a report stands, for the staff: what runs, else the last one that ended."""
    return found.countings.order_by("-created_at", "-pk").first() if sees_drafts() else None


def mails_of(found: Revision) -> list[tuple[ReportMail, HandedOver | None]]:
    """Whom a revision was mailed to and what became of that, for the staff; the latter None when it is kept no longer."""
    if not sees_drafts() or not found.is_issued:
        return []
    mails = list(found.mails.select_related("contact"))
    fates = handed_over(each.notice for each in mails) if mails else {}
    return [(each, fates.get(each.notice)) for each in mails]


def is_intact(found: Revision) -> bool:
    """Whether a revision still is what its hash says."""
    return digest(found.content, [each.values for each in found.rows.all()]) == found.sha256


def changed_since(found: Revision) -> list[Difference] | None:
    """What differs from the revision that was issued before, figure by figure; None for the first."""
    before = found.report.revisions.filter(n__lt=found.n, state=ReportState.ISSUED).order_by("-n").first()
    return differences(before.content, found.content) if before is not None else None


def counted_rows() -> QuerySet[CountedRow]:
    """Everything that figures were counted from, as far as the reader may see the report."""
    rows = CountedRow.objects.select_related("client", "revision__report")
    return rows if sees_drafts() else rows.filter(revision__state=ReportState.ISSUED)


def put_urls(rows: Sequence[CountedRow]) -> None:
    """Give each row the `url` of its record; empty where it leads nowhere for the reader."""
    refs = [RecordRef(each.record_kind, each.record_uid) for each in rows]
    found = find_records(refs)
    for each, ref in zip(rows, refs, strict=True):
        record = found.get(ref)
        each.url = record_kind(ref.kind).url(record) if record is not None else ""  # type: ignore[attr-defined]  # for the list alone


def file_of(found: Revision, language: str) -> ReportFile | None:
    """A revision's PDF in a language, else in any; None while none is made."""
    rows = list(found.files.select_related("file").order_by("language"))
    return next((each for each in rows if each.language == language), rows[0] if rows else None)
