# SPDX-License-Identifier: Apache-2.0
"""The door of assets."""

from steward.estate.assets.actions import asset_create, asset_discovered
from steward.estate.assets.events import AssetArchived, AssetCreated, RelationsChanged
from steward.estate.assets.graph import Dependencies
from steward.estate.assets.models import Asset, AssetKind, AssetState
from steward.estate.assets.pages.frame import AssetFrame, asset_frame
from steward.estate.assets.queries import asset, assets_of, dependencies_above, dependencies_below
from steward.estate.assets.records import asset_url

__all__ = [
    "Asset",
    "AssetArchived",
    "AssetCreated",
    "AssetFrame",
    "AssetKind",
    "AssetState",
    "Dependencies",
    "RelationsChanged",
    "asset",
    "asset_create",
    "asset_discovered",
    "asset_frame",
    "asset_url",
    "assets_of",
    "dependencies_above",
    "dependencies_below",
]
