# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class TelemetryConfig(RoomConfig):
    name = "steward.core.telemetry"
