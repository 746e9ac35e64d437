# SPDX-License-Identifier: Apache-2.0
"""One client's share, so that its machines can't take the others'. Token buckets: pure, the caller brings the time."""

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """Holds up to `room`, refilled at `rate` a second."""

    rate: float
    room: float
    level: float
    at: float

    def take(self, amount: float, now: float) -> float:
        """0 when `amount` was taken, else the seconds after which it could be. More than fits is let through when full, as a debt."""
        self.level = min(self.room, self.level + (now - self.at) * self.rate)
        self.at = now
        needed = min(amount, self.room)
        if self.level >= needed:
            self.level -= amount
            return 0.0
        return (needed - self.level) / self.rate


class Shares:
    """Buckets by client."""

    def __init__(self, rate: float, burst_seconds: float) -> None:
        self._rate = rate
        self._room = rate * burst_seconds
        self._buckets: dict[int, Bucket] = {}

    def take(self, client_id: int, amount: float, now: float) -> int:
        """0 when the client may, else after how many whole seconds to ask again."""
        bucket = self._buckets.get(client_id)
        if bucket is None:
            bucket = self._buckets[client_id] = Bucket(self._rate, self._room, self._room, now)
        return math.ceil(bucket.take(amount, now))
