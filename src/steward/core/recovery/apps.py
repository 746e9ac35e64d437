# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class RecoveryConfig(RoomConfig):
    name = "steward.core.recovery"
