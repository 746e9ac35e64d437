# SPDX-License-Identifier: Apache-2.0
"""What waits for a person: a draft that was made by the schedule, and a month that could not be counted."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from steward.business.reports.models import Counting, CountingState, Report, ReportState, Revision
from steward.core.access.public import staff_holding
from steward.core.notify.public import send
from steward.core.records.public import record_ref

WAITS: Final = "reports.waits"
MAKES: Final = "reports.make"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report that waits: its draft to be issued, or, without one, to be counted again."""

    report: Report
    drafted: bool


def waiting() -> list[Waiting]:
    """Of months that are over, what waits for a decision, the oldest first; what is being counted does not."""
    over = timezone.now().date().replace(day=1)
    drafts = Exists(Revision.objects.filter(report=OuterRef("pk"), state=ReportState.DRAFT))
    drafted = [Waiting(each, drafted=True) for each in _not_running().filter(drafts, month__lt=over)]
    uncounted = [Waiting(each, drafted=False) for each in never_counted().filter(month__lt=over)]
    return sorted(drafted + uncounted, key=lambda each: (each.report.month, each.report.pk))


def never_counted() -> QuerySet[Report]:
    """Those that have no revision, and are not being counted now."""
    return _not_running().filter(~Exists(Revision.objects.filter(report=OuterRef("pk"))))


def _not_running() -> QuerySet[Report]:
    running = Counting.objects.filter(report=OuterRef("pk"), state=CountingState.RUNNING)
    return Report.objects.select_related("client").filter(~Exists(running), discarded_at=None)


def tell_who_decides(report: Report, *, counted: bool) -> None:
    """Tell those who issue this client's reports that one waits for them, with the open transaction."""
    people = list(staff_holding(MAKES, report.client))
    params: dict[str, str | bool] = {
        "report": str(record_ref(report)),
        "client": str(record_ref(report.client)),
        "month": f"{report.month:%Y-%m}",
        "counted": counted,
    }
    if people:
        send(WAITS, to=people, params=params, client=report.client)
