# SPDX-License-Identifier: Apache-2.0
"""Long work: how far it is, what came of it, stopping it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.operations.public import Operation, cancel, operation_label, operation_text, operations
from steward.core.ui.long_work import operation_topic
from steward.core.ui.registry import Kind, Nav, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.table.columns import CellKind, Column, client_column
from steward.core.ui.table.filters import ChoiceFilter, ClientFilter, DateFilter
from steward.core.ui.table.table import Empty, Table, View
from steward.core.ui.table.view import Listed, listed
from steward.core.ui.toasts import Done

STATES = {
    "queued": gettext_lazy("Waits"),
    "running": gettext_lazy("Runs"),
    "done": gettext_lazy("Done"),
    "failed": gettext_lazy("Failed"),
    "cancelled": gettext_lazy("Stopped"),
}


def state_words(operation: Any) -> Any:
    """The state in words."""
    return STATES.get(operation.state, operation.state)


OPERATIONS = Table(
    name="ui.operations",
    label=gettext_lazy("long work"),
    rows=operations,
    url=lambda operation: reverse("ui.operation", args=[operation.uid]),
    sort="-created_at",
    columns=[
        Column("what", gettext_lazy("What"), value=operation_label, kind=CellKind.LINK, sub=operation_text),
        Column("state", gettext_lazy("State"), kind=CellKind.STATE, text=state_words, sort=True, css="state"),
        Column("percent", gettext_lazy("Per cent done"), kind=CellKind.NUMBER),
        client_column(),
        Column("owner", gettext_lazy("Started by"), value="owner.name", kind=CellKind.PERSON, css="meta"),
        Column("created_at", gettext_lazy("Started"), kind=CellKind.TIME, sort=True, descending_first=True, css="meta"),
        Column(
            "finished_at", gettext_lazy("Ended"), kind=CellKind.TIME, sort=True, descending_first=True, wide_only=True
        ),
    ],
    filters=[
        ChoiceFilter("state", gettext_lazy("State"), choices=tuple(STATES.items())),
        ClientFilter(),
        DateFilter("started", gettext_lazy("Started"), field="created_at"),
    ],
    views=[
        View("now", gettext_lazy("Now"), "state=queued&state=running"),
        View("failed", gettext_lazy("Failed"), "state=failed"),
    ],
    empty=Empty(
        title=gettext_lazy("No long work yet"),
        text=gettext_lazy(
            "Exports, imports and everything else that takes longer stands here, with how far it is. It goes on when you leave."
        ),
        icon="progress",
    ),
)


@dataclass(frozen=True, slots=True)
class OperationPage:
    """One piece of long work. `topic` is where it is told that it moved; "" when it ended, or when the reader can't hear it."""

    title: str
    operation: Operation
    state: str
    text: str
    may_stop: bool
    topic: str


@page(
    "operations/",
    permission="operations.own_view",
    kind=Kind.LIST,
    title=gettext_lazy("Long work"),
    table=OPERATIONS,
    template="ui/list.html",
    nav=Nav("house", gettext_lazy("Long work"), icon="progress", order=30),
)
def operations_list(request: Request) -> Listed:
    """Everything that takes longer."""
    return listed(OPERATIONS, request)


@page(
    "operations/<uuid:uid>/",
    permission="operations.own_view",
    kind=Kind.RECORD,
    title=gettext_lazy("Long work"),
    parent="ui.operations_list",
    template="ui/pages/operation.html",
)
def operation(request: Request, uid: UUID) -> OperationPage:
    """How far one is."""
    found, actor = operations().get(uid=uid), acting()
    own = found.owner_id == actor.user_id and actor.may("operations.cancel")
    stoppable = not found.ended and found.cancel_requested_at is None
    return OperationPage(
        operation_label(found),
        found,
        str(state_words(found)),
        operation_text(found),
        stoppable and (own or actor.may("operations.manage")),
        _heard_at(found, request),
    )


def _heard_at(operation: Operation, request: Request) -> str:
    # A person's own topic is told to that person alone: a colleague who looks at the MSP's work asks from time to time instead.
    if operation.ended or (operation.client_id is None and operation.owner_id != request.user.pk):
        return ""
    return operation_topic(operation)


@verb(operation, "stop", permission="operations.cancel")
def _stop(request: Request, uid: UUID) -> Done:
    found = operations().get(uid=uid)
    cancel(found, actor=acting())
    return Done(_("“%(what)s” was told to stop; what it has done stays done.") % {"what": operation_label(found)})
