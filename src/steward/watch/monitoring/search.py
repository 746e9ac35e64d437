# SPDX-License-Identifier: Apache-2.0
"""What can be found of checks: number, name, where."""

from collections.abc import Iterator

from steward.core.records.public import RecordRef
from steward.core.search.public import Document, index_record, register_search
from steward.watch.monitoring.models import Check

CHECK = "monitoring.check"


def document(check: Check) -> Document:
    """A check by its number and name."""
    ref = RecordRef(CHECK, check.uid)
    return Document(
        ref, check.client_id, f"{check.number} {check.name}", f"{check.client.name} {check.asset.name}", check.kind
    )


def index(check: Check) -> None:
    """Bring the index in step with a row that was just written."""
    index_record(document(check))


def _checks() -> Iterator[Document]:
    return map(document, Check.objects.select_related("client", "asset").iterator())


register_search(CHECK, _checks)
