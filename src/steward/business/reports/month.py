# SPDX-License-Identifier: Apache-2.0
"""A month of a zone. Values in, values out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Month:
    """A month as the clocks of `zone` have it: the night of a clock change has 23 or 25 hours, so a month is not always whole days."""

    year: int
    month: int
    zone: str

    @classmethod
    def parse(cls, text: str, zone: str) -> Self:
        """From "2026-10". Raises ValueError."""
        first = datetime.strptime(f"{text}-01", "%Y-%m-%d").replace(tzinfo=UTC)
        return cls(first.year, first.month, zone)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def start(self) -> datetime:
        """The instant at which it begins, UTC."""
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """The instant at which it is over, UTC; no part of it."""
        return self._midnight(self._next)

    @property
    def last_second(self) -> datetime:
        """Its last whole second: as late as a clock of whole seconds can be read in it."""
        return self.end - timedelta(seconds=1)

    def known_until(self, now: datetime) -> datetime:
        """Its last whole second, or `now` while it goes on."""
        return min(self.last_second, now.replace(microsecond=0))

    def holds(self, at: datetime | None) -> bool:
        """Whether an instant lies in it."""
        return at is not None and self.start <= at < self.end

    def days(self) -> Iterator[tuple[date, datetime, datetime]]:
        """Its days, each with the instants at which it begins and is over."""
        day = self.first
        while day < self._next:
            tomorrow = day + timedelta(days=1)
            yield day, self._midnight(day), self._midnight(tomorrow)
            day = tomorrow

    @property
    def _next(self) -> date:
        return date(self.year + self.month // 12, self.month % 12 + 1, 1)

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
