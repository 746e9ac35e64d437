# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from datetime import date

from steward.business.reports.events import ReportIssued
from steward.business.reports.models import Report
from steward.core.webhooks.public import ClientSaid, RecordSaid, client_said, record_said, register_webhook_event


@dataclass(frozen=True, slots=True)
class ReportData:
    """A monthly report; `month` is its first day."""

    client: ClientSaid
    report: RecordSaid
    number: str
    month: date
    timezone: str
    revision: int


def _issued(event: ReportIssued) -> ReportData:
    report = Report.objects.select_related("client").get(uid=event.report_uid)
    return ReportData(
        client=client_said(report.client),
        report=record_said(report),
        number=report.number,
        month=report.month,
        timezone=report.timezone,
        revision=event.revision,
    )


register_webhook_event("reports.report_issued", ReportIssued, payload=_issued)
