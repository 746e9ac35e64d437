# SPDX-License-Identifier: Apache-2.0
"""What was sent to other systems: the log, and one message with every try."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.registry import Kind, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.table.columns import CellKind, Column
from steward.core.ui.table.filters import ChoiceFilter, ClientFilter, DateFilter
from steward.core.ui.table.table import Empty, Table
from steward.core.ui.table.view import TableView, table_view
from steward.core.ui.toasts import Done
from steward.core.webhooks.public import Delivery, Endpoint, attempt_words, attempts, deliveries, delivery_replay

MESSAGES_SHOWN: Final = 20
STATES = {
    "queued": gettext_lazy("On its way"),
    "delivered": gettext_lazy("Taken"),
    "failed": gettext_lazy("Failed"),
    "stopped": gettext_lazy("Stopped"),
}
MEANINGS = {
    "queued": gettext_lazy("It waits for its turn, or for its next try."),
    "delivered": gettext_lazy("The other side took it."),
    "failed": gettext_lazy("No try got through, and none follows by itself. Look at the last answer, then send again."),
    "stopped": gettext_lazy("Its web hook was switched off before it got through. Switch that on, then send again."),
}
AGAIN = ("failed", "stopped")


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a line."""

    delivery: Delivery
    state: str
    again: bool


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: what we say of it, and what the other side said."""

    number: int
    at: datetime
    words: str
    answer: str
    milliseconds: int


def messages_of(endpoint: Endpoint) -> list[Message]:
    """The latest messages of a web hook, and among them those that failed."""
    found: Iterable[Delivery] = deliveries().filter(endpoint=endpoint)[: MESSAGES_SHOWN + 1]
    return [Message(each, str(STATES[each.state]), each.state in AGAIN) for each in found]


MESSAGES = Table(
    name="ui.webhook_messages",
    label=gettext_lazy("messages of web hooks"),
    rows=deliveries,
    url=lambda delivery: reverse("ui.webhook_message", args=[delivery.uid]),
    sort="-created_at",
    search=("type", "endpoint__name"),
    search_words=gettext_lazy("Filter by event or web hook"),
    columns=[
        Column("type", gettext_lazy("Event"), kind=CellKind.LINK, sort=True),
        Column("endpoint", gettext_lazy("Web hook"), value="endpoint.name", sort="endpoint__name", css="client"),
        Column("client", gettext_lazy("Client"), value="client.slug", shown=False),
        Column(
            "state",
            gettext_lazy("State"),
            kind=CellKind.STATE,
            text=lambda each: STATES[each.state],
            sort=True,
            css="state",
        ),
        Column("attempts", gettext_lazy("Tries"), kind=CellKind.NUMBER, wide_only=True),
        Column("created_at", gettext_lazy("When"), kind=CellKind.TIME, sort=True, descending_first=True, css="meta"),
        Column("ended_at", gettext_lazy("Settled"), kind=CellKind.TIME, wide_only=True),
    ],
    filters=[
        ChoiceFilter("state", gettext_lazy("State"), choices=tuple(STATES.items())),
        ClientFilter(),
        DateFilter("at", gettext_lazy("When"), field="created_at"),
    ],
    empty=Empty(
        title=gettext_lazy("Nothing was sent yet"),
        text=gettext_lazy("Every message to another system stands here for 30 days, with every try."),
        icon="webhook",
    ),
)


@dataclass(frozen=True, slots=True)
class Messages:
    """The log."""

    table: TableView


@page(
    "webhooks/messages/",
    permission="webhooks.view",
    kind=Kind.LIST,
    title=gettext_lazy("Messages of web hooks"),
    table=MESSAGES,
    parent="ui.webhooks",
    template="ui/list.html",
)
def webhook_messages(request: Request) -> Messages:
    """What was sent to other systems."""
    return Messages(table_view(MESSAGES, request))


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One message."""

    title: str
    delivery: Delivery
    state: str
    meaning: str
    data: str
    tries: list[Try]
    again: bool


@page(
    "webhooks/messages/<uuid:uid>/",
    permission="webhooks.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Message of a web hook"),
    parent="ui.webhook_messages",
    template="ui/pages/webhook_message.html",
)
def webhook_message(request: Request, uid: UUID) -> MessagePage:
    """What one message told, and what became of it."""
    found = deliveries().get(uid=uid)
    return MessagePage(
        title=found.type,
        delivery=found,
        state=str(STATES[found.state]),
        meaning=str(MEANINGS[found.state]),
        data=json.dumps(found.data, ensure_ascii=False, indent=2),
        tries=tries_of(found),
        again=found.state in AGAIN and found.endpoint.takes,
    )


def tries_of(delivery: Any) -> list[Try]:
    """Every attempt in order, in the reader's language."""
    return [
        Try(number, each.at, attempt_words(each), each.answer, each.milliseconds)
        for number, each in enumerate(attempts(delivery), 1)
    ]


@verb(webhook_message, "again", permission="webhooks.manage")
def _again(request: Request, uid: UUID) -> Done:
    delivery_replay(deliveries().get(uid=uid), actor=acting())
    return Done(_("The message goes out again, under the same id."))
