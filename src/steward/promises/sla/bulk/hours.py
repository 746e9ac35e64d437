# SPDX-License-Identifier: Apache-2.0
"""Open time as a sum: how much of it lies before an instant, and when so much of it has passed, for many instants at once."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from steward.promises.sla.bulk.columns import NOTHING, Ints
from steward.promises.sla.calendars import OPEN, Calendar, spans

# Calendars lie one after the other in one sorted array, this many seconds apart, so that one search serves them all.
APART: Final = 2**40


class OpenTime:
    """The open stretches of some calendars from `begin` on; looked up as far as anybody asks."""

    def __init__(self, calendars: Sequence[Calendar], begin: int, end: int) -> None:
        self._calendars, self._begin = calendars, begin
        self._build(end)

    def before(self, calendar: Ints, at: Ints) -> Ints:
        """Open seconds from `begin` to each instant, which must not lie before it."""
        self._reach(at)
        since = at - self._begin
        found = np.searchsorted(self._starts, calendar * APART + since, side="right") - 1
        known: Ints = self._base[found] + np.minimum(since, self._ends[found])
        return known

    def when(self, calendar: Ints, opened: Ints, limit: Ints) -> Ints:
        """The earliest instants with `opened` (more than zero) open seconds before them; NOTHING where that is after `limit`."""
        found = self._when(calendar, opened)
        missing = np.flatnonzero(found == NOTHING)
        while missing.size and int(limit[missing].max()) > self._end:
            self._build(2 * self._end - self._begin)
            found[missing] = self._when(calendar[missing], opened[missing])
            missing = missing[found[missing] == NOTHING]
        return np.where(found <= limit, found, NOTHING)

    def _reach(self, at: Ints) -> None:
        last = int(at.max(initial=self._end))
        if last > self._end:
            self._build(max(last, 2 * self._end - self._begin))

    def _when(self, calendar: Ints, opened: Ints) -> Ints:
        place = np.searchsorted(self._sums, calendar * APART + opened, side="left")
        beyond = place >= self._past[calendar]
        place[beyond] = 0
        return np.where(beyond, NOTHING, opened - self._base[place] + self._begin)

    def _build(self, end: int) -> None:
        self._end = end
        starts, ends, keys, sums, bases, past = [], [], [], [], [], []
        for number, calendar in enumerate(self._calendars):
            # The first stretch is empty, so that there is one at or before every instant.
            stretches = np.array([(0, 0), *self._stretches(calendar)], np.int64)
            start, stop = stretches[:, 0], stretches[:, 1]
            total = np.cumsum(stop - start)
            starts.append(start)
            ends.append(stop)
            keys.append(start + number * APART)
            sums.append(total + number * APART)
            bases.append(total - stop)  # open seconds before a stretch, less its start
            past.append(len(start))
        self._starts, self._ends = np.concatenate(keys), np.concatenate(ends)
        self._sums, self._base = np.concatenate(sums), np.concatenate(bases)
        self._past = np.cumsum(past)

    def _stretches(self, calendar: Calendar) -> Iterator[tuple[int, int]]:
        """Open from when to when, in seconds since `begin`; neighbours are one."""
        kept: tuple[int, int] | None = None
        for span in spans(calendar, self._begin, self._end):
            if span.why != OPEN:
                continue
            first, last = span.begin - self._begin, span.end - self._begin
            if kept is not None and kept[1] == first:
                kept = (kept[0], last)
                continue
            if kept is not None:
                yield kept
            kept = (first, last)
        if kept is not None:
            yield kept
