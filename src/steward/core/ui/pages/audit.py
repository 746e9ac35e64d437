# SPDX-License-Identifier: Apache-2.0
"""The audit: who did what, and whether it still is what was written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from steward.core.audit.public import AnchorState, Entry, anchor_state
from steward.core.identity.public import User
from steward.core.records.public import RecordRef, find_records, record_kinds, record_title, record_url
from steward.core.tenancy.public import Client
from steward.core.ui.registry import Kind, Nav, page
from steward.core.ui.request import Request
from steward.core.ui.table.columns import CellKind, Column
from steward.core.ui.table.filters import ChoiceFilter, DateFilter, TextFilter
from steward.core.ui.table.table import Empty, Table
from steward.core.ui.table.view import TableView, table_view

KINDS = (("person", _("Person")), ("token", _("Token")), ("agent", _("Agent")), ("system", _("Steward itself")))


def _rows() -> QuerySet[Any]:
    # The audit carries numbers; names are those of today, and nobody's once they were erased.
    return Entry.objects.annotate(
        person_name=Subquery(User.objects.filter(pk=OuterRef("actor_id")).values("name")[:1]),
        client_name=Subquery(Client.objects.filter(pk=OuterRef("client_id")).values("name")[:1]),
    )


def _who(entry: Any) -> str:
    return str(entry.person_name or entry.actor_name or f"#{entry.actor_id}")


def _reference(entry: Any) -> str:
    return f"{entry.record_kind} {entry.record_id}" if entry.record_kind else ""


def put_records(entries: Sequence[Any]) -> None:
    """What each entry is about, where it still is and the reader may see it, in `entry.about`: one query for each kind of record."""
    kinds = {each.model.lower(): each.kind for each in record_kinds()}
    refs = {entry.pk: _ref(entry, kinds) for entry in entries}
    found = find_records(ref for ref in refs.values() if ref)
    for entry in entries:
        ref = refs[entry.pk]
        entry.about = found.get(ref) if ref else None


def _ref(entry: Any, kinds: Mapping[str, str]) -> RecordRef | None:
    """The audit names a record by its table; None for one that has no page."""
    kind = kinds.get(entry.record_kind or "")
    try:
        return RecordRef(kind, UUID(entry.record_id)) if kind else None
    except ValueError:
        return None


def _record(entry: Any) -> str:
    """What the record is called today; else its kind and how its identifier begins, which is whole in the API and in files."""
    if entry.about is not None:
        return record_title(entry.about)
    identifier = entry.record_id or ""
    return f"{entry.record_kind} {identifier[:8]}{'…' if len(identifier) > 8 else ''}" if entry.record_kind else ""


def _record_url(entry: Any) -> str:
    return (record_url(entry.about) or "") if entry.about is not None else ""


def _params(entry: Any) -> str:
    return json.dumps(entry.params, ensure_ascii=False) if entry.params else ""


AUDIT = Table(
    name="ui.audit",
    label=_("audit entries"),
    rows=_rows,
    by="pk",
    prepare=put_records,
    sort="-at",
    search=("kind", "record_kind", "record_id", "request_id"),
    search_words=_("Filter by kind, record or request"),
    columns=[
        Column("at", _("When"), kind=CellKind.TIME, sort=("at",), descending_first=True, css="prio"),
        Column("who", _("Who"), value=_who, kind=CellKind.PERSON, css="client"),
        Column(
            "as",
            _("As"),
            value="actor_kind",
            text=lambda entry: dict(KINDS).get(entry.actor_kind, entry.actor_kind),
            wide_only=True,
        ),
        Column("kind", _("What"), kind=CellKind.CODE, sort=True, css="meta"),
        Column("client", _("Client"), value="client_name", kind=CellKind.CLIENT, css="meta"),
        Column(
            "record",
            _("Record"),
            value=_reference,
            text=_record,
            link=_record_url,
            kind=CellKind.CLIENT,  # the name of something else, which leads there
            css="sub",
        ),
        Column("params", _("With"), value=_params, kind=CellKind.CODE, wide_only=True),
        Column("request", _("Request"), value="request_id", kind=CellKind.CODE, wide_only=True),
    ],
    filters=[
        DateFilter("at", _("When")),
        ChoiceFilter("as", _("As"), field="actor_kind", choices=KINDS),
        TextFilter("kind", _("What")),
    ],
    empty=Empty(
        title=_("Nothing was done yet"),
        text=_("Every change stands here with who made it, chained so that none can be altered unseen."),
        icon="history",
    ),
)


@dataclass(frozen=True, slots=True)
class Audit:
    """The list, and how well it is anchored."""

    table: TableView
    anchor: AnchorState


@page(
    "audit/",
    permission="audit.view",
    kind=Kind.LIST,
    title=_("Audit"),
    table=AUDIT,
    template="ui/pages/audit.html",
    nav=Nav("house", _("Audit"), icon="history", order=60),
)
def audit_log(request: Request) -> Audit:
    """Who did what."""
    return Audit(table_view(AUDIT, request), anchor_state())
