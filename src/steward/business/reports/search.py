# SPDX-License-Identifier: Apache-2.0
"""What can be found of reports: number, month, client."""

from collections.abc import Iterator

from steward.business.reports.models import REPORT, Report
from steward.core.records.public import RecordRef
from steward.core.search.public import Document, index_record, register_search


def document(report: Report) -> Document:
    """A report by its number and month."""
    return Document(RecordRef(REPORT, report.uid), report.client_id, str(report), report.client.name, "")


def index(report: Report) -> None:
    """Bring the index in step with a row that was just written."""
    index_record(document(report))


def _reports() -> Iterator[Document]:
    return map(document, Report.objects.select_related("client").iterator())


register_search(REPORT, _reports)
