# SPDX-License-Identifier: Apache-2.0
"""What one was told in the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from steward.core.identity.public import User
from steward.core.notify.public import InboxItem, inbox, inbox_read, inbox_said, notice_kinds, unread_count
from steward.core.rest.public import SIGNED_IN
from steward.core.tenancy.public import Actor
from steward.core.ui.bell import told_topic
from steward.core.ui.registry import Kind, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.table.columns import CellKind, Column
from steward.core.ui.table.filters import BoolFilter, ChoiceFilter, DateFilter
from steward.core.ui.table.table import Bulk, Empty, Table, View
from steward.core.ui.table.view import TableView, table_view
from steward.core.ui.toasts import Done

STATES = {"unread": gettext_lazy("Unread"), "read": gettext_lazy("Read")}


def _own() -> QuerySet[InboxItem]:
    return inbox(acting().user_id or 0)


def _topic() -> str:
    return told_topic(User.objects.values_list("uid", flat=True).get(pk=acting().user_id or 0))


def put_words(items: Sequence[Any]) -> None:
    """Say each item in the reader's language, in `item.said`; a fixed number of queries for all of them."""
    language, zone = translation.get_language() or "en", timezone.get_current_timezone_name()
    for item, said in zip(items, inbox_said(items, language=language, zone=zone), strict=True):
        item.said = said


def kind_words(kind: str) -> str:
    """What a kind of message is called; its name when nobody declares it any more."""
    return next((str(each.label) for each in notice_kinds() if each.kind == kind), kind)


def _kinds() -> list[tuple[str, Any]]:
    return [(each.kind, each.label) for each in notice_kinds() if each.is_chosen]


def _second_line(item: Any) -> str:
    """The text without the bare addresses that it carries for mail."""
    lines = [line for line in item.said.text.splitlines() if not line.strip().startswith(("http://", "https://"))]
    return " ".join(" ".join(lines).split()).rstrip(":")


def _words_of_read(count: int) -> str:
    if not count:
        return _("Everything was read already.")
    return ngettext("%(n)s message was marked as read.", "%(n)s messages were marked as read.", count) % {"n": count}


def _read(found: Sequence[Any], *, actor: Actor) -> str:
    return _words_of_read(inbox_read(actor=actor, items=found))


INBOX = Table(
    name="ui.inbox",
    label=gettext_lazy("messages to you"),
    rows=_own,
    url=lambda item: reverse("ui.inbox_item", args=[item.uid]),
    prepare=put_words,
    topic=_topic,
    row_css=lambda item: "" if item.read_at else "new",
    sort="-at",
    columns=[
        Column(
            "message",
            gettext_lazy("Message"),
            value="said.subject",
            kind=CellKind.LINK,
            sub=_second_line,
        ),
        Column("kind", gettext_lazy("About"), text=lambda item: kind_words(item.kind), css="meta"),
        Column(
            "state",
            gettext_lazy("State"),
            value=lambda item: "read" if item.read_at else "unread",
            text=lambda item: STATES["read" if item.read_at else "unread"],
            kind=CellKind.STATE,
            css="state",
        ),
        Column("at", gettext_lazy("Told"), kind=CellKind.TIME, sort=True, descending_first=True, css="meta"),
        Column("read_at", gettext_lazy("Read"), kind=CellKind.TIME, wide_only=True),
        Column("path", gettext_lazy("Leads to"), value="said.path", shown=False),
    ],
    filters=[
        BoolFilter("unread", gettext_lazy("Unread"), condition=Q(read_at__isnull=True)),
        ChoiceFilter("kind", gettext_lazy("About"), choices=_kinds),
        DateFilter("at", gettext_lazy("Told")),
    ],
    views=[View("unread", gettext_lazy("Unread"), "unread=yes")],
    bulk=[Bulk("read", gettext_lazy("Mark as read"), permission=SIGNED_IN, run=_read, icon="check", key="r")],
    empty=Empty(
        title=gettext_lazy("Nobody has told you anything yet"),
        text=gettext_lazy(
            "What asks for you stands here: approvals, answers to yours, long work that ended. Choose under “My account” "
            "what comes by mail as well."
        ),
        icon="inbox",
    ),
)


@dataclass(frozen=True, slots=True)
class Inbox:
    """The list, and how much of it is unread."""

    table: TableView
    unread: int


@dataclass(frozen=True, slots=True)
class InboxItemPage:
    """A message that leads nowhere, or no longer."""

    title: str
    item: InboxItem
    kind: str
    text: str


@page(
    "inbox/",
    permission=SIGNED_IN,
    kind=Kind.LIST,
    title=gettext_lazy("Inbox"),
    table=INBOX,
    template="ui/pages/inbox.html",
)
def inbox_list(request: Request) -> Inbox:
    """What one was told, the newest first."""
    return Inbox(table_view(INBOX, request), unread_count(request.user.pk))


@verb(inbox_list, "read-all", permission=SIGNED_IN)
def _read_all(request: Request) -> Done:
    return Done(_words_of_read(inbox_read(actor=acting())))


@page(
    "inbox/<uuid:uid>/",
    permission=SIGNED_IN,
    kind=Kind.RECORD,
    title=gettext_lazy("Message"),
    parent="ui.inbox_list",
    template="ui/pages/inbox_item.html",
)
def inbox_item(request: Request, uid: UUID) -> InboxItemPage | HttpResponse:
    """Read a message: it counts as read, and leads on to the record it is about."""
    found: Any = _own().get(uid=uid)
    put_words([found])
    if request.method == "GET":
        inbox_read(actor=acting(), items=[found])
    if found.said.path:
        return HttpResponseRedirect(found.said.path)
    return InboxItemPage(found.said.subject, found, kind_words(found.kind), found.said.text)
