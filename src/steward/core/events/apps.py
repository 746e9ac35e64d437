# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class EventsConfig(RoomConfig):
    name = "steward.core.events"
