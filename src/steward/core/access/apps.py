# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class AccessConfig(RoomConfig):
    name = "steward.core.access"
