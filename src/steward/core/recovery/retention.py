# SPDX-License-Identifier: Apache-2.0
"""Which backups have had their time: pure, in UTC."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """All of the last `hours`, then the last of each day for `days`, then the last of each month for `months`."""

    hours: int
    days: int
    months: int


def surplus(
    made: Iterable[datetime], *, now: datetime, keep: Retention, bad: Collection[datetime] = ()
) -> set[datetime]:
    """Those of `made` (aware) that may go. The newest that is not in `bad` stays, whatever its age.

    A backup known to be bad stands for no day and no month; it goes with the hours.
    """
    newest_first = sorted(made, reverse=True)
    good = [each for each in newest_first if each not in bad]
    kept = {each for each in newest_first if now - each <= timedelta(hours=keep.hours)}
    kept |= _last_of_each(good, lambda at: at.date().isoformat(), now - timedelta(days=keep.days))
    kept |= _last_of_each(good, lambda at: f"{at:%Y-%m}", _months_before(now, keep.months))
    return set(newest_first) - kept - set(good[:1])


def _last_of_each(newest_first: list[datetime], period: Callable[[datetime], str], since: datetime) -> set[datetime]:
    seen: dict[str, datetime] = {}
    for at in newest_first:
        if at >= since:
            seen.setdefault(period(at), at)
    return set(seen.values())


def _months_before(now: datetime, months: int) -> datetime:
    count = now.year * 12 + now.month - 1 - months
    return now.replace(year=count // 12, month=count % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
