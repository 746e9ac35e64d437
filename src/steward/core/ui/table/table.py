# SPDX-License-Identifier: Apache-2.0
"""The definition of a table, and what it answers to a state."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, create_model

from steward.core.access.public import Refused, RefusedMany
from steward.core.rest.public import SIGNED_IN, Order, Slice, in_order, page_of, plain_value
from steward.core.tenancy.public import Actor
from steward.core.ui.table.columns import Column, Words, uid_of
from steward.core.ui.table.filters import Filter, Rows
from steward.core.ui.table.state import TableState

COUNTED = 10_000  # beyond it nobody reads the figure, and counting would cost more than the page
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Bulk:
    """An action on the selected rows: `run(rows, actor=…)` returns the words of the toast or a `Done`.

    `permission` is asked before the button is shown and again before anything is done. `confirm` is for what can't be undone.
    """

    name: str
    label: Words
    permission: str
    run: Callable[..., Any]
    icon: str = ""
    key: str = ""
    danger: bool = False
    confirm: Words = ""
    typed: Words = ""


@dataclass(frozen=True, slots=True)
class View:
    """A view that comes with the table: a name and what it asks, as a URL's query ("state=open&sort=-due")."""

    key: str
    label: Words
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """What stands where no row is: what will stand here, why, and the button that begins it."""

    title: Words
    text: Words
    icon: str
    action: Words = ""
    action_url: str = ""
    action_permission: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A list of records. `rows` is called within the scope and returns a QuerySet; what its cells need must be selected there,
    so that the number of queries does not grow with the rows; what no join can bring, `prepare` puts on all rows of a page at
    once. `by` is "pk" for rows that have no uid."""

    name: str
    rows: Callable[[], Rows]
    columns: Sequence[Column]
    sort: str
    filters: Sequence[Filter] = ()
    search: Sequence[str] = ()
    search_words: Words = ""
    matches: Callable[[Rows, str], Rows] | None = None
    url: Callable[[Any], str] | None = None
    label: Words = ""
    id: str = "list"
    by: str = "uid"
    row_css: Callable[[Any], str] | None = None
    row_topic: Callable[[Any], str] | None = None
    topic: Callable[[], str] | None = None
    cards: bool = True
    bulk: Sequence[Bulk] = ()
    views: Sequence[View] = ()
    empty: Empty | None = None
    prepare: Callable[[Sequence[Any]], None] | None = None

    def __post_init__(self) -> None:
        for keys in ([column.key for column in self.columns], [each.key for each in self.filters]):
            if len(set(keys)) != len(keys):
                raise ValueError(f"{self.name}: two columns or two filters have one key: {keys}")
        self.order(self.sort)

    @property
    def searchable(self) -> bool:
        """Whether it has a search box."""
        return bool(self.search or self.matches)

    def order(self, sort: str) -> Order:
        """The order called `sort` ("name" or "-name"). Raises Refused when the table can't be sorted so."""
        descending, name = sort.startswith("-"), sort.removeprefix("-")
        for column in self.columns:
            if column.key == name and column.sort_keys:
                return Order(name, column.sort_keys, descending)
        known = ", ".join(column.key for column in self.columns if column.sort_keys)
        raise Refused(
            "sort",
            _("This list can't be sorted by “%(value)s”. Use one of: %(known)s.")
            % {"value": name[:60], "known": known},
        )

    def checked(self, state: TableState) -> tuple[Rows, Order]:
        """The rows and the order that `state` asks for. Raises RefusedMany naming each filter that is wrong."""
        rows, errors = self.rows(), dict[str, Words]()
        filters = {each.key: each for each in self.filters}
        for key, values in state.filters:
            try:
                rows = self._filter(filters, key).narrowed(rows, values)
            except RefusedMany as refused:
                errors |= refused.errors
        order = self.order(self.sort)
        try:
            order = self.order(state.sort or self.sort)
        except Refused as refused:
            errors |= refused.errors
        if errors:
            raise RefusedMany(errors)
        return self._searched(rows, state.q), order

    def slice(self, state: TableState) -> Slice[Any]:
        """One page. Raises RefusedMany."""
        return self.page(*self.checked(state), state)

    def page(self, rows: Rows, order: Order, state: TableState) -> Slice[Any]:
        """The page of `checked` rows at the state's place. Raises Refused."""
        found = page_of(rows, order, cursor=state.cursor, limit=state.limit, whole=self.rows())
        if self.prepare:
            self.prepare(found.rows)
        return found

    def count(self, rows: Rows) -> tuple[int, bool]:
        """How many rows, and whether the counting stopped before the last."""
        # Without the columns that the page computes, which would be computed for every counted row.
        found = rows.order_by().values("pk")[: COUNTED + 1].count()
        return min(found, COUNTED), found > COUNTED

    def every(self, state: TableState) -> QuerySet[Any]:
        """All rows in their order, for a file. Raises RefusedMany."""
        rows, order = self.checked(state)
        return in_order(rows, order)

    def streamed(self, state: TableState, chunk: int) -> Iterator[Any]:
        """The same, `chunk` rows at a time, for a file of any length."""
        rows = self.every(state).iterator(chunk_size=chunk)
        while found := list(islice(rows, chunk)):
            if self.prepare:
                self.prepare(found)
            yield from found

    def chosen(self, uids: Sequence[str]) -> list[Any]:
        """The rows a person ticked. Raises Refused when one is not there, whyever."""
        if not uids:
            raise Refused("ids", _("Select at least one row."))
        if len(uids) > MOST_AT_ONCE:
            raise Refused("ids", _("Select at most %(most)s rows at a time.") % {"most": MOST_AT_ONCE})
        wanted = _keys(uids, self.by)
        found = list(self.rows().filter(**{f"{self.by}__in": wanted})) if wanted is not None else []
        if len(found) != len(set(uids)):
            raise Refused("ids", _("Some of the selected rows are no longer there. Load the list again."))
        return found

    def bulk_named(self, name: str) -> Bulk | None:
        """The bulk action called `name`."""
        return next((each for each in self.bulk if each.name == name), None)

    def bulk_for(self, actor: Actor) -> list[Bulk]:
        """The bulk actions that `actor` may use."""
        return [each for each in self.bulk if each.permission == SIGNED_IN or actor.may(each.permission)]

    @property
    def shown(self) -> list[Column]:
        """The columns of the page."""
        return [column for column in self.columns if column.shown]

    @property
    def exported(self) -> list[Column]:
        """The columns of files and of the API."""
        return [column for column in self.columns if column.exported]

    def plain(self, row: Model) -> dict[str, Any]:
        """A row as the API and YAML give it."""
        return {"uid": str(uid_of(row))} | {column.key: plain_value(column.plain(row)) for column in self.exported}

    def row_schema(self) -> type[BaseModel]:
        """The type of a row in the API."""
        fields: dict[str, Any] = {column.key: (column.python_type, ...) for column in self.exported}
        return create_model(
            _model_name(self.name, "Row"), __config__=ConfigDict(extra="forbid"), uid=(str, ...), **fields
        )

    def query_schema(self) -> type[BaseModel]:
        """The type of the query in the API: search, order, place, and one name for each filter."""
        fields: dict[str, Any] = {each.key: each.schema() for each in self.filters}
        if self.searchable:
            fields["q"] = (str, "")
        return create_model(_model_name(self.name, "Query"), sort=(str, self.sort), cursor=(str, ""), **fields)

    def _filter(self, filters: Mapping[str, Filter], key: str) -> Filter:
        if key not in filters:
            known = ", ".join(filters) or "–"
            raise Refused(
                key, _("There is no filter “%(key)s”. Use one of: %(known)s.") % {"key": key[:60], "known": known}
            )
        return filters[key]

    def _searched(self, rows: Rows, text: str) -> Rows:
        if not text or not self.searchable:
            return rows
        if self.matches:
            return self.matches(rows, text)
        for word in text.split()[:8]:
            rows = rows.filter(reduce(or_, (Q(**{f"{field}__icontains": word}) for field in self.search)))
        return rows


def _keys(texts: Sequence[str], by: str) -> list[UUID] | list[int] | None:
    try:
        return [UUID(text) for text in texts] if by == "uid" else [int(text) for text in texts]
    except ValueError:
        return None


def _model_name(table: str, suffix: str) -> str:
    return "".join(part.title() for part in table.replace("_", ".").split(".")) + suffix
