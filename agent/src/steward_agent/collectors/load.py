# SPDX-License-Identifier: Apache-2.0
"""Load averages and time since start."""

import time
from collections.abc import Iterator

import msgspec
import psutil

from steward_agent.collectors.readings import Kind, Past, Reading, reading

SLUG = "load"
KIND = Kind.METRICS
METRICS = ("load.1", "load.5", "load.15", "host.uptime_seconds")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`enabled`: whether to look at all."""

    enabled: bool = True


def collect(_config: Config, _past: Past) -> Iterator[Reading]:
    for minutes, load in zip((1, 5, 15), psutil.getloadavg(), strict=True):
        yield reading(f"load.{minutes}", load)
    # CLOCK_BOOTTIME counts suspended time and is untouched by changes of the clock.
    if hasattr(time, "CLOCK_BOOTTIME"):
        yield reading("host.uptime_seconds", time.clock_gettime(time.CLOCK_BOOTTIME))
    else:
        yield reading("host.uptime_seconds", time.time() - psutil.boot_time())
