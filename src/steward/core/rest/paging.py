# SPDX-License-Identifier: Apache-2.0
"""Paging by key: a page begins after a row's place in the order, so rows that arrive meanwhile neither repeat nor hide others.

A cursor is signed and holds the order's name, the direction, the place (sort values and id) and how many rows lie before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Func, Model, OrderBy, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from steward.core.access.public import Refused

M = TypeVar("M", bound=Model)
Key = str | Combinable
SALT = "steward.cursor"
AFTER, BEFORE = "a", "b"


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows: `keys` decide in turn, the id decides last. Empty values stand last either way round."""

    name: str
    keys: tuple[Key, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[M]):
    """The rows of one page, the cursors of its neighbours ("" where there is none), and how many rows lie before it."""

    rows: list[M]
    before: int
    next: str
    previous: str


def page_of(
    rows: QuerySet[M], order: Order, *, cursor: str = "", limit: int, whole: QuerySet[M] | None = None
) -> Slice[M]:
    """The page of `rows` that `cursor` names, the first one without a cursor. One query. `whole` are the same rows before they were
    narrowed: what narrowed them need not be asked again of those of the page.

    Raises:
        Refused: field `cursor`, when it is not one of ours or belongs to another order.
    """
    direction, place, before = _opened(cursor, order) if cursor else (AFTER, None, 0)
    backwards = direction == BEFORE
    keyed = in_order(rows, order, backwards=backwards)
    if place is not None:
        keyed = keyed.filter(_beyond(place, order, _empties(rows, order), backwards=backwards))
    # Sorted by keys alone; only the rows of the page are joined and carried in their full width.
    chosen = keyed.values("pk")[: limit + 1]
    found = list(in_order(rows if whole is None else whole, order, backwards=backwards).filter(pk__in=chosen))
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
        before = max(before - len(found), 0) if more else 0
    has_next = backwards or more
    has_previous = more if backwards else place is not None
    return Slice(
        found,
        before,
        _sealed(order, AFTER, found[-1], before + len(found)) if found and has_next else "",
        _sealed(order, BEFORE, found[0], before) if found and has_previous else "",
    )


def in_order(rows: QuerySet[M], order: Order, *, backwards: bool = False) -> QuerySet[M]:
    """`rows` in `order`, each with its sort values as `order_0`, `order_1` …"""
    keyed = rows.annotate(**{f"order_{n}": F(key) if isinstance(key, str) else key for n, key in enumerate(order.keys)})
    ordered: QuerySet[M] = keyed.order_by(*_ordering(order, _empties(rows, order), backwards=backwards))
    return ordered


def _empties(rows: QuerySet[Any], order: Order) -> list[bool]:
    """For each key whether it may be empty. One that can't needs no word on where empty values stand, and so keeps the index."""
    return [_may_be_empty(rows.model, key) for key in order.keys]


def _may_be_empty(model: type[Model], key: Any) -> bool:
    if isinstance(key, F):
        key = key.name  # type: ignore[attr-defined]  # the stub leaves it out
    if not isinstance(key, str):
        inner = key.get_source_expressions() if isinstance(key, Func) else []
        return not inner or any(_may_be_empty(model, each) for each in inner)
    meta = model._meta
    for name in key.split("__"):
        try:
            field: Any = meta.get_field("id" if name == "pk" else name)
        except FieldDoesNotExist:
            return True  # computed by the query
        if field.null or not field.concrete:
            return True
        meta = field.related_model._meta if field.is_relation else meta
    return False


def _ordering(order: Order, empties: Sequence[bool], *, backwards: bool) -> list[OrderBy]:
    descending = order.descending is not backwards
    # Going backwards everything is turned round, so what stands last stands first.
    nulls: dict[str, bool] = {"nulls_first": True} if backwards else {"nulls_last": True}
    ordered = []
    for number, may_be_empty in enumerate(empties):
        key, said = F(f"order_{number}"), nulls if may_be_empty else {}
        ordered.append(key.desc(**said) if descending else key.asc(**said))
    return [*ordered, F("pk").desc() if descending else F("pk").asc()]


def _beyond(place: Sequence[Any], order: Order, empties: Sequence[bool], *, backwards: bool) -> Q:
    """Rows past `place`, key by key: (k0 past) or (k0 same and k1 past) or …, the id last."""
    forward = "lt" if order.descending is not backwards else "gt"
    *values, pk = place
    same, past = Q(), Q()
    for number, value in enumerate(values):
        name = f"order_{number}"
        past |= same & _past(name, value, forward, may_be_empty=empties[number], backwards=backwards)
        same &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    whole = past | (same & Q(**{f"pk__{forward}": pk}))
    if values and not empties[0]:
        # Says nothing new, but lets an index begin here instead of at the first row.
        whole = Q(**{f"order_0__{forward}e": values[0]}) & whole
    return whole


def _past(name: str, value: Any, forward: str, *, may_be_empty: bool, backwards: bool) -> Q:
    if not may_be_empty:
        return Q(**{f"{name}__{forward}": value})
    empty = Q(**{f"{name}__isnull": True})
    if value is None:
        return ~empty if backwards else Q(pk__in=[])
    beyond = Q(**{f"{name}__{forward}": value})
    return beyond if backwards else beyond | empty


def _sealed(order: Order, direction: str, row: Model, before: int) -> str:
    place = [*(_packed(getattr(row, f"order_{n}")) for n in range(len(order.keys))), _packed(row.pk)]
    return signing.dumps([_named(order), direction, before, place], salt=SALT)


def _opened(cursor: str, order: Order) -> tuple[str, list[Any], int]:
    try:
        name, direction, before, place = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as bad:
        raise Refused("cursor", _("This place in the list is not known. Begin at the first page.")) from bad
    if name != _named(order):
        raise Refused("cursor", _("This place belongs to another order of the list. Begin at the first page."))
    return direction, [_unpacked(value) for value in place], before


def _named(order: Order) -> str:
    return f"-{order.name}" if order.descending else order.name


def _packed(value: Any) -> Any:
    match value:
        case datetime():
            return {"time": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case Decimal():
            return {"number": str(value)}
        case UUID():
            return {"uid": str(value)}
    return value


_UNPACK: dict[str, Callable[[str], Any]] = {
    "time": datetime.fromisoformat,
    "date": date.fromisoformat,
    "number": Decimal,
    "uid": UUID,
}


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    return _UNPACK[kind](text)
