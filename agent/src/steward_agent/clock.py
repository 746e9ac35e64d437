# SPDX-License-Identifier: Apache-2.0
"""How far the machine's clock is from the server's. Measured and reported; samples keep the machine's own time."""

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from statistics import median

_KEPT = 5
# A quarter of the window in which a signature is good.
SIGN_BY_SERVER_BEYOND_S = 30.0
# The header has whole seconds, cut: the instant lies half a second later on average.
_CUT_S = 0.5


def unix_ms() -> int:
    return time.time_ns() // 1_000_000


class ServerClock:
    """The offset, from the `Date` of the last few answers."""

    def __init__(self, now_ms: Callable[[], int] = unix_ms) -> None:
        self._now_ms = now_ms
        self._offsets: deque[float] = deque(maxlen=_KEPT)

    @property
    def offset_s(self) -> float | None:
        """Server's clock minus the machine's, seconds, to about half a second; None before the first answer."""
        return round(median(self._offsets), 1) if self._offsets else None

    def now_ms(self) -> int:
        """The machine's clock, unix ms."""
        return self._now_ms()

    def signing_ms(self) -> int:
        """The time to sign with: the machine's own, or the server's where the machine's is too far off to be let in."""
        offset = self.offset_s
        if offset is None or abs(offset) <= SIGN_BY_SERVER_BEYOND_S:
            return self._now_ms()
        return self._now_ms() + round(offset * 1000)

    def observe(self, date: str | None, sent_ms: int, received_ms: int) -> None:
        """Takes in the `Date` of an answer to what was sent and received at these times (unix ms)."""
        try:
            told = parsedate_to_datetime(date) if date else None
        except ValueError:
            return
        if told is None:
            return
        if told.tzinfo is None:
            told = told.replace(tzinfo=UTC)
        offset = told.timestamp() + _CUT_S - (sent_ms + received_ms) / 2000
        # A clock that was set makes the older measurements wrong, not merely old.
        if self._offsets and abs(offset - self._offsets[-1]) > SIGN_BY_SERVER_BEYOND_S:
            self._offsets.clear()
        self._offsets.append(offset)
