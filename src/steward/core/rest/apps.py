# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class RestConfig(RoomConfig):
    name = "steward.core.rest"
