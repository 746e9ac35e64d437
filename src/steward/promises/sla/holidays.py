# SPDX-License-Identifier: Apache-2.0
"""Public holidays by country, as dates to start from: a calendar keeps the dates themselves, so no update of a list moves the past."""

from collections.abc import Iterable
from datetime import date

from holidays import country_holidays, list_localized_countries


def countries() -> list[tuple[str, str]]:
    """Countries whose holidays are known, by their two letters."""
    return [(code, code) for code in sorted(list_localized_countries(include_aliases=False))]


def public_holidays(country: str, years: Iterable[int]) -> list[date]:
    """The public holidays of some years, sorted; none for a country that is not known."""
    if country not in dict(countries()):
        return []
    return sorted(country_holidays(country, years=list(years)))
