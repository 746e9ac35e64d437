# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class MonitoringConfig(RoomConfig):
    name = "steward.watch.monitoring"
