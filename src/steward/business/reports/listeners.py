# SPDX-License-Identifier: Apache-2.0
from steward.business.reports.events import ReportIssued
from steward.business.reports.filing import file_pdfs
from steward.business.reports.models import Revision
from steward.core.events.public import on


@on(ReportIssued, name="reports.file_pdfs")
def file_issued(event: ReportIssued) -> None:
    """Make the PDFs of what was just issued."""
    rows = Revision.objects.select_related("report__client")
    file_pdfs(rows.get(report__uid=event.report_uid, n=event.revision))
