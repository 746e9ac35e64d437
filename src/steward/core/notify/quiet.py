# SPDX-License-Identifier: Apache-2.0
"""Quiet hours: when somebody's night ends. Values in, values out."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(now: datetime, begins: time | None, ends: time | None, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that hold at `now` end, as UTC; None when none hold.

    The hours are those of the wall clock in `zone`: they may cross midnight, and in the night of a clock change they are an
    hour longer or shorter. The first minute is quiet, the last one is not.
    """
    if begins is None or ends is None or begins == ends:
        return None
    local = now.astimezone(zone)
    crosses, at = ends < begins, local.time()
    if not (at >= begins or at < ends if crosses else begins <= at < ends):
        return None
    day = local.date() + timedelta(days=1 if crosses and at >= begins else 0)
    end = datetime.combine(day, ends, tzinfo=zone).astimezone(UTC)
    if end <= now:  # the hour that comes twice: the end lies in its second coming
        end = datetime.combine(day, ends.replace(fold=1), tzinfo=zone).astimezone(UTC)
    return end
