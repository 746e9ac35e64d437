# SPDX-License-Identifier: Apache-2.0
"""What network interfaces receive and send."""

from collections.abc import Iterator
from fnmatch import fnmatch

import msgspec
import psutil

from steward_agent.collectors.readings import Kind, Past, Reading, reading

SLUG = "nics"
KIND = Kind.METRICS
METRICS = (
    "net.in_bytes",
    "net.out_bytes",
    "net.in_packets",
    "net.out_packets",
    "net.in_errors",
    "net.out_errors",
    "net.in_drops",
    "net.out_drops",
)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`down`: also interfaces that are down; `exclude`: patterns of names to leave out (those of containers)."""

    enabled: bool = True
    down: bool = False
    exclude: tuple[str, ...] = ("lo", "veth*", "cali*", "lxc*", "vnet*", "tap*")


def collect(config: Config, past: Past) -> Iterator[Reading]:
    """Rates since the last round; nothing for an interface seen for the first time."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    for nic, seen in sorted(psutil.net_io_counters(pernic=True, nowrap=False).items()):
        if any(fnmatch(nic, pattern) for pattern in config.exclude) or not (config.down or nic in up):
            continue
        counters = (
            seen.bytes_recv,
            seen.bytes_sent,
            seen.packets_recv,
            seen.packets_sent,
            seen.errin,
            seen.errout,
            seen.dropin,
            seen.dropout,
        )
        for name, rate in zip(METRICS, past.rates(nic, counters) or (), strict=False):
            yield reading(name, rate, nic=nic)
