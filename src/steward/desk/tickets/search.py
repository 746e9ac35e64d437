# SPDX-License-Identifier: Apache-2.0
"""What can be found of tickets: number, summary, description, client. Not what was said about them: notes are for staff alone."""

from collections.abc import Iterator

from steward.core.records.public import RecordRef
from steward.core.search.public import Document, index_record, register_search
from steward.desk.tickets.models import TICKET, Ticket


def document(ticket: Ticket) -> Document:
    """A ticket by its number, summary and description."""
    ref = RecordRef(TICKET, ticket.uid)
    return Document(ref, ticket.client_id, str(ticket), ticket.client.name, ticket.description)


def index(ticket: Ticket) -> None:
    """Bring the index in step with a row that was just written."""
    index_record(document(ticket))


def _tickets() -> Iterator[Document]:
    return map(document, Ticket.objects.select_related("client").iterator())


register_search(TICKET, _tickets)
