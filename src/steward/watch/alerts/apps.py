# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class AlertsConfig(RoomConfig):
    name = "steward.watch.alerts"
