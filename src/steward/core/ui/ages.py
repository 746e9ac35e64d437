# SPDX-License-Identifier: Apache-2.0
"""How long ago, in the fewest words that still decide: "11 s ago", "1 d 20 h ago", "in 2 min".

`static/ui/js/time.js` says the same from the same phrases, so a page that stays open keeps telling the truth.
"""

from datetime import timedelta

from django.utils.translation import gettext_lazy

# {n} is a whole number, {t} one or two of the units.
PHRASES = {
    "second": gettext_lazy("{n} s"),
    "minute": gettext_lazy("{n} min"),
    "hour": gettext_lazy("{n} h"),
    "day": gettext_lazy("{n} d"),
    "ago": gettext_lazy("{t} ago"),
    "ahead": gettext_lazy("in {t}"),
    "now": gettext_lazy("now"),
}
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_HOURS_MATTER = 3 * _DAY  # later on nobody decides by the hour


def length(span: timedelta) -> str:
    """The size of `span`, its sign left out: "48 s", "5 min", "18 h", "1 d 20 h", "15 d"."""
    seconds = int(abs(span.total_seconds()))
    if seconds < _MINUTE:
        return _counted("second", seconds)
    if seconds < _HOUR:
        return _counted("minute", seconds // _MINUTE)
    if seconds < _DAY:
        return _counted("hour", seconds // _HOUR)
    days, rest = divmod(seconds, _DAY)
    if seconds < _HOURS_MATTER and rest >= _HOUR:
        return f"{_counted('day', days)} {_counted('hour', rest // _HOUR)}"
    return _counted("day", days)


def age(span: timedelta) -> str:
    """`span` back from now when positive, ahead when negative; "now" under a second."""
    if abs(span) < timedelta(seconds=1):
        return str(PHRASES["now"])
    phrase = PHRASES["ago"] if span > timedelta() else PHRASES["ahead"]
    return str(phrase).format(t=length(span))


def _counted(unit: str, number: int) -> str:
    return str(PHRASES[unit]).format(n=number)
