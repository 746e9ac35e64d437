# SPDX-License-Identifier: Apache-2.0
"""The door of telemetry."""

from steward.core.telemetry.connection import (
    TelemetryError,
    TelemetryFull,
    TelemetrySlow,
    TelemetryUnavailable,
    connect,
)
from steward.core.telemetry.migrate import NewerTelemetry, migrate_telemetry
from steward.core.telemetry.named_sql import BadSQL
from steward.core.telemetry.native import BadBlock, Column
from steward.core.telemetry.ranges import Points, SeriesRange, series_range
from steward.core.telemetry.read import Result, query
from steward.core.telemetry.rollup import Rolled, roll_up
from steward.core.telemetry.snapshot import FrozenStore, clear_frozen, frozen_telemetry
from steward.core.telemetry.status import TelemetryStatus, ping, telemetry_status
from steward.core.telemetry.write import insert_native, insert_samples

__all__ = [
    "BadBlock",
    "BadSQL",
    "Column",
    "FrozenStore",
    "NewerTelemetry",
    "Points",
    "Result",
    "Rolled",
    "SeriesRange",
    "TelemetryError",
    "TelemetryFull",
    "TelemetrySlow",
    "TelemetryStatus",
    "TelemetryUnavailable",
    "clear_frozen",
    "connect",
    "frozen_telemetry",
    "insert_native",
    "insert_samples",
    "migrate_telemetry",
    "ping",
    "query",
    "roll_up",
    "series_range",
    "telemetry_status",
]
