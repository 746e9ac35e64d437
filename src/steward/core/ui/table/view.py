# SPDX-License-Identifier: Apache-2.0
"""A table as a page shows it: rows and cells, chips, filters, saved views, bulk bar, pager. A fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from steward.core.access.public import RefusedMany
from steward.core.rest.public import Slice
from steward.core.tenancy.public import Actor, current_scope
from steward.core.ui.markup import SEVERITIES
from steward.core.ui.table.columns import CellKind, Column, uid_of
from steward.core.ui.table.filters import Filter
from steward.core.ui.table.saved import SHARE, offered_views
from steward.core.ui.table.state import TableState
from steward.core.ui.table.table import Bulk, Table

NOTHING: Slice[Any] = Slice([], 0, "", "")
PLAIN = (CellKind.TEXT, CellKind.NUMBER)


@dataclass(frozen=True, slots=True)
class Search:
    """The search box."""

    name: str
    value: str
    placeholder: str


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A saved view, as a tab."""

    label: str
    url: str
    selected: bool
    count: int | None = None
    icon: str = ""
    delete_url: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the address without it."""

    key: str
    label: str
    value: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose in a filter."""

    label: str
    url: str
    on: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """A filter that is typed."""

    name: str
    value: str
    placeholder: str = ""
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter as offered."""

    key: str
    label: str
    options: list[Option]
    input: Input | None


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading."""

    key: str
    label: str
    css: str
    numeric: bool
    sort_url: str
    sort_state: str
    hidden_label: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of the table: text, or what `template` makes of `value`."""

    text: str
    template: str = ""
    value: Any = None
    css: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """One line."""

    id: str
    url: str
    label: str
    css: str
    topic: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class BulkView:
    """A button of the bulk bar."""

    slug: str
    label: str
    icon: str
    url: str
    key: str
    danger: bool
    confirm: str
    typed: str


@dataclass(frozen=True, slots=True)
class Pager:
    """Where in the list this page is; `from` is a word of the language, hence the dictionary for templates."""

    first: int
    last: int
    total: int | str
    previous: str
    next: str

    def for_template(self) -> dict[str, Any]:
        """With the names the part knows."""
        return {
            "from": self.first,
            "to": self.last,
            "total": self.total,
            "prev_url": self.previous,
            "next_url": self.next,
        }


@dataclass(frozen=True, slots=True)
class EmptyView:
    """What stands where no row is."""

    icon: str
    title: str
    body: str
    action: dict[str, str] | None
    filtered: bool
    clear_url: str


@dataclass(frozen=True, slots=True)
class TableView:
    """All that `ui/parts/table.html` draws."""

    id: str
    name: str
    url: str
    label: str
    errors: list[str]
    search: Search | None
    views: list[ViewTab]
    save_view_url: str
    may_share: bool
    filters: list[Chip]
    filter_choices: list[Choice]
    hidden: list[tuple[str, str]]
    columns: list[Head]
    rows: list[RowView]
    bulk: list[BulkView]
    pager: dict[str, Any] | None
    csv_url: str
    yaml_url: str
    newer: dict[str, str] | None
    empty: EmptyView | None
    cards: bool
    total: int
    capped: bool
    state: TableState


def table_view(table: Table, request: HttpRequest) -> TableView:
    """What `table` answers to the request's query. A filter that is not understood is said, and no row is shown for it."""
    actor = current_scope().actor
    state, url = TableState.from_query(request.GET), list_url(request)
    errors: list[str] = []
    try:
        rows, order = table.checked(state)
        found = table.page(rows, order, state)
        total, capped = table.count(rows) if found.next else (0, False)  # the last page knows how many there are
        sort = f"-{order.name}" if order.descending else order.name
    except RefusedMany as refused:
        errors = [str(words) for words in refused.errors.values()]
        found, total, capped, sort = NOTHING, 0, False, table.sort
    total = max(total, found.before + len(found.rows))
    return TableView(
        id=table.id,
        name=table.name,
        url=url,
        label=str(table.label),
        errors=errors,
        search=Search("q", state.q, str(table.search_words) or _("Search")) if table.searchable else None,
        views=_views(table, state, url, actor),
        save_view_url=f"{url}views/?{state.at('').query()}" if actor.kind == "person" else "",
        may_share=actor.may(SHARE),
        filters=_chips(table.filters, state, url, errors),
        filter_choices=[_choice(each, state, url) for each in table.filters],
        hidden=_hidden(state),
        columns=[_head(column, sort, state, url) for column in table.shown],
        rows=[_row(table, row) for row in found.rows],
        bulk=[_bulk(each, url) for each in table.bulk_for(actor)],
        pager=_pager(found, f"{total}+" if capped else total, state, url).for_template(),
        csv_url=_with(f"{url}export.csv", state.at("")),
        yaml_url=_with(f"{url}export.yaml", state.at("")),
        newer={"topic": table.topic()} if table.topic else None,
        empty=_empty(table, actor, state, url) if not found.rows and not errors else None,
        cards=table.cards,
        total=total,
        capped=capped,
        state=state,
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """The context of a page that is a list and nothing else."""

    table: TableView


def listed(table: Table, request: HttpRequest) -> Listed:
    """What such a page answers."""
    return Listed(table_view(table, request))


def list_url(request: HttpRequest) -> str:
    """The address that a list's links begin with: a verb of the page shows the list too, under the list's own address."""
    found: str = getattr(request, "steward_list_url", "")
    return found or request.path


def _with(url: str, state: TableState) -> str:
    query = state.query()
    return f"{url}?{query}" if query else url


def _hidden(state: TableState) -> list[tuple[str, str]]:
    fields = [(key, value) for key, values in state.filters for value in values]
    return [*fields, ("sort", state.sort)] if state.sort else fields


def _views(table: Table, state: TableState, url: str, actor: Actor) -> list[ViewTab]:
    tabs = [ViewTab(_("All"), url, not (state.q or state.filters) and state.sort in ("", table.sort))]
    for view in table.views:
        wanted = TableState.from_query(QueryDict(view.query))
        tabs.append(ViewTab(str(view.label), _with(url, wanted), state.asks_the_same(wanted)))
    for saved in offered_views(table.name, actor):
        wanted = replace(TableState.from_json(saved.state), view=str(saved.uid))
        delete = f"{url}views/{saved.uid}/delete/" if saved.owner_id == actor.user_id else ""
        tabs.append(ViewTab(saved.name, _with(url, wanted), state.view == wanted.view, delete_url=delete))
    return tabs


def _chips(filters: Sequence[Filter], state: TableState, url: str, errors: list[str]) -> list[Chip]:
    known, chips = {each.key: each for each in filters}, []
    for key, values in state.filters:
        found = known.get(key)
        text = ", ".join(values) if errors or found is None else found.text(values)
        chips.append(Chip(key, str(found.label) if found else key, text, _with(url, state.with_filter(key, ()))))
    return chips


def _choice(each: Filter, state: TableState, url: str) -> Choice:
    values = state.values(each.key)
    if each.kind in ("text", "date"):
        return Choice(
            each.key,
            str(each.label),
            [],
            Input(each.key, values[0] if values else "", each.placeholder, "span" if each.kind == "date" else "text"),
        )
    options = [
        Option(
            words,
            _with(url, state.with_filter(each.key, _toggled(values, value, single=each.kind == "bool"))),
            value in values,
        )
        for value, words in each.offered()
    ]
    return Choice(each.key, str(each.label), options, None)


def _toggled(values: tuple[str, ...], value: str, *, single: bool) -> tuple[str, ...]:
    if value in values:
        return tuple(each for each in values if each != value)
    return (value,) if single else (*values, value)


def _head(column: Column, sort: str, state: TableState, url: str) -> Head:
    descending, name = sort.startswith("-"), sort.removeprefix("-")
    mine = name == column.key
    order = ("descending" if descending else "ascending") if mine else ""
    turned = f"-{column.key}" if (not descending if mine else column.descending_first) else column.key
    sort_url = _with(url, state.sorted_by(turned)) if column.sort_keys else ""
    return Head(
        column.key,
        str(column.label),
        column.all_css,
        column.kind is CellKind.NUMBER,
        sort_url,
        order,
        column.hidden_label,
    )


def _row(table: Table, row: Any) -> RowView:
    return RowView(
        id=str(uid_of(row)),
        url=table.url(row) if table.url else "",
        label=str(row),
        css=table.row_css(row) if table.row_css else "",
        topic=table.row_topic(row) if table.row_topic else "",
        cells=[_cell(table, column, row) for column in table.shown],
    )


def _cell(table: Table, column: Column, row: Any) -> Cell:
    value = column.of(row)
    words = column.text(row) if column.text else value
    text = "" if words is None else str(words)
    if column.kind is CellKind.SEVERITY and not column.text:
        text = str(SEVERITIES.get(text, text))
    if column.template:
        return Cell(text, column.template, column.draws(row) if column.draws else row)
    if column.kind in PLAIN:
        return Cell(text)
    url = column.link(row) if column.link else ""
    if column.kind is CellKind.LINK and not url and table.url:
        url = table.url(row)
    seen = {
        "value": words if column.kind is CellKind.TAGS else value,
        "text": text,
        "url": url,
        "sub": column.sub(row) if column.sub else "",
        "no": column.number(row) if column.number else "",
    }
    return Cell(text, f"ui/cells/{column.kind}.html", seen)


def _bulk(bulk: Bulk, url: str) -> BulkView:
    address = f"{url}bulk-{bulk.name}/"
    return BulkView(
        bulk.name, str(bulk.label), bulk.icon, address, bulk.key, bulk.danger, str(bulk.confirm), str(bulk.typed)
    )


def _pager(found: Slice[Any], total: int | str, state: TableState, url: str) -> Pager:
    return Pager(
        found.before + 1 if found.rows else 0,
        found.before + len(found.rows),
        total,
        _with(url, state.at(found.previous)) if found.previous else "",
        _with(url, state.at(found.next)) if found.next else "",
    )


def _empty(table: Table, actor: Actor, state: TableState, url: str) -> EmptyView:
    if state.q or state.filters or table.empty is None:
        return EmptyView(
            "", _("Nothing fits"), _("No row fits what is asked. Take a filter away to see more."), None, True, url
        )
    empty = table.empty
    may = bool(empty.action) and (not empty.action_permission or actor.may(empty.action_permission))
    action = {"label": str(empty.action), "url": empty.action_url} if may else None
    return EmptyView(empty.icon, str(empty.title), str(empty.text), action, False, "")
