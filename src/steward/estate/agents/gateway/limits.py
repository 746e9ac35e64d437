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


class Strangers:
    """Which unknown agents may be looked up in the ledger: each at most once in some seconds, and few altogether.

    A machine that enrolled a moment ago need not wait, and a flood of made-up numbers costs next to nothing.
    """

    def __init__(self, per_second: float = 20, seconds_between: float = 5, most: int = 10_000) -> None:
        self._bucket = Bucket(per_second, per_second, per_second, 0)
        self._seconds_between = seconds_between
        self._most = most
        self._asked: dict[int, float] = {}

    def may_ask(self, agent_id: int, now: float) -> bool:
        """Whether to look `agent_id` up now; it counts as done."""
        if now - self._asked.get(agent_id, now - self._seconds_between) < self._seconds_between:
            return False
        if self._bucket.take(1, now):
            return False
        if len(self._asked) >= self._most:
            self._asked.clear()
        self._asked[agent_id] = now
        return True
