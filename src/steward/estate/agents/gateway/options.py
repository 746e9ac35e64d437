# SPDX-License-Identifier: Apache-2.0
"""What bounds the gateway, in one place."""

import time
from collections.abc import Callable
from dataclasses import dataclass


def wall_clock() -> float:
    """Unix time in seconds."""
    return time.time()


@dataclass(frozen=True, slots=True)
class Options:
    """Defaults are for one process on a laptop up to some thousand agents.

    `flush_seconds`: how long samples gather before they are stored together; fewer and larger inserts against a later answer.
    `samples_per_second` and `requests_per_second` are per client, with a burst of that many seconds' worth.
    `wall_clock` gives unix time in seconds.
    """

    flush_seconds: float = 0.25
    flush_samples: int = 200_000
    waiting_bytes: int = 256 * 1024 * 1024
    max_connections: int = 8_192
    samples_per_second: float = 50_000
    requests_per_second: float = 2_000
    burst_seconds: float = 60
    heartbeat_seconds: float = 5.0
    tell_seconds: float = 5.0
    wall_clock: Callable[[], float] = wall_clock
