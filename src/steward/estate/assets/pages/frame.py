# SPDX-License-Identifier: Apache-2.0
"""What every page about one asset has around it: its head and its tabs."""

from dataclasses import dataclass

from django.urls import reverse

from steward.core.ui.public import Request
from steward.estate.assets.models import Asset


@dataclass(frozen=True, slots=True)
class AssetFrame:
    """The head of an asset's pages; `tab` is the first tab, which is this room's own. Others come by the slot assets.asset.tabs."""

    asset: Asset
    on_first_tab: bool
    first_url: str


def asset_frame(request: Request, asset: Asset) -> AssetFrame:
    """The frame of a page about `asset`."""
    first = reverse("assets.asset", args=[asset.number])
    return AssetFrame(asset, request.path == first, first)
