# SPDX-License-Identifier: Apache-2.0
"""The door of assets."""

from steward.estate.assets.actions import asset_create, asset_discovered
from steward.estate.assets.models import Asset, AssetKind, AssetState

__all__ = ["Asset", "AssetKind", "AssetState", "asset_create", "asset_discovered"]
