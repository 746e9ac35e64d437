# SPDX-License-Identifier: Apache-2.0
"""Which other systems are told what, and what was sent to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.rest.public import endpoint, router
from steward.core.ui.pages.webhook_messages import MESSAGES, tries_of
from steward.core.ui.pages.webhooks import WEBHOOKS, endpoint_by
from steward.core.ui.request import acting
from steward.core.ui.rest.naming import named_client
from steward.core.ui.table.endpoint import list_endpoint
from steward.core.webhooks.public import (
    Delivery,
    Endpoint,
    deliveries,
    deliveries_replay,
    delivery_replay,
    endpoint_add,
    endpoint_archive,
    endpoint_edit,
    endpoint_key_change,
    endpoint_switch,
    endpoint_test,
)

api = router("webhooks", label=_("Web hooks"))
messages = router("webhook-messages", label=_("Messages of web hooks"))

list_endpoint(api, "", WEBHOOKS, permission="webhooks.view")
list_endpoint(messages, "", MESSAGES, permission="webhooks.view")


class WebhookChangeIn(Schema):
    """Name and events; the address only when it changes."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    events: list[str] = Field(max_length=200)
    url: str = Field("", max_length=2048)


class WebhookIn(WebhookChangeIn):
    """A web hook for the events of a client, by its slug; without one, of every client."""

    url: str = Field(max_length=2048)
    client: str | None = Field(None, max_length=40)


class SwitchIn(Schema):
    """Whether it is told."""

    model_config = ConfigDict(extra="forbid")

    on: bool


class WebhookOut(Schema):
    """A web hook; of its address only the origin is shown."""

    uid: UUID
    name: str
    client: str | None
    origin: str
    events: list[str]
    state: str
    failing_since: datetime | None


class WebhookMadeOut(WebhookOut):
    """The same, with the key that signs: this once."""

    key: str


class KeyOut(Schema):
    """A fresh key: this once. The one before signs along until `key_before_until`."""

    key: str
    key_before_until: datetime


class CountOut(Schema):
    """How many messages go out again."""

    count: int


class WebhookTryOut(Schema):
    """One try: what we say of it, and the other side's own words."""

    at: datetime
    words: str
    answer: str
    milliseconds: int


class WebhookMessageOut(Schema):
    """A message with every try."""

    uid: UUID
    id: str
    webhook: UUID
    type: str
    data: Any
    state: str
    happened_at: datetime
    next_at: datetime | None
    tries: list[WebhookTryOut]


@api.post("", response={201: WebhookMadeOut})
@endpoint(permission="webhooks.manage")
def webhook_post(request: HttpRequest, body: WebhookIn) -> Status[dict[str, Any]]:
    """Have another system told."""
    values = body.dict()
    made, key = endpoint_add(actor=acting(), **values | {"client": named_client(values["client"])})
    return Status(201, {**_webhook(made), "key": key})


@api.get("/{uuid:uid}", response=WebhookOut)
@endpoint(permission="webhooks.view")
def webhook_get(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One web hook."""
    return _webhook(endpoint_by(uid))


@api.put("/{uuid:uid}", response=WebhookOut)
@endpoint(permission="webhooks.manage")
def webhook_put(request: HttpRequest, uid: UUID, body: WebhookChangeIn) -> dict[str, Any]:
    """Change a web hook."""
    return _webhook(endpoint_edit(endpoint_by(uid), actor=acting(), **body.dict()))


@api.delete("/{uuid:uid}", response={204: None})
@endpoint(permission="webhooks.manage")
def webhook_delete(request: HttpRequest, uid: UUID) -> Status[None]:
    """Archive a web hook; its address and keys are blanked."""
    endpoint_archive(endpoint_by(uid), actor=acting())
    return Status(204, None)


@api.post("/{uuid:uid}/switch", response=WebhookOut)
@endpoint(permission="webhooks.manage")
def webhook_switch_post(request: HttpRequest, uid: UUID, body: SwitchIn) -> dict[str, Any]:
    """Switch a web hook on or off."""
    endpoint_switch(endpoint_by(uid), actor=acting(), on=body.on)
    return _webhook(endpoint_by(uid))


@api.post("/{uuid:uid}/key", response=KeyOut)
@endpoint(permission="webhooks.manage")
def webhook_key_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Give a web hook a new key."""
    key = endpoint_key_change(endpoint_by(uid), actor=acting())
    return {"key": key, "key_before_until": endpoint_by(uid).key_before_until}


@api.post("/{uuid:uid}/test", response={202: WebhookMessageOut})
@endpoint(permission="webhooks.manage")
def webhook_test_post(request: HttpRequest, uid: UUID) -> Status[dict[str, Any]]:
    """Send a test message."""
    return Status(202, _message(endpoint_test(endpoint_by(uid), actor=acting())))


@api.post("/{uuid:uid}/replay", response=CountOut)
@endpoint(permission="webhooks.manage")
def webhook_replay_post(request: HttpRequest, uid: UUID) -> dict[str, int]:
    """Send every message again that failed or was stopped."""
    return {"count": deliveries_replay(endpoint_by(uid), actor=acting())}


@messages.get("/{uuid:uid}", response=WebhookMessageOut)
@endpoint(permission="webhooks.view")
def message_get(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One message, with every try."""
    return _message(deliveries().get(uid=uid))


@messages.post("/{uuid:uid}/replay", response={202: WebhookMessageOut})
@endpoint(permission="webhooks.manage")
def message_replay_post(request: HttpRequest, uid: UUID) -> Status[dict[str, Any]]:
    """Send a message again that did not get through."""
    delivery_replay(deliveries().get(uid=uid), actor=acting())
    return Status(202, _message(deliveries().get(uid=uid)))


def _webhook(found: Endpoint) -> dict[str, Any]:
    client = found.client.slug if found.client else None
    named = {name: getattr(found, name) for name in ("uid", "name", "origin", "events", "state", "failing_since")}
    return {**named, "client": client}


def _message(found: Delivery) -> dict[str, Any]:
    named = {name: getattr(found, name) for name in ("uid", "type", "data", "state", "happened_at")}
    tries = [
        {"at": each.at, "words": each.words, "answer": each.answer, "milliseconds": each.milliseconds}
        for each in tries_of(found)
    ]
    return {
        **named,
        "id": found.message_id,
        "webhook": found.endpoint.uid,
        "next_at": found.next_at if found.state == Delivery.State.QUEUED else None,
        "tries": tries,
    }
