# SPDX-License-Identifier: Apache-2.0
"""The kinds of records that rooms declare, and references that point to any of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from steward.core.tenancy.public import current_scope

Describe = Callable[[Any], str]
Narrow = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class RecordKind:
    """What a room tells of one of its models. `url` and `title` take a row; `permission` is needed to see one, and `seen` leaves of a
    QuerySet what the actor of the scope may see, where the permission is not all that decides.
    """

    kind: str
    model: str
    url: Describe
    title: Describe
    permission: str
    label: Promise | str
    seen: Narrow | None = None

    def rows(self) -> "models.QuerySet[Any]":
        """The model's rows, filtered by the scope where they are a client's."""
        found: models.QuerySet[Any] = apps.get_model(self.model)._default_manager.all()
        return found if self.seen is None else self.seen(found)


@dataclass(frozen=True, slots=True, order=True)
class RecordRef:
    """A reference to a record of any room; its text form is "assets.asset:<uid>"."""

    kind: str
    uid: UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.uid}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The reverse of `str`. Raises ValueError when the kind is unknown or the identifier is none."""
        kind, _, uid = text.partition(":")
        if kind not in _kinds:
            raise ValueError(f"{kind!r} is no kind of record")
        return cls(kind, UUID(uid))


class UnknownKind(LookupError):
    """No room declared this kind of record."""


_kinds: dict[str, RecordKind] = {}
_of_model: dict[str, str] = {}


def register_record(
    kind: str,
    *,
    model: str,
    url: Describe,
    title: Describe,
    permission: str,
    label: Promise | str = "",
    seen: Narrow | None = None,
) -> None:
    """Declare a kind of record, in a room's `records.py`. `model` is "app.Model" and has a `uid`.

    Raises ValueError when the kind was declared before, for something else.
    """
    declared = RecordKind(kind, model, url, title, permission, label or kind, seen)
    if kind in _kinds and _kinds[kind].model != model:
        raise ValueError(f"{kind}: declared twice")
    _kinds[kind] = declared
    _of_model[model.lower()] = kind


def record_kind(kind: str) -> RecordKind:
    """The declaration of `kind`. Raises UnknownKind."""
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def record_kinds() -> tuple[RecordKind, ...]:
    """Every kind, in alphabetical order."""
    return tuple(_kinds[kind] for kind in sorted(_kinds))


def visible_kinds() -> tuple[str, ...]:
    """The kinds that the actor of the current scope may see."""
    actor = current_scope().actor
    return tuple(declared.kind for declared in record_kinds() if actor.may(declared.permission))


def record_ref(record: models.Model) -> RecordRef:
    """The reference to a row. Raises UnknownKind when its model was never declared."""
    try:
        return RecordRef(_of_model[record._meta.label_lower], record.uid)  # type: ignore[attr-defined]  # declared models have one
    except KeyError:
        raise UnknownKind(record._meta.label) from None


def find_records(refs: Iterable[RecordRef]) -> dict[RecordRef, models.Model]:
    """The rows behind the references, one query for each kind.

    Left out: what doesn't exist, what lies outside the scope, and kinds the actor has no permission for.
    """
    wanted: dict[str, set[UUID]] = {}
    for ref in refs:
        if ref.kind in _kinds:
            wanted.setdefault(ref.kind, set()).add(ref.uid)
    actor = current_scope().actor
    found: dict[RecordRef, models.Model] = {}
    for kind, uids in wanted.items():
        if actor.may(_kinds[kind].permission):
            found |= {RecordRef(kind, row.uid): row for row in _kinds[kind].rows().filter(uid__in=uids)}
    return found


def find_record(ref: RecordRef) -> models.Model | None:
    """The row behind one reference; None as in `find_records`."""
    return find_records([ref]).get(ref)


def record_title(record: models.Model) -> str:
    """What a row is called, in a line."""
    return record_kind(record_ref(record).kind).title(record)


def record_url(target: RecordRef | models.Model) -> str | None:
    """The page of a record, as a path; None when the reference leads nowhere for this actor."""
    row = find_record(target) if isinstance(target, RecordRef) else target
    if row is None:
        return None
    return record_kind(record_ref(row).kind).url(row)
