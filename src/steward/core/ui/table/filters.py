# SPDX-License-Identifier: Apache-2.0
"""The filters a table may offer. Each reads its values from text, refuses what it does not understand, and narrows the rows."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import Refused
from steward.core.tenancy.public import Client
from steward.core.ui.table.columns import Words

Rows = QuerySet[Any]
Choices = Iterable[tuple[str, Words]]
SPAN = ".."
CLIENTS_OFFERED = 500
YES, NO, CLIENT = gettext_lazy("yes"), gettext_lazy("no"), gettext_lazy("Client")


@dataclass(frozen=True, slots=True)
class Filter(ABC):
    """A filter by one field of the rows."""

    key: str
    label: Words
    field: str = ""
    kind = "text"
    placeholder = ""

    @property
    def path(self) -> str:
        """The field's path, by default the key."""
        return self.field or self.key

    @abstractmethod
    def narrowed(self, rows: Rows, values: tuple[str, ...]) -> Rows:
        """The rows that fit. Raises Refused, naming the filter's key."""

    def text(self, values: tuple[str, ...]) -> str:
        """The values in words, for the chip."""
        return ", ".join(values)

    def offered(self) -> list[tuple[str, str]]:
        """What can be chosen, as (value, words)."""
        return []

    def schema(self) -> tuple[Any, Any]:
        """The type and default of the filter in the API."""
        return list[str], []

    def _refused(self, value: str) -> Refused:
        known = ", ".join(each for each, _words in self.offered()[:12])
        return Refused(
            self.key,
            _("“%(value)s” is not known here. Use one of: %(known)s.") % {"value": value[:60], "known": known or "–"},
        )


@dataclass(frozen=True, slots=True)
class TextFilter(Filter):
    """Rows whose field contains the text; `whole`: is the text, in capitals or not, as with numbers of records."""

    whole: bool = False

    def narrowed(self, rows: Rows, values: tuple[str, ...]) -> Rows:
        lookup = "iexact" if self.whole else "icontains"
        return rows.filter(reduce(or_, (Q(**{f"{self.path}__{lookup}": value}) for value in values)))


@dataclass(frozen=True, slots=True)
class ChoiceFilter(Filter):
    """Rows whose field has one of the chosen values. `choices` may be a function, called when asked."""

    choices: Choices | Callable[[], Choices] = ()
    kind = "choice"

    def offered(self) -> list[tuple[str, str]]:
        choices = self.choices() if callable(self.choices) else self.choices
        return [(str(value), str(words)) for value, words in choices]

    def refuse_unknown(self, values: tuple[str, ...]) -> None:
        """Raise Refused for a value that is not offered."""
        known = {value for value, _words in self.offered()}
        for value in values:
            if value not in known:
                raise self._refused(value)

    def narrowed(self, rows: Rows, values: tuple[str, ...]) -> Rows:
        self.refuse_unknown(values)
        return rows.filter(**{f"{self.path}__in": values})

    def text(self, values: tuple[str, ...]) -> str:
        words = dict(self.offered())
        return ", ".join(words.get(value, value) for value in values)


@dataclass(frozen=True, slots=True)
class BoolFilter(Filter):
    """Rows whose field is true or false; `condition` instead of a field for what has to be computed."""

    condition: Q | None = None
    yes: Words = YES
    no: Words = NO
    kind = "bool"

    def offered(self) -> list[tuple[str, str]]:
        return [("yes", str(self.yes)), ("no", str(self.no))]

    def narrowed(self, rows: Rows, values: tuple[str, ...]) -> Rows:
        for value in values:
            if value not in ("yes", "no"):
                raise self._refused(value)
        if len(set(values)) > 1:
            return rows
        condition = self.condition if self.condition is not None else Q(**{self.path: True})
        return rows.filter(condition if values[0] == "yes" else ~condition)

    def text(self, values: tuple[str, ...]) -> str:
        return ", ".join(dict(self.offered()).get(value, value) for value in values)


@dataclass(frozen=True, slots=True)
class DateFilter(Filter):
    """Rows whose instant lies between two days of the reader's zone, both included: `2026-01-01..2026-01-31`, either end open."""

    kind = "date"
    placeholder = "2026-01-01..2026-01-31"

    def span(self, text: str) -> tuple[date | None, date | None]:
        """The days of one value. Raises Refused."""
        start, dots, end = text.partition(SPAN)
        try:
            days = (date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None)
        except ValueError as bad:
            raise self._bad(text) from bad
        if not dots or days == (None, None):
            raise self._bad(text)
        if days[0] and days[1] and days[0] > days[1]:
            raise Refused(self.key, _("The first day comes after the last. Swap them."))
        return days

    def narrowed(self, rows: Rows, values: tuple[str, ...]) -> Rows:
        start, end = self.span(values[0])
        if start:
            rows = rows.filter(**{f"{self.path}__gte": _midnight(start)})
        if end:
            rows = rows.filter(**{f"{self.path}__lt": _midnight(end, days=1)})
        return rows

    def text(self, values: tuple[str, ...]) -> str:
        start, end = self.span(values[0])
        if start and end:
            return f"{date_format(start)} – {date_format(end)}"
        return (
            _("from %(day)s") % {"day": date_format(start)}
            if start
            else _("until %(day)s") % {"day": date_format(end or date.min)}
        )

    def _bad(self, text: str) -> Refused:
        return Refused(
            self.key, _("“%(value)s” is not a span of days. Write it as 2026-01-01..2026-01-31.") % {"value": text[:60]}
        )


def _midnight(day: date, days: int = 0) -> datetime:
    try:
        return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))
    except OverflowError:
        return timezone.make_aware(datetime.combine(day, time.max))


@dataclass(frozen=True, slots=True)
class ClientFilter(Filter):
    """Rows of the chosen clients, by slug; offers those within the scope."""

    key: str = "client"
    label: Words = CLIENT
    field: str = "client"
    kind = "client"

    def offered(self) -> list[tuple[str, str]]:
        return list(Client.objects.order_by("name").values_list("slug", "name")[:CLIENTS_OFFERED])

    def narrowed(self, rows: Rows, values: tuple[str, ...]) -> Rows:
        found = set(Client.objects.filter(slug__in=values).values_list("slug", flat=True))
        for value in values:
            if value not in found:
                raise Refused(self.key, _("No client is called “%(value)s”.") % {"value": value[:60]})
        return rows.filter(**{f"{self.path}__slug__in": values})

    def text(self, values: tuple[str, ...]) -> str:
        names = dict(Client.objects.filter(slug__in=values).values_list("slug", "name"))
        return ", ".join(names.get(value, value) for value in values)
