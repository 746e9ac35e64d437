# SPDX-License-Identifier: Apache-2.0
"""What a person asked of a table. The same object stands in the URL, the API, a file's address and a saved view."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

LIMIT, MOST = 50, 200
# Names with a meaning of their own; every other name is a filter.
RESERVED = frozenset({"q", "sort", "cursor", "limit", "view", "format"})
LONGEST = 200  # characters of one value, values of one filter


@dataclass(frozen=True, slots=True)
class TableState:
    """Search text, filters by key, order ("name" or "-name"), place and page size."""

    q: str = ""
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sort: str = ""
    cursor: str = ""
    limit: int = LIMIT
    view: str = ""

    @classmethod
    def from_query(cls, query: QueryDict) -> "TableState":
        """From a URL's query. Values are checked by the table, not here; the page size is brought within its bounds."""
        limit = query.get("limit", "")
        filters = {
            key: tuple(value[:LONGEST] for value in query.getlist(key)[:LONGEST] if value)
            for key in query
            if key not in RESERVED
        }
        return cls(
            q=query.get("q", "").strip()[:LONGEST],
            filters=_sorted(filters),
            sort=query.get("sort", "")[:64],
            cursor=query.get("cursor", "")[:2000],
            limit=min(max(int(limit), 1), MOST) if limit.isascii() and limit.isdigit() and len(limit) < 6 else LIMIT,
            view=query.get("view", "")[:64],
        )

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "TableState":
        """From a saved view."""
        filters = {str(key): tuple(str(each) for each in values) for key, values in value.get("filters", {}).items()}
        return cls(q=str(value.get("q", "")), filters=_sorted(filters), sort=str(value.get("sort", "")))

    def as_json(self) -> dict[str, Any]:
        """For a saved view: what is asked, without the place in it."""
        return {"q": self.q, "filters": {key: list(values) for key, values in self.filters}, "sort": self.sort}

    def values(self, key: str) -> tuple[str, ...]:
        """What is asked of one filter."""
        return dict(self.filters).get(key, ())

    def with_filter(self, key: str, values: Iterable[str]) -> "TableState":
        """The same with one filter set anew (none: taken away), from the first page."""
        filters = {name: kept for name, kept in self.filters if name != key} | {key: tuple(values)}
        return replace(self, filters=_sorted(filters), cursor="", view="")

    def sorted_by(self, sort: str) -> "TableState":
        """The same in another order, from the first page."""
        return replace(self, sort=sort, cursor="")

    def at(self, cursor: str) -> "TableState":
        """The same at another place."""
        return replace(self, cursor=cursor)

    def asks_the_same(self, other: "TableState") -> bool:
        """Whether both show the same rows in the same order."""
        return (self.q, self.filters, self.sort) == (other.q, other.filters, other.sort)

    def query(self) -> str:
        """As a URL's query, without "?"; nothing that is as it would be anyway."""
        query = QueryDict(mutable=True)
        if self.q:
            query["q"] = self.q
        for key, values in self.filters:
            query.setlist(key, list(values))
        for key in ("sort", "cursor", "view"):
            if value := getattr(self, key):
                query[key] = value
        if self.limit != LIMIT:
            query["limit"] = str(self.limit)
        return query.urlencode()


def _sorted(filters: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted((key, tuple(dict.fromkeys(values))) for key, values in filters.items() if values))
