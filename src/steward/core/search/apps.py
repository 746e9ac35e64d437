# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class SearchConfig(RoomConfig):
    name = "steward.core.search"
