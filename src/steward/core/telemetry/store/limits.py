# SPDX-License-Identifier: Apache-2.0
"""How much the store takes on at once."""

from dataclasses import dataclass

import psutil

MEGABYTE = 1 << 20


def _memory_cap() -> int:
    quarter = int(psutil.virtual_memory().total) // 4
    return max(512 * MEGABYTE, min(quarter, 2048 * MEGABYTE))


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one store process. Sizes in bytes, times in seconds."""

    connections: int = 256
    head: int = 512 << 10
    body: int = 256 * MEGABYTE
    idle: float = 300.0  # a connection that asks for nothing
    pause: float = 60.0  # within a request, between two pieces
    inserts: int = 4
    queries: int = 8
    reads: int = 8
    waiting: int = 32  # for a turn, per kind
    patience: float = 10.0
    sessions: int = 32
    memory: int = 0  # of the whole engine; 0: a quarter of the machine's, between 512 MB and 2 GB
    threads: int = 2  # of one query
    free_bytes: int = 512 * MEGABYTE  # below this much free disk inserts are refused
    free_ratio: float = 0.0
    grace: float = 3.0  # for requests under way when the store is told to stop

    @property
    def engine_memory(self) -> int:
        """The cap that is written into the engine's configuration."""
        return self.memory or _memory_cap()

    @property
    def query_memory(self) -> int:
        """What one query may take before it is refused with 241; it spills to disk at half of that."""
        return self.engine_memory * 2 // 5
