# SPDX-License-Identifier: Apache-2.0
"""What can be found of alerts: number, what was noticed, where."""

from collections.abc import Iterator

from django.utils import translation

from steward.core.records.public import RecordRef
from steward.core.search.public import Document, register_search
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.models import Alert

ALERT = "alerts.alert"


def document(alert: Alert) -> Document:
    """An alert by its number and its words, which the index keeps in English."""
    with translation.override("en"):
        title = title_of(alert.kind, alert.params)
    where = alert.asset.name if alert.asset is not None else ""
    ref = RecordRef(ALERT, alert.uid)
    return Document(ref, alert.client_id, f"{alert.number} {title}", f"{alert.client.name} {where}".strip(), "")


def _alerts() -> Iterator[Document]:
    return map(document, Alert.objects.select_related("client", "asset").iterator())


register_search(ALERT, _alerts)
