# SPDX-License-Identifier: Apache-2.0
"""Keeping documents in step with records."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.utils import timezone

from steward.core.records.public import RecordRef, record_kind
from steward.core.search.folding import vector
from steward.core.search.models import SearchDocument
from steward.core.tenancy.public import ALL, ForeignClient, current_scope

TITLE_MAX: Final = 300
BODY_MAX: Final = 100_000  # characters of a body that are looked at
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Document:
    """What a room tells of a record: its title, a line of detail that is shown, and a body that is only searched."""

    ref: RecordRef
    client_id: int | None
    title: str
    detail: str = ""
    body: str = ""


Provider = Callable[[], Iterable[Document]]
_providers: dict[str, Provider] = {}


def register_search(kind: str, documents: Provider) -> None:
    """Declare in a room's `search.py` how all documents of a kind are made, for building the index anew."""
    if _providers.setdefault(kind, documents) is not documents:
        raise ValueError(f"{kind}: declared twice")


def searched_kinds() -> tuple[str, ...]:
    """The kinds that search knows, in alphabetical order."""
    return tuple(sorted(_providers))


def index_record(document: Document) -> None:
    """Put one record's document into the index, in the transaction that changes the record."""
    index_many([document])


def index_many(documents: Iterable[Document]) -> int:
    """Put many in. Returns how many. Raises ForeignClient for one outside the scope."""
    count, feed = 0, iter(documents)
    while batch := list(islice(feed, BATCH)):
        _put(batch)
        count += len(batch)
    return count


def drop_record(ref: RecordRef) -> None:
    """Take a record out of the index."""
    SearchDocument.objects.filter(kind=ref.kind, record_uid=ref.uid).delete()


def rebuild(kind: str) -> int:
    """Build the index of one kind anew from its room's documents, and drop what is there no more. Returns how many.

    Needs the scope of all clients.
    """
    if current_scope().clients is not ALL:
        raise ForeignClient(f"rebuild({kind!r}) needs the scope of all clients")
    began = timezone.now()
    count = index_many(_providers[kind]())
    SearchDocument.objects.filter(kind=kind, indexed_at__lt=began).delete()
    return count


def _put(batch: list[Document]) -> None:
    scope, now = current_scope(), timezone.now()
    for each in batch:
        record_kind(each.ref.kind)
        if not scope.allows(each.client_id):
            raise ForeignClient(f"search: client {each.client_id} is outside the scope")
    # One statement can't touch a row twice; the last word on a record counts.
    rows = {(each.client_id, each.ref): _row(each) for each in batch}
    for row in rows.values():
        row.indexed_at = now
    SearchDocument.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["client", "kind", "record_uid"],
        update_fields=["title", "detail", "words", "indexed_at"],
    )


def _row(document: Document) -> SearchDocument:
    return SearchDocument(
        client_id=document.client_id,
        kind=document.ref.kind,
        record_uid=document.ref.uid,
        title=document.title[:TITLE_MAX],
        detail=document.detail[:TITLE_MAX],
        words=vector(document.title, f"{document.detail} {document.body[:BODY_MAX]}"),
    )
