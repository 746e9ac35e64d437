# SPDX-License-Identifier: Apache-2.0
"""What assets add to other rooms' pages."""

from dataclasses import dataclass

from django.urls import reverse

from steward.core.tenancy.public import Client
from steward.core.ui.public import Request, panel
from steward.estate.assets import queries
from steward.estate.assets.models import Asset
from steward.estate.clients.public import by_criticality

SHOWN = 12


@dataclass(frozen=True, slots=True)
class ClientAssets:
    """A client's assets, the most critical first; `more` says how many are not shown."""

    client: Client
    assets: list[Asset]
    count: int
    more: int
    url: str


@panel("clients.client.story", permission="assets.view", order=10)
def client_assets(request: Request, client: Client) -> ClientAssets:
    """What a client's work stands on."""
    count = queries.assets_of(client).count()
    shown = list(queries.assets_of(client).order_by(by_criticality(), "name", "id")[:SHOWN])
    return ClientAssets(
        client, shown, count, max(0, count - SHOWN), f"{reverse('assets.assets')}?client={client.slug}&archived=no"
    )
