# SPDX-License-Identifier: Apache-2.0
"""Every metric the agent sends: the one table that documentation, units of charts and tests read."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a value is counted in."""

    PERCENT = "percent"
    BYTES = "bytes"
    BYTES_PER_SECOND = "bytes/s"
    PER_SECOND = "1/s"
    SECONDS = "s"
    COUNT = "count"


class MetricKind(StrEnum):
    """A gauge is true at its stamp; a rate is the mean since the stamp before; a total only grows until a restart."""

    GAUGE = "gauge"
    RATE = "rate"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Metric:
    """`labels` tell series of the same name apart; `decimals` is what the sensor knows, values are rounded to it."""

    name: str
    unit: Unit
    kind: MetricKind
    description: str
    labels: tuple[str, ...] = ()
    decimals: int = 0


_GAUGE, _RATE, _TOTAL = MetricKind.GAUGE, MetricKind.RATE, MetricKind.TOTAL
_MOUNT, _DEVICE, _NIC = ("mount",), ("device",), ("nic",)

TABLE: tuple[Metric, ...] = (
    Metric(
        "cpu.used_percent",
        Unit.PERCENT,
        _RATE,
        "Processor time not idle and not waiting for disks, of all cores",
        decimals=2,
    ),
    Metric(
        "cpu.percent", Unit.PERCENT, _RATE, "Processor time by mode: user, system, iowait, steal, idle", ("mode",), 2
    ),
    Metric("load.1", Unit.COUNT, _GAUGE, "Processes running or waiting, mean of 1 minute", decimals=2),
    Metric("load.5", Unit.COUNT, _GAUGE, "Processes running or waiting, mean of 5 minutes", decimals=2),
    Metric("load.15", Unit.COUNT, _GAUGE, "Processes running or waiting, mean of 15 minutes", decimals=2),
    Metric("host.uptime_seconds", Unit.SECONDS, _GAUGE, "Time since the machine was started"),
    Metric("memory.total_bytes", Unit.BYTES, _GAUGE, "Memory the kernel has to give"),
    Metric("memory.used_bytes", Unit.BYTES, _GAUGE, "Memory not available to a new program"),
    Metric("memory.available_bytes", Unit.BYTES, _GAUGE, "Memory a new program could have without swapping"),
    Metric("memory.used_percent", Unit.PERCENT, _GAUGE, "Share of memory not available to a new program", decimals=2),
    Metric("swap.total_bytes", Unit.BYTES, _GAUGE, "Swap space; not sent where there is none"),
    Metric("swap.used_bytes", Unit.BYTES, _GAUGE, "Swap space in use"),
    Metric("swap.used_percent", Unit.PERCENT, _GAUGE, "Share of swap space in use", decimals=2),
    Metric("fs.total_bytes", Unit.BYTES, _GAUGE, "Size of the filesystem", _MOUNT),
    Metric("fs.used_bytes", Unit.BYTES, _GAUGE, "Space in use", _MOUNT),
    Metric("fs.free_bytes", Unit.BYTES, _GAUGE, "Space free for ordinary users", _MOUNT),
    Metric("fs.used_percent", Unit.PERCENT, _GAUGE, "Space in use, of what ordinary users may use", _MOUNT, 2),
    Metric(
        "fs.inodes_used", Unit.COUNT, _GAUGE, "Inodes in use; not sent where the filesystem has no fixed number", _MOUNT
    ),
    Metric("fs.inodes_percent", Unit.PERCENT, _GAUGE, "Share of inodes in use", _MOUNT, 2),
    Metric("disk.read_bytes", Unit.BYTES_PER_SECOND, _RATE, "Read from the disk", _DEVICE),
    Metric("disk.write_bytes", Unit.BYTES_PER_SECOND, _RATE, "Written to the disk", _DEVICE),
    Metric("disk.reads", Unit.PER_SECOND, _RATE, "Read operations", _DEVICE, 1),
    Metric("disk.writes", Unit.PER_SECOND, _RATE, "Write operations", _DEVICE, 1),
    Metric("disk.busy_percent", Unit.PERCENT, _RATE, "Time with at least one operation under way", _DEVICE, 1),
    Metric("net.in_bytes", Unit.BYTES_PER_SECOND, _RATE, "Received", _NIC),
    Metric("net.out_bytes", Unit.BYTES_PER_SECOND, _RATE, "Sent", _NIC),
    Metric("net.in_packets", Unit.PER_SECOND, _RATE, "Packets received", _NIC, 1),
    Metric("net.out_packets", Unit.PER_SECOND, _RATE, "Packets sent", _NIC, 1),
    Metric("net.in_errors", Unit.PER_SECOND, _RATE, "Packets received damaged", _NIC, 2),
    Metric("net.out_errors", Unit.PER_SECOND, _RATE, "Packets that could not be sent", _NIC, 2),
    Metric("net.in_drops", Unit.PER_SECOND, _RATE, "Packets received and dropped", _NIC, 2),
    Metric("net.out_drops", Unit.PER_SECOND, _RATE, "Packets dropped before sending", _NIC, 2),
    Metric("agent.cpu_percent", Unit.PERCENT, _RATE, "Processor time of the agent itself, of one core", decimals=2),
    Metric("agent.memory_bytes", Unit.BYTES, _GAUGE, "Resident memory of the agent itself"),
    Metric(
        "agent.clock_offset_seconds",
        Unit.SECONDS,
        _GAUGE,
        "Server's clock minus the machine's, to half a second",
        decimals=1,
    ),
    Metric("agent.spool_samples", Unit.COUNT, _GAUGE, "Samples seen and not yet acknowledged"),
    Metric("agent.spool_bytes", Unit.BYTES, _GAUGE, "Size of the spool on the disk"),
    Metric("agent.dropped_samples", Unit.COUNT, _TOTAL, "Samples lost because the spool reached its bound"),
    Metric(
        "agent.refused_samples", Unit.COUNT, _TOTAL, "Samples the gateway would not take, set aside with the reason"
    ),
    Metric("agent.dropped_results", Unit.COUNT, _TOTAL, "Results of checks lost because the spool reached its bound"),
    Metric("agent.hanging_checks", Unit.COUNT, _GAUGE, "Checks that did not come back after their timeout"),
    Metric("agent.failed_collectors", Unit.COUNT, _GAUGE, "Collectors that failed in this round"),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in TABLE}
