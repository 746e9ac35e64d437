# SPDX-License-Identifier: Apache-2.0
"""What backup tools print when asked what they have: `restic snapshots --json`, `borg list --json`. Hostile until decoded."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Unreadable(Exception):
    """This is not what the tool prints."""


class _Snapshot(msgspec.Struct):
    time: datetime


class _Archives(msgspec.Struct):
    archives: list[_Snapshot]


_restic = msgspec.json.Decoder(list[_Snapshot] | None)
_borg = msgspec.json.Decoder(_Archives)


def newest_restic(printed: bytes) -> float | None:
    """Unix time at which the newest snapshot was begun; None when there is none.

    Raises:
        Unreadable
    """
    return _newest(_decoded(_restic, printed) or ())


def newest_borg(printed: bytes) -> float | None:
    """Unix time at which the newest archive was begun, told in UTC without a zone; None when there is none.

    Raises:
        Unreadable
    """
    return _newest(_decoded(_borg, printed).archives)


def _decoded(decoder: "msgspec.json.Decoder[T]", printed: bytes) -> T:
    try:
        return decoder.decode(printed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from None


def _newest(snapshots: Iterable[_Snapshot]) -> float | None:
    times = (each.time if each.time.tzinfo else each.time.replace(tzinfo=UTC) for each in snapshots)
    return max((each.timestamp() for each in times), default=None)
