# SPDX-License-Identifier: Apache-2.0
"""Single values of a document: what they may be, and how it is said what they are not."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext_noop as _

T = TypeVar("T")
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_MINUTES: Final = 10 * 366 * 24 * 60
LONGEST_TEXT: Final = 200
_CLOCK: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_FRACTION: Final = re.compile(r"[.,]0*[1-9]")


class Fault(ValueError):
    """What is wrong, and where: `path` is "events[3].until". `words` are English, with the places of `values` in them."""

    def __init__(self, path: str, words: str, **values: object) -> None:
        self.path = path or "document"
        super().__init__(f"{self.path}: {words % values}")
        self.words = words
        self.values = values


def need(said: Mapping[str, Any], name: str, path: str) -> Any:
    """The value of `name`. Raises Fault where it is missing."""
    if name not in said:
        raise Fault(f"{path}.{name}" if path else name, _("is missing"))
    return said[name]


def only(said: Mapping[str, Any], path: str, known: set[str] | frozenset[str]) -> None:
    """Raise Fault at the first name that is not known."""
    for name in said:
        if name not in known:
            raise Fault(
                f"{path}.{name}" if path else name, _("unknown; one of %(known)s"), known=", ".join(sorted(known))
            )


def an_object(given: Any, path: str) -> dict[str, Any]:
    """Names and values."""
    return _typed(given, dict, path, _("must be an object"))


def a_list(given: Any, path: str) -> list[Any]:
    """Values in order."""
    return _typed(given, list, path, _("must be a list"))


def a_text(given: Any, path: str) -> str:
    """A text of 1 to 200 characters that can be seen."""
    said = _typed(given, str, path, _("must be a text"))
    if not said or len(said) > LONGEST_TEXT:
        raise Fault(path, _("between 1 and %(most)s characters"), most=LONGEST_TEXT)
    if not said.isprintable():
        raise Fault(path, _("must have no line breaks or control characters"))
    return said


def a_flag(given: Any, path: str) -> bool:
    """True or false."""
    return _typed(given, bool, path, _("must be true or false"))


def texts(given: Any, path: str) -> frozenset[str]:
    """A set of texts."""
    return frozenset(a_text(each, f"{path}[{place}]") for place, each in enumerate(a_list(given, path)))


def one_of(given: Any, path: str, choices: tuple[str, ...]) -> str:
    """One of the choices."""
    said = a_text(given, path)
    if said not in choices:
        raise Fault(path, _("unknown; one of %(known)s"), known=", ".join(choices))
    return said


def instant(given: Any, path: str) -> int:
    """An instant with its offset, in whole seconds since the epoch."""
    said = a_text(given, path)
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise Fault(path, _("an instant such as 2026-03-27T13:50:00Z")) from None
    if at.tzinfo is None:
        raise Fault(path, _("give the offset, as Z or +03:00"))
    try:
        known = EARLIEST <= at <= LATEST
    except OverflowError:
        known = False
    if not known:
        raise Fault(path, _("between the years %(first)s and %(last)s"), first=EARLIEST.year, last=LATEST.year)
    since = at - EPOCH
    if since.microseconds or _FRACTION.search(said):
        raise Fault(path, _("whole seconds, without a fraction"))
    return since // timedelta(seconds=1)


def zone(given: Any, path: str) -> ZoneInfo:
    """A zone of the IANA database."""
    said = a_text(given, path)
    try:
        return ZoneInfo(said)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault(path, _("unknown time zone %(name)s"), name=said) from None


def day(given: Any, path: str) -> date:
    """A date."""
    said = a_text(given, path)
    try:
        found = date.fromisoformat(said)
    except ValueError:
        found = None
    if found is None or found.isoformat() != said:
        raise Fault(path, _("a date such as 2026-04-23"))
    return found


def time_of_day(given: Any, path: str) -> int:
    """A time such as 09:00, in seconds of the day; 24:00 ends it."""
    said = a_text(given, path)
    if not _CLOCK.fullmatch(said):
        raise Fault(path, _("a time such as 09:00; 24:00 ends a day"))
    hours, minutes = said.split(":")
    return (int(hours) * 60 + int(minutes)) * 60


def minutes(given: Any, path: str) -> int:
    """Minutes, with a decimal part where wanted, as whole seconds."""
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
        raise Fault(path, _("must be a number of minutes"))
    exact = Decimal(str(given))
    if not exact.is_finite() or not 0 <= exact <= LONGEST_MINUTES:
        raise Fault(path, _("between 0 and %(most)s"), most=LONGEST_MINUTES)
    return int((exact * 60).quantize(Decimal(1), ROUND_HALF_UP))


def _typed(given: Any, kind: type[T], path: str, words: str) -> T:
    if not isinstance(given, kind):
        raise Fault(path, words)
    return given
