# SPDX-License-Identifier: Apache-2.0
"""What can be found of contracts: number, title, client."""

from collections.abc import Iterator

from steward.core.records.public import RecordRef
from steward.core.search.public import Document, index_record, register_search
from steward.promises.agreements.models import Agreement

AGREEMENT = "agreements.agreement"


def document(agreement: Agreement) -> Document:
    """A contract by its number and title."""
    ref = RecordRef(AGREEMENT, agreement.uid)
    return Document(ref, agreement.client_id, f"{agreement.number} {agreement.title}", agreement.client.name, "")


def index(agreement: Agreement) -> None:
    """Bring the index in step with a row that was just written."""
    index_record(document(agreement))


def _agreements() -> Iterator[Document]:
    return map(document, Agreement.objects.select_related("client").iterator())


register_search(AGREEMENT, _agreements)
