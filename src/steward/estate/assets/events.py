# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class AssetCreated(Event):
    """An asset is looked after from now on."""

    client_id: int
    asset_id: int


@dataclass(frozen=True, slots=True)
class AssetArchived(Event):
    """An asset is no longer looked after."""

    client_id: int
    asset_id: int


@dataclass(frozen=True, slots=True)
class RelationsChanged(Event):
    """What an asset hangs on changed."""

    client_id: int
    asset_id: int
