# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchVectorField
from django.db.models import F, FloatField, Func, Lookup, Model, QuerySet, UUIDField, Value

from steward.core.records.public import RecordRef, find_records, record_kind, visible_kinds
from steward.core.search.folding import query
from steward.core.search.models import SearchDocument

M = TypeVar("M", bound=Model)
CANDIDATES: Final = 500  # rows that are ranked; of a beginning that thousands share, any are as good as others
FEW: Final = 5_000  # records that are looked up one by one


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found."""

    ref: RecordRef
    client_id: int | None
    title: str
    detail: str
    url: str


class Matches(Lookup):
    """`words__matches='a':* & 'b':*` — the text form of a tsquery, which `folding.query` makes."""

    lookup_name = "matches"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        return f"{left} @@ %s::tsquery", (*left_params, self.rhs)

    def get_prep_lookup(self) -> Any:
        return self.rhs


SearchVectorField.register_lookup(Matches)


class AnyOf(Lookup):
    """`uid__any_of=ArraySubquery(…)`: the same as `in`, but what is in it is found first, and each row of it looked up by the index."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} = any({right})", (*left_params, *right_params)


UUIDField.register_lookup(AnyOf)


def find(text: str, limit: int = 20, *, kinds: Sequence[str] | None = None) -> Sequence[Hit]:
    """Records with words that begin as those of `text`, best first; titles before bodies.

    Within the scope, of kinds the actor may see, and narrowed to `kinds` when given. Nothing for less than two letters.
    """
    asked = query(text)
    if asked is None:
        return []
    seen = [kind for kind in visible_kinds() if kinds is None or kind in kinds]
    rows = list(_ranked(asked, seen)[:limit])
    live = find_records(RecordRef(row.kind, row.record_uid) for row in rows)
    hits = []
    for row in rows:
        ref = RecordRef(row.kind, row.record_uid)
        if ref in live:
            hits.append(Hit(ref, row.client_id, row.title, row.detail, record_kind(ref.kind).url(live[ref])))
    return hits


def narrowed(rows: QuerySet[M], kind: str, text: str) -> QuerySet[M] | None:
    """Those of `rows`, records of a kind by their `uid`, with words that begin as those of `text`; None when it says too little.

    Up to FEW of them are looked up one by one: the planner can't tell a rare word from a common one, and what serves the common one,
    walking through a list in its order and asking of each row, would for a rare one go through all.
    """
    asked = query(text)
    if asked is None:
        return None
    found = SearchDocument.objects.filter(kind=kind, words__matches=asked).values("record_uid")
    is_few = found[: FEW + 1].count() <= FEW
    return rows.filter(uid__any_of=ArraySubquery(found)) if is_few else rows.filter(uid__in=found)


def _ranked(asked: str, kinds: list[str]) -> QuerySet[SearchDocument]:
    candidates = SearchDocument.objects.filter(kind__in=kinds, words__matches=asked).values("pk")[:CANDIDATES]
    rank = Func(F("words"), Value(asked), template="ts_rank(%(expressions)s::tsquery)", output_field=FloatField())
    return SearchDocument.objects.filter(pk__in=candidates).annotate(rank=rank).order_by("-rank", "title", "-pk")
