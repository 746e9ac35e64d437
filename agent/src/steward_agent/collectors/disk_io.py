# SPDX-License-Identifier: Apache-2.0
"""What disks read and write."""

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import msgspec
import psutil

from steward_agent.collectors.readings import Kind, Past, Reading, reading

SLUG = "disk_io"
KIND = Kind.METRICS
METRICS = ("disk.read_bytes", "disk.write_bytes", "disk.reads", "disk.writes", "disk.busy_percent")
_BLOCK = Path("/sys/class/block")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`partitions`: also parts of disks; `exclude`: patterns of device names to leave out."""

    enabled: bool = True
    partitions: bool = False
    exclude: tuple[str, ...] = ("loop*", "ram*", "zram*", "sr*", "fd*", "dm-*")


def collect(config: Config, past: Past) -> Iterator[Reading]:
    """Rates since the last round; nothing for a disk seen for the first time."""
    disks = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
    for device, seen in sorted(disks.items()):
        if any(fnmatch(device, pattern) for pattern in config.exclude):
            continue
        if not config.partitions and (_BLOCK / device / "partition").exists():
            continue
        busy_ms = getattr(seen, "busy_time", 0)
        rates = past.rates(device, (seen.read_bytes, seen.write_bytes, seen.read_count, seen.write_count, busy_ms))
        if rates is None:
            continue
        # Milliseconds a second are a tenth of a percent; the kernel's rounding can pass the whole.
        rates[4] = min(100.0, rates[4] / 10)
        for name, rate in zip(METRICS, rates, strict=True):
            yield reading(name, rate, device=device)
