# SPDX-License-Identifier: Apache-2.0
from steward.business.reports.events import ReportIssued
from steward.business.reports.filing import file_pdfs
from steward.business.reports.mailing import mail_revision
from steward.business.reports.making import COUNT, end, tell
from steward.business.reports.models import Counting, CountingState, Revision
from steward.business.reports.waiting import tell_who_decides
from steward.core.events.public import on
from steward.core.operations.public import OperationEnded


@on(ReportIssued, name="reports.file_pdfs")
def file_issued(event: ReportIssued) -> None:
    """Make the PDFs of what was just issued, and mail them to whom the client's plan names."""
    rows = Revision.objects.select_related("report__client")
    revision = rows.get(report__uid=event.report_uid, n=event.revision)
    file_pdfs(revision)
    mail_revision(revision)


@on(OperationEnded, name="reports.end_with_its_operation")
def end_with_its_operation(event: OperationEnded) -> None:
    """A month whose long work was stopped, or died with its worker, is not being counted any longer."""
    if event.kind != COUNT:
        return
    row = Counting.objects.select_related("report__client").filter(operation=event.operation).first()
    if row is None or row.state != CountingState.RUNNING:
        return
    end(row, CountingState.CANCELLED if event.state == "cancelled" else CountingState.FAILED)
    tell(row.report)
    if row.by_schedule and row.report.countings.filter(state=CountingState.FAILED).count() == 1:
        tell_who_decides(row.report, counted=False)
