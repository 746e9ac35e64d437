# SPDX-License-Identifier: Apache-2.0
"""Writing: one Native block, one token. Samples of an hour that was counted already leave a mark first."""

import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steward.core.telemetry.connection import TelemetryUnavailable, connect, forget_client, translated
from steward.core.telemetry.native import BadBlock, Column, encode_block

HOUR_MS: Final = 3_600_000
# An hour is counted COUNTED_AFTER seconds after its end; a writer marks what it writes later than MARKED_AFTER. The
# minute between them is more than an insert may take, so that none falls between two stools.
COUNTED_AFTER: Final = 180
MARKED_AFTER: Final = 120
MARK_HOLDS: Final = 20.0  # seconds for which a mark of this process covers further inserts
INSERT_SECONDS: Final = 30

_SAMPLES: Final = "samples"
_HOUR_BITS: Final = 31
_HOUR_MASK: Final = (1 << _HOUR_BITS) - 1
_HOURS_BEFORE: Final = 1 << 30  # so that hours before 1970 are no negative numbers
_lock = threading.Lock()
_marked: dict[tuple[int, int], float] = {}


def insert_native(table: str, columns: Mapping[str, Column], *, token: str) -> None:
    """Insert one block, durable when this returns. The same token again changes nothing, also after a crash.

    Keep a token with its content for ever: give neither another content to a token, nor another token to a content.

    Args:
        table: a table of the telemetry schema.
        columns: column names to `Column(type, values)`; for `samples` client, sid, ts (milliseconds) and v.
        token: at most a few hundred characters, unique to this block.

    Raises:
        BadBlock: the columns can't be encoded.
        TelemetryFull: the disk is nearly full. TelemetryUnavailable: try again with the same token.
        TelemetryError: the store refuses the block for good.
    """
    if not table.isidentifier() or not token:
        raise BadBlock("an insert needs a table's plain name and a token")
    block = encode_block(columns)
    if table == _SAMPLES:
        _mark_late(columns, token)
    _insert(table, list(columns), block, token)


def insert_samples(
    client: NDArray[np.uint32], sid: NDArray[np.uint32], ts: NDArray[np.int64], v: NDArray[np.float64], *, token: str
) -> None:
    """Insert samples: clients, series, milliseconds since the epoch, values, all of one length. Raises as `insert_native`."""
    columns = {
        "client": Column("UInt32", client),
        "sid": Column("UInt32", sid),
        "ts": Column("DateTime64(3)", ts),
        "v": Column("Float64", v),
    }
    insert_native(_SAMPLES, columns, token=token)


def _insert(table: str, names: list[str], block: bytes, token: str) -> None:
    settings: dict[str, Any] = {"insert_deduplication_token": token, "max_execution_time": INSERT_SECONDS}
    try:
        with translated():
            connect().raw_insert(table, names, block, settings=settings, fmt="Native")
    except TelemetryUnavailable:
        forget_client()
        raise


def _mark_late(columns: Mapping[str, Column], token: str) -> None:
    """Say which hours of which clients must be counted again, before their samples are there to be missed."""
    times = np.asarray(columns["ts"].values)
    now_ms = int(time.time() * 1000)
    newest_closed = (now_ms - MARKED_AFTER * 1000) // HOUR_MS - 1
    if not times.size or int(times.min()) // HOUR_MS > newest_closed:
        return
    hours = times // HOUR_MS
    late = hours <= newest_closed
    fresh = _not_yet_marked(distinct_pairs(np.asarray(columns["client"].values)[late], hours[late]))
    if not fresh:
        return
    marks = {
        "client": Column("UInt32", np.array([client for client, _ in fresh], dtype=np.uint32)),
        "hour": Column("DateTime", np.array([hour * 3600 for _, hour in fresh], dtype=np.uint32)),
        "marked_at": Column("DateTime64(3)", np.full(len(fresh), now_ms, dtype=np.int64)),
    }
    _insert("late_hours", list(marks), encode_block(marks), f"late:{token}:{now_ms}")
    with _lock:
        _marked.update(dict.fromkeys(fresh, time.monotonic()))


def distinct_pairs(clients: NDArray[Any], hours: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Each (client, hour) once, in order. Clients have 32 bits, hours since 1970 less than 31 with their sign."""
    # As one number each: sorted so they cost a thirtieth of what pairs do.
    joined = np.unique(clients.astype(np.int64) << _HOUR_BITS | hours + _HOURS_BEFORE)
    return [(each >> _HOUR_BITS, (each & _HOUR_MASK) - _HOURS_BEFORE) for each in joined.tolist()]


def _not_yet_marked(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    now = time.monotonic()
    with _lock:
        for pair in [each for each, since in _marked.items() if now - since > MARK_HOLDS]:
            del _marked[pair]
        return [pair for pair in pairs if pair not in _marked]
