# SPDX-License-Identifier: Apache-2.0
"""What can be found of assets."""

from collections.abc import Iterator

from steward.core.records.public import RecordRef
from steward.core.search.public import Document, drop_record, index_record, register_search
from steward.estate.assets.models import Asset

ASSET = "assets.asset"


def asset_document(asset: Asset) -> Document:
    """An asset by name, number and what stands on its label."""
    detail = f"{asset.number}, {asset.client.name}"
    body = " ".join((asset.get_kind_display(), asset.vendor, asset.product, asset.serial, asset.place))
    return Document(RecordRef(ASSET, asset.uid), asset.client_id, asset.name, detail, body)


def index(asset: Asset) -> None:
    """Bring the index in step with an asset that was just written; an archived one is found no more."""
    document = asset_document(asset)
    if asset.archived_at is not None:
        drop_record(document.ref)
    else:
        index_record(document)


def _assets() -> Iterator[Document]:
    return map(asset_document, Asset.objects.filter(archived_at=None).select_related("client").iterator())


register_search(ASSET, _assets)
