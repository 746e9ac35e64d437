# SPDX-License-Identifier: Apache-2.0
"""The audit: who did what, and whether it still is what was written."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from steward.core.audit.public import AnchorState, Entry, anchor_state
from steward.core.identity.public import User
from steward.core.records.public import (
    RecordRef,
    UnknownKind,
    find_records,
    record_kind,
    record_title,
    record_url,
)
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


def _prepare(entries: Sequence[Any]) -> None:
    """Finds the records behind the entries of a page; `record` is None for what is gone or not the reader's to see."""
    refs = {}
    for entry in entries:
        with suppress(ValueError):
            refs[entry.pk] = RecordRef.parse(f"{entry.record_kind}:{entry.record_id}")
    found = find_records(refs.values())
    for entry in entries:
        entry.record = found.get(refs[entry.pk]) if entry.pk in refs else None


def _record(entry: Any) -> str:
    return f"{entry.record_kind} {entry.record_id}" if entry.record_kind else ""


def _record_words(entry: Any) -> str:
    if entry.record is not None:
        return record_title(entry.record)
    return f"{_kind_words(entry)} {entry.record_id[-12:]}" if entry.record_kind else ""


def _kind_words(entry: Any) -> str:
    try:
        return str(record_kind(entry.record_kind).label)
    except UnknownKind:
        return str(entry.record_kind)


def _who(entry: Any) -> str:
    return str(entry.person_name or entry.actor_name or f"#{entry.actor_id}")


def _params(entry: Any) -> str:
    return json.dumps(entry.params, ensure_ascii=False) if entry.params else ""


def _params_words(entry: Any) -> str:
    return ", ".join(f"{name}: {_plain(value)}" for name, value in entry.params.items())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


AUDIT = Table(
    name="ui.audit",
    label=_("audit entries"),
    rows=_rows,
    by="pk",
    sort="-at",
    prepare=_prepare,
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
        Column("kind", _("What"), kind=CellKind.CODE, sort=True),
        Column("client", _("Client"), value="client_name", kind=CellKind.CLIENT, css="state"),
        Column(
            "record",
            _("Record"),
            value=_record,
            text=_record_words,
            kind=CellKind.LINK,
            link=lambda entry: record_url(entry.record) or "" if entry.record is not None else "",
            sub=lambda entry: _kind_words(entry) if entry.record is not None else "",
        ),
        Column("params", _("With"), value=_params, text=_params_words, kind=CellKind.CODE, wide_only=True),
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
