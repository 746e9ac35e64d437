# SPDX-License-Identifier: Apache-2.0
"""How often somebody may ask: token buckets in memory that the web's workers share.

In memory, since a limit that costs a write for every request would be the attack it guards against. The web on several machines
has as many of them. Sign-in has limits of its own, in the database."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from steward.core.rest.shared import SharedPlaces


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` on the long run, `burst` at once."""

    per_second: float
    burst: int


PERSON: Final = Rate(20, 300)
STRANGER: Final = Rate(2, 60)
WRONG_TOKEN: Final = Rate(0.2, 20)


class Buckets:
    """One bucket for each key, the most recently used ones kept. Safe between threads, and between processes that forked later."""

    def __init__(self, *, places: SharedPlaces | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._held = places or SharedPlaces()
        self._clock = clock

    def spend(self, key: str, rate: Rate) -> int:
        """Take one from the bucket of `key`: 0 when there was one, else the seconds to wait."""
        with self._held.alone():
            left, now = self._level(key, rate)
            if left >= 1:
                self._held.put(key, left - 1, now)
                return 0
            self._held.put(key, left, now)
            return math.ceil((1 - left) / rate.per_second)

    def empty(self, key: str, rate: Rate) -> int:
        """The seconds to wait, without taking anything."""
        with self._held.alone():
            left, _now = self._level(key, rate)
            return 0 if left >= 1 else math.ceil((1 - left) / rate.per_second)

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()

    def _level(self, key: str, rate: Rate) -> tuple[float, float]:
        now = self._clock()
        left, at = self._held.get(key) or (float(rate.burst), now)
        return min(rate.burst, left + (now - at) * rate.per_second), now


class Recent:
    """Keys that were good a short while ago, the most recently seen ones kept. Shared as buckets are."""

    def __init__(
        self, *, seconds: float, places: SharedPlaces | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._seen = places or SharedPlaces(rows=1024)

    def add(self, key: str) -> None:
        """Remember `key` from now on."""
        with self._seen.alone():
            self._seen.put(key, 0.0, self._clock())

    def __contains__(self, key: str) -> bool:
        with self._seen.alone():
            found = self._seen.get(key)
        return found is not None and self._clock() - found[1] < self._seconds


buckets: Final = Buckets()


def spend(key: str, rate: Rate) -> int:
    """Take one from the bucket of `key`, for a page that asks nobody who they are: 0, or the seconds to wait."""
    return buckets.spend(key, rate)


# Hashes of tokens that opened the door lately: whoever guesses from the same address does not shut it for them. Each is
# looked up again at every request all the same.
good_tokens: Final = Recent(seconds=300)
