# SPDX-License-Identifier: Apache-2.0
"""What one was told, how one wants to be told, and what was sent to whom."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from pydantic import ConfigDict, Field

from steward.core.notify.public import (
    Delivery,
    bounce_take,
    chosen_kinds,
    chosen_ways,
    deliveries,
    delivery_retry,
    inbox,
    inbox_read,
    own_test,
    own_wishes,
    unread_count,
    wishes_set,
)
from steward.core.rest.public import SIGNED_IN, endpoint, router
from steward.core.ui.pages.inbox import INBOX
from steward.core.ui.pages.notification import address_of, enclosed_files, tries_of
from steward.core.ui.pages.notifications import DELIVERIES, recipient_words
from steward.core.ui.request import acting
from steward.core.ui.table.endpoint import list_endpoint

own = router("inbox", label=_("Inbox"))
myself = router("me", label=_("Oneself"))
sent = router("notifications", label=_("Notifications"))

list_endpoint(own, "", INBOX, permission=SIGNED_IN)
list_endpoint(sent, "", DELIVERIES, permission="notify.view")


class UnreadOut(Schema):
    """How much of one's inbox is unread."""

    unread: int


class ReadOut(Schema):
    """How many messages were marked as read, and how many are unread still."""

    read: int
    unread: int


class WaysOut(Schema):
    """A kind of message, and the ways besides the console that it takes to the one who asks."""

    kind: str
    label: str
    urgent: bool
    ways: list[str]


class WishesOut(Schema):
    """How one wants to be told. `service` is that of one's own channel, "" without one."""

    language: str
    quiet_from: time | None
    quiet_to: time | None
    service: str
    kinds: list[WaysOut]


class WishesIn(Schema):
    """How one wants to be told; a kind that is left out goes as it was declared. `channel` is an address as Apprise writes it:
    left out it stays, empty it is taken away."""

    model_config = ConfigDict(extra="forbid")

    language: str = Field("", max_length=10)
    quiet_from: time | None = None
    quiet_to: time | None = None
    ways: dict[str, list[str]] = Field(default_factory=dict, max_length=200)
    channel: str | None = Field(None, max_length=1000)


class NotificationTryOut(Schema):
    """One attempt, with the other side's answer."""

    number: int
    at: datetime
    outcome: str
    answer: str
    milliseconds: int


class EnclosedOut(Schema):
    """A file that goes with a mail; its size in bytes."""

    name: str
    size: int


class DeliveryOut(Schema):
    """One message by one way. `address` is where mail goes; of `files`, those that are still kept."""

    uid: UUID
    kind: str
    way: str
    state: str
    to: str
    address: str
    language: str
    message_id: str
    created_at: datetime
    held_until: datetime | None
    ended_at: datetime | None
    files: list[EnclosedOut]
    attempts: list[NotificationTryOut]


class BounceIn(Schema):
    """A whole mail, as the mail server received it, that says that another one did not arrive."""

    model_config = ConfigDict(extra="forbid")

    message: str = Field(max_length=200_000)


class BounceOut(Schema):
    """Whether the mail that did not arrive was one of ours."""

    known: bool


@own.get("/unread", response=UnreadOut)
@endpoint(permission=SIGNED_IN)
def unread_get(request: HttpRequest) -> dict[str, int]:
    """How much one has not read."""
    return {"unread": unread_count(_me())}


@own.post("/read", response=ReadOut)
@endpoint(permission=SIGNED_IN)
def read_all_post(request: HttpRequest) -> dict[str, int]:
    """Mark everything in one's inbox as read."""
    return {"read": inbox_read(actor=acting()), "unread": unread_count(_me())}


@own.post("/{uuid:uid}/read", response=ReadOut)
@endpoint(permission=SIGNED_IN)
def read_post(request: HttpRequest, uid: UUID) -> dict[str, int]:
    """Mark one message in one's inbox as read."""
    found = inbox(_me()).get(uid=uid)
    return {"read": inbox_read(actor=acting(), items=[found]), "unread": unread_count(_me())}


@myself.get("/messages", response=WishesOut)
@endpoint(permission=SIGNED_IN)
def wishes_get(request: HttpRequest) -> dict[str, Any]:
    """How one wants to be told."""
    return _wishes()


@myself.put("/messages", response=WishesOut)
@endpoint(permission=SIGNED_IN)
def wishes_put(request: HttpRequest, body: WishesIn) -> dict[str, Any]:
    """Say how one wants to be told. For persons, not for tokens."""
    wishes_set(actor=acting(), **body.dict())
    return _wishes()


@myself.post("/messages/test", response=WishesOut)
@endpoint(permission=SIGNED_IN)
def wishes_test_post(request: HttpRequest) -> dict[str, Any]:
    """Send oneself a test message by mail, and by one's own channel. For persons, not for tokens."""
    own_test(actor=acting())
    return _wishes()


@sent.post("/bounces", response=BounceOut)
@endpoint(permission="notify.manage")
def bounce_post(request: HttpRequest, body: BounceIn) -> dict[str, bool]:
    """Pass on a delivery status notification, so that a mail that was taken and came back counts as failed."""
    return {"known": bounce_take(actor=acting(), message=body.message)}


@sent.get("/{uuid:uid}", response=DeliveryOut)
@endpoint(permission="notify.view")
def delivery_get(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One message by one way, with every attempt."""
    return _delivery(deliveries().get(uid=uid))


@sent.post("/{uuid:uid}/retry", response=DeliveryOut)
@endpoint(permission="notify.manage")
def delivery_retry_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Send again what did not get through, or at once what is held for quiet hours."""
    delivery_retry(deliveries().get(uid=uid), actor=acting())
    return _delivery(deliveries().get(uid=uid))


def _me() -> int:
    return acting().user_id or 0


def _wishes() -> dict[str, Any]:
    found = own_wishes(_me())
    return {
        "language": found.language,
        "quiet_from": found.quiet_from,
        "quiet_to": found.quiet_to,
        "service": found.service,
        "kinds": [
            {"kind": kind.kind, "label": str(kind.label), "urgent": kind.urgent, "ways": chosen_ways(kind, found)}
            for kind in chosen_kinds()
        ],
    }


def _delivery(found: Delivery) -> dict[str, Any]:
    return {
        "uid": found.uid,
        "kind": found.notice.kind,
        "way": found.way,
        "state": found.state,
        "to": recipient_words(found),
        "address": address_of(found),
        "language": found.notice.language,
        "message_id": found.message_id,
        "created_at": found.created_at,
        "held_until": found.held_until,
        "ended_at": found.ended_at,
        "files": [{"name": each.name, "size": each.size} for each in enclosed_files(found)],
        "attempts": [
            {"number": t.number, "at": t.at, "outcome": t.outcome, "answer": t.said, "milliseconds": t.milliseconds}
            for t in tries_of(found)
        ],
    }
