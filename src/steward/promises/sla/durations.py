# SPDX-License-Identifier: Apache-2.0
"""Lengths of time as people write them: "15 min", "4 h", "1 h 30 min", "1,5 sa". No days: a day of which calendar?"""

import re
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused

HOUR: Final = 60
_UNITS: Final = {
    "min": 1,
    "m": 1,
    "mins": 1,
    "minutes": 1,
    "dk": 1,
    "dakika": 1,
    "h": HOUR,
    "hr": HOUR,
    "hours": HOUR,
    "sa": HOUR,
    "saat": HOUR,
}
_PART: Final = re.compile(r"\s*(\d{1,7}(?:[.,]\d{1,3})?)\s*([a-z]+)", re.ASCII)


def minutes_of(field: str, text: str) -> Decimal | None:
    """The minutes that a text says, None where it is empty. Raises Refused for what it does not understand."""
    said = text.strip().lower()
    if not said:
        return None
    total, reached = Decimal(0), 0
    for part in _PART.finditer(said):
        if part.start() != reached or part[2] not in _UNITS:
            break
        total += Decimal(part[1].replace(",", ".")) * _UNITS[part[2]]
        reached = part.end()
    if reached != len(said) or total <= 0:
        raise Refused(field, _("Write a length of time such as 15 min, 4 h or 1 h 30 min."))
    return total


def words_of(minutes: Decimal) -> str:
    """The shortest way to write it, which `minutes_of` reads back."""
    hours, rest = divmod(minutes, HOUR)
    parts = [f"{_plain(hours)} h"] if hours else []
    if rest or not hours:
        parts.append(f"{_plain(rest)} min")
    return " ".join(parts)


def _plain(number: Decimal) -> str:
    said = f"{number:f}"
    return said.rstrip("0").rstrip(".") if "." in said else said
