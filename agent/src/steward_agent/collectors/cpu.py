# SPDX-License-Identifier: Apache-2.0
"""Processor time by mode, of all cores together."""

from collections.abc import Iterator

import msgspec
import psutil

from steward_agent.collectors.readings import Kind, Past, Reading, reading

SLUG = "cpu"
KIND = Kind.METRICS
METRICS = ("cpu.used_percent", "cpu.percent")
_MODES = ("user", "system", "iowait", "steal", "idle")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`enabled`: whether to look at all."""

    enabled: bool = True


def collect(_config: Config, past: Past) -> Iterator[Reading]:
    """Shares of the time since the last round; nothing in the first."""
    times = psutil.cpu_times()
    # `user` and `nice` already contain the time of guests.
    counters = (
        times.user + getattr(times, "nice", 0.0),
        times.system + getattr(times, "irq", 0.0) + getattr(times, "softirq", 0.0),
        getattr(times, "iowait", 0.0),
        getattr(times, "steal", 0.0),
        times.idle,
    )
    grown = past.growth("all", counters)
    if grown is None:
        return
    # The kernel lets iowait and idle fall a little (proc(5)).
    spent = [max(0.0, growth) for growth in grown[1]]
    total = sum(spent)
    if total == 0:
        return
    shares = [100 * part / total for part in spent]
    yield reading("cpu.used_percent", shares[0] + shares[1] + shares[3])
    for mode, share in zip(_MODES, shares, strict=True):
        yield reading("cpu.percent", share, mode=mode)
