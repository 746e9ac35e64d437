# SPDX-License-Identifier: Apache-2.0
"""Numbers and names of figures in the reader's language."""

from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from steward.business.reports.figures import Unit
from steward.business.reports.frozen import FrozenFigure

DASH = "–"


def number(value: float, places: int = 2) -> str:
    """A number with at most so many decimals, as the reader's language writes it."""
    rounded = round(value, places)
    plain = f"{rounded:.{places}f}".rstrip("0").rstrip(".") if places else f"{rounded:.0f}"
    return number_format(plain, use_l10n=True, force_grouping=True)


def value_words(figure: FrozenFigure) -> str:
    """A figure with its unit; a dash where there was nothing to count."""
    if figure.value is None:
        return DASH
    said = number(figure.value)
    if figure.unit is Unit.PERCENT:
        return percent_words(figure.value)
    return _("%(minutes)s min") % {"minutes": said} if figure.unit is Unit.MINUTES else said


def percent_words(value: float | int | None) -> str:
    """ "99.5 %", or a dash."""
    return _("%(value)s %%") % {"value": number(value)} if value is not None else DASH


def figure_with_n(figure: FrozenFigure) -> str:
    """A figure with what it was counted from."""
    if figure.unit is Unit.COUNT:
        return value_words(figure)
    return _("%(value)s, n = %(n)s") % {"value": value_words(figure), "n": number(figure.n)}


def minutes_words(seconds: float) -> str:
    """A length of time to the minute, or to a tenth of one below ten."""
    minutes = seconds / 60
    return _("%(minutes)s min") % {"minutes": number(minutes, 1 if minutes < 10 else 0)}


def month_words(first: date) -> str:
    """ "October 2026"."""
    return date_format(first, "F Y")


def not_counted(fault: str) -> str:
    """Why a section could not be counted."""
    if fault == "away":
        return _("The store of measurements did not answer; nothing was counted. Count again when it is back.")
    if fault == "too_old":
        return _("The samples of this month are kept no longer, so nobody can say.")
    return _("This could not be counted.")
