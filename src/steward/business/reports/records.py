# SPDX-License-Identifier: Apache-2.0
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.business.reports.models import REPORT, Report, ReportState
from steward.business.reports.queries import sees_drafts
from steward.core.files.public import MEGABYTE, register_file_kind
from steward.core.records.public import register_record

PDF = "reports.pdf"  # the kind of file


def report_url(report: Report) -> str:
    """A report's own page."""
    return reverse("reports.report", args=[report.number])


def _seen(rows: QuerySet[Report]) -> QuerySet[Report]:
    return rows if sees_drafts() else rows.filter(state=ReportState.ISSUED)


register_record(
    REPORT,
    model="reports.Report",
    url=report_url,
    title=str,
    permission="reports.view",
    label=_("Report"),
    seen=_seen,
)
register_file_kind(PDF, types=frozenset({"application/pdf"}), max_bytes=20 * MEGABYTE, permission="reports.view")
