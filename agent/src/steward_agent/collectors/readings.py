# SPDX-License-Identifier: Apache-2.0
"""What a collector of metrics hands over, and the memory it needs to turn counters into rates."""

import math
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from steward_agent.collectors.metrics import METRICS
from steward_agent.protocol.text import printable

# After a longer pause (suspend, a stopped process) a mean over the pause would be drawn as if it were of now.
MAX_PAUSE_S = 300.0


class Kind(StrEnum):
    """What a collector is for."""

    METRICS = "metrics"
    INVENTORY = "inventory"


class Reading(NamedTuple):
    """One value: a name of the table of metrics, its labels sorted, the value rounded to what the sensor knows."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


def reading(name: str, value: float, **labels: str) -> Reading:
    """A reading of the metric `name`, rounded and its labels made fit to travel."""
    rounded = round(value, METRICS[name].decimals) if math.isfinite(value) else value
    return Reading(name, tuple(sorted((key, printable(text)) for key, text in labels.items())), float(rounded))


@dataclass(frozen=True, slots=True)
class _Seen:
    at: float
    counters: tuple[float, ...]


class Past:
    """What the counters of one collector said last time. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Hashable, _Seen] = {}

    def growth(self, key: Hashable, counters: Sequence[float]) -> tuple[float, list[float]] | None:
        """Seconds since `key` was last seen and how much each counter grew (less than zero after a reset).

        None the first time and after a pause of more than MAX_PAUSE_S.
        """
        now = _Seen(self._clock(), tuple(counters))
        before = self._seen.get(key)
        self._seen[key] = now
        if before is None or len(before.counters) != len(now.counters):
            return None
        elapsed = now.at - before.at
        if not 0 < elapsed <= MAX_PAUSE_S:
            return None
        return elapsed, [new - old for old, new in zip(before.counters, now.counters, strict=True)]

    def rates(self, key: Hashable, counters: Sequence[float]) -> list[float] | None:
        """Growth per second. None also when any counter fell: the device was reset or made anew, so nothing is known."""
        grown = self.growth(key, counters)
        if grown is None or min(grown[1]) < 0:
            return None
        return [growth / grown[0] for growth in grown[1]]

    def forget_gone(self) -> None:
        """Drops what was not seen for a while, so that devices that come and go don't pile up."""
        horizon = self._clock() - MAX_PAUSE_S
        for key in [key for key, seen in self._seen.items() if seen.at < horizon]:
            del self._seen[key]
