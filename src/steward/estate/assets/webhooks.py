# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from steward.core.webhooks.public import (
    ClientSaid,
    RecordSaid,
    client_said,
    record_said,
    register_webhook_event,
)
from steward.estate.assets.events import AssetArchived, AssetCreated
from steward.estate.assets.models import Asset


@dataclass(frozen=True, slots=True)
class AssetData:
    """An asset as it is when it is told: `kind`, `state` and `criticality` as the REST interface has them."""

    client: ClientSaid
    asset: RecordSaid
    number: str
    name: str
    kind: str
    state: str
    criticality: str


def _asset(event: AssetCreated | AssetArchived) -> AssetData:
    asset = Asset.objects.select_related("client").get(pk=event.asset_id)
    return AssetData(
        client=client_said(asset.client),
        asset=record_said(asset),
        number=asset.number,
        name=asset.name,
        kind=asset.kind,
        state=asset.state,
        criticality=asset.criticality,
    )


register_webhook_event("assets.asset_created", AssetCreated, payload=_asset)
register_webhook_event("assets.asset_archived", AssetArchived, payload=_asset)
