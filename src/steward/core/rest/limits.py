# SPDX-License-Identifier: Apache-2.0
"""How often somebody may ask: token buckets in the memory of each web process.

In memory, since a limit that costs a write for every request would be the attack it guards against. With N web workers
somebody may ask up to N times as often; the figures are for one. Sign-in has limits of its own, in the database."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` on the long run, `burst` at once."""

    per_second: float
    burst: int


PERSON: Final = Rate(20, 300)
STRANGER: Final = Rate(2, 60)
WRONG_TOKEN: Final = Rate(0.2, 20)


class Buckets:
    """One bucket for each key, the most recently used ones kept. Thread-safe."""

    def __init__(self, *, most: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, key: str, rate: Rate) -> int:
        """Take one from the bucket of `key`: 0 when there was one, else the seconds to wait."""
        with self._lock:
            left, now = self._level(key, rate)
            if left >= 1:
                self._put(key, left - 1, now)
                return 0
            self._put(key, left, now)
            return math.ceil((1 - left) / rate.per_second)

    def empty(self, key: str, rate: Rate) -> int:
        """The seconds to wait, without taking anything."""
        with self._lock:
            left, _now = self._level(key, rate)
            return 0 if left >= 1 else math.ceil((1 - left) / rate.per_second)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()

    def _level(self, key: str, rate: Rate) -> tuple[float, float]:
        now = self._clock()
        left, at = self._held.get(key, (float(rate.burst), now))
        return min(rate.burst, left + (now - at) * rate.per_second), now

    def _put(self, key: str, left: float, now: float) -> None:
        self._held[key] = (left, now)
        self._held.move_to_end(key)
        while len(self._held) > self._most:
            self._held.popitem(last=False)


class Recent:
    """Keys that were good a short while ago, the most recently seen ones kept. Thread-safe."""

    def __init__(self, *, seconds: float, most: int = 5_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, float] = OrderedDict()

    def add(self, key: str) -> None:
        """Remember `key` from now on."""
        with self._lock:
            self._seen[key] = self._clock()
            self._seen.move_to_end(key)
            while len(self._seen) > self._most:
                self._seen.popitem(last=False)

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return self._clock() - self._seen.get(key, float("-inf")) < self._seconds


buckets: Final = Buckets()


def spend(key: str, rate: Rate) -> int:
    """Take one from the bucket of `key`, for a page that asks nobody who they are: 0, or the seconds to wait."""
    return buckets.spend(key, rate)


# Hashes of tokens that opened the door lately: whoever guesses from the same address does not shut it for them. Each is
# looked up again at every request all the same.
good_tokens: Final = Recent(seconds=300)
