# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class AssetsConfig(RoomConfig):
    name = "steward.estate.assets"
