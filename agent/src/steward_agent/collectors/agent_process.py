# SPDX-License-Identifier: Apache-2.0
"""What the agent itself costs."""

from collections.abc import Iterator

import msgspec
import psutil

from steward_agent.collectors.readings import Kind, Past, Reading, reading

SLUG = "agent_process"
KIND = Kind.METRICS
METRICS = ("agent.cpu_percent", "agent.memory_bytes")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`enabled`: whether to look at all."""

    enabled: bool = True


def collect(_config: Config, past: Past) -> Iterator[Reading]:
    own = psutil.Process()
    times = own.cpu_times()
    rates = past.rates("own", (times.user + times.system,))
    if rates is not None:
        yield reading("agent.cpu_percent", 100 * rates[0])
    yield reading("agent.memory_bytes", own.memory_info().rss)
