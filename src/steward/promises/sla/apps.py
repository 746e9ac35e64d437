# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class SlaConfig(RoomConfig):
    name = "steward.promises.sla"
