# SPDX-License-Identifier: Apache-2.0
"""What the gateway gives to the telemetry store: samples, and the names of series. Called from a thread.

Both raise TelemetryError and its kinds."""

from collections.abc import Sequence

from steward.core.telemetry import public as telemetry
from steward.core.telemetry.public import Column
from steward.estate.agents.gateway.batches import Block
from steward.estate.agents.gateway.series import Named


def insert_samples(block: Block) -> None:
    """Durable when this returns; the same block again changes nothing."""
    telemetry.insert_samples(block.client, block.sid, block.ts, block.v, token=block.token)


def insert_series(named: Sequence[Named], token: str) -> None:
    """What ids mean; told again, it replaces what was told before."""
    columns = {
        "client": Column("UInt32", [each.client_id for each in named]),
        "sid": Column("UInt32", [each.sid for each in named]),
        "agent": Column("UInt32", [each.agent_id for each in named]),
        "asset": Column("UInt32", [each.asset_id for each in named]),
        "name": Column("String", [each.name for each in named]),
        "labels": Column("Map(String, String)", [each.labels for each in named]),
        "interval_s": Column("Float32", [float(each.interval_s) for each in named]),
    }
    telemetry.insert_native("series", columns, token=token)
