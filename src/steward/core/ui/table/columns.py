# SPDX-License-Identifier: Apache-2.0
"""What a line of a table shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from steward.core.rest.public import Key

Words = Promise | str
Value = str | Callable[[Any], Any]


class CellKind(StrEnum):
    """How a cell looks, and which type it has in the API."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    LINK = "link"
    SEVERITY = "severity"
    STATE = "state"
    PERSON = "person"
    CLIENT = "client"
    BOOL = "bool"
    CODE = "code"
    TAGS = "tags"
    TEMPLATE = "template"


TYPES: dict[CellKind, Any] = {
    CellKind.NUMBER: float | int | None,
    CellKind.TIME: datetime | None,
    CellKind.BOOL: bool | None,
    CellKind.TAGS: list[str],
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `value` is an attribute path ("client.name") or a function of the row, by default the key itself. `text` words it for
    the page (the API keeps the value), of TAGS each of them. `sort` is True (by the path), a field path, an expression, or several of them.
    `template` draws the cell, with the row as `value`; or with what `draws` makes of the row, where a few words decide how it looks:
    then it is drawn once for all rows that have the same. `css` is a cell class of the kit: prio, sub, client, state, bar, do, meta.
    `shown` off: for files and the API alone; `exported` off: for the page alone. A LINK has a second line (`sub`) and a number
    before the name (`number`) where given, and leads to the row unless `link` says else.
    """

    key: str
    label: Words
    value: Value = ""
    kind: CellKind = CellKind.TEXT
    text: Callable[[Any], Words | list[str]] | None = None
    link: Callable[[Any], str] | None = None
    sort: bool | Key | Sequence[Key] = False
    descending_first: bool = False
    template: str = ""
    draws: Callable[[Any], dict[str, Any]] | None = None
    css: str = ""
    wide_only: bool = False
    hidden_label: bool = False
    shown: bool = True
    exported: bool = True
    sub: Callable[[Any], Words] | None = None
    number: Callable[[Any], str] | None = None

    @property
    def sort_keys(self) -> tuple[Key, ...]:
        """What decides when the table is sorted by this column; empty when it can't be."""
        if self.sort is False:
            return ()
        if self.sort is True:
            path = self.value if isinstance(self.value, str) and self.value else self.key
            return (path.replace(".", "__"),)
        if isinstance(self.sort, str | Combinable):
            return (self.sort,)
        return tuple(self.sort)

    @property
    def all_css(self) -> str:
        """Its classes: a LINK without one is the record's name, what is wide only is hidden under 1680 px."""
        css = self.css or ("sub" if self.kind is CellKind.LINK else "")
        return f"{css} only-w".strip() if self.wide_only else css

    @property
    def python_type(self) -> Any:
        """The value's type in the API."""
        return TYPES.get(self.kind, str | None)

    def of(self, row: Model) -> Any:
        """The row's value in this column."""
        if callable(self.value):
            return self.value(row)
        found: Any = row
        for name in (self.value or self.key).split("."):
            found = getattr(found, name, None)
        return found

    def plain(self, row: Model) -> Any:
        """The value as the API gives it."""
        value = self.of(row)
        if self.kind in TYPES or value is None:
            return [str(each) for each in value or ()] if self.kind is CellKind.TAGS else value
        return str(value)


def client_column(
    *, sort: bool | Key | Sequence[Key] = "client__name", link: Callable[[Any], str] | None = None
) -> Column:
    """Whose a row is, alike in every list; `link` leads to the client's page."""
    return Column("client", _("Client"), value="client.name", kind=CellKind.CLIENT, css="client", sort=sort, link=link)


def uid_of(row: Model) -> UUID | str:
    """The row's public identifier."""
    found: UUID | str = getattr(row, "uid", None) or str(row.pk)
    return found
