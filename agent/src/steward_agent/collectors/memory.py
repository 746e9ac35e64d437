# SPDX-License-Identifier: Apache-2.0
"""Memory and swap."""

from collections.abc import Iterator

import msgspec
import psutil

from steward_agent.collectors.readings import Kind, Past, Reading, reading

SLUG = "memory"
KIND = Kind.METRICS
METRICS = (
    "memory.total_bytes",
    "memory.used_bytes",
    "memory.available_bytes",
    "memory.used_percent",
    "swap.total_bytes",
    "swap.used_bytes",
    "swap.used_percent",
)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`enabled`: whether to look at all."""

    enabled: bool = True


def collect(_config: Config, _past: Past) -> Iterator[Reading]:
    memory = psutil.virtual_memory()
    used = max(0, memory.total - memory.available)
    yield reading("memory.total_bytes", memory.total)
    yield reading("memory.used_bytes", used)
    yield reading("memory.available_bytes", memory.available)
    yield reading("memory.used_percent", 100 * used / memory.total)
    swap = psutil.swap_memory()
    if swap.total:
        yield reading("swap.total_bytes", swap.total)
        yield reading("swap.used_bytes", swap.used)
        yield reading("swap.used_percent", 100 * swap.used / swap.total)
