# SPDX-License-Identifier: Apache-2.0
"""Who mail comes from."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.identity.public import User
from steward.core.notify.public import (
    MailIdentity,
    mail_identity_add,
    mail_identity_remove,
    mail_identity_set,
    mail_test,
)
from steward.core.rest.public import endpoint, router
from steward.core.ui.pages.senders import SENDERS, sender_by
from steward.core.ui.request import acting
from steward.core.ui.rest.naming import named_client
from steward.core.ui.table.endpoint import list_endpoint

api = router("senders", label=_("Senders of mail"))

list_endpoint(api, "", SENDERS, permission="notify.view")


class SenderIn(Schema):
    """Name, address, and where answers go ("": nobody reads them)."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=120)
    address: str = Field(max_length=254)
    reply_to: str = Field("", max_length=254)


class NewSenderIn(SenderIn):
    """A sender for the mail of a client, by its slug; without one, for everything that has no sender of its own."""

    client: str | None = Field(None, max_length=40)


class SenderOut(Schema):
    """A sender of mail."""

    uid: UUID
    client: str | None
    name: str
    address: str
    reply_to: str


@api.post("", response={201: SenderOut})
@endpoint(permission="notify.manage")
def sender_post(request: HttpRequest, body: NewSenderIn) -> Status[dict[str, Any]]:
    """Give mail a sender."""
    values = body.dict()
    made = mail_identity_add(actor=acting(), **values | {"client": named_client(values["client"])})
    return Status(201, _sender(made))


@api.get("/{uuid:uid}", response=SenderOut)
@endpoint(permission="notify.view")
def sender_get(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One sender."""
    return _sender(sender_by(uid))


@api.put("/{uuid:uid}", response=SenderOut)
@endpoint(permission="notify.manage")
def sender_put(request: HttpRequest, uid: UUID, body: SenderIn) -> dict[str, Any]:
    """Change a sender."""
    return _sender(mail_identity_set(actor=acting(), client=sender_by(uid).client, **body.dict()))


@api.delete("/{uuid:uid}", response={204: None})
@endpoint(permission="notify.manage")
def sender_delete(request: HttpRequest, uid: UUID) -> Status[None]:
    """Take a sender away."""
    mail_identity_remove(sender_by(uid), actor=acting())
    return Status(204, None)


@api.post("/{uuid:uid}/test", response={202: None})
@endpoint(permission="notify.manage")
def sender_test_post(request: HttpRequest, uid: UUID) -> Status[None]:
    """Send oneself a test mail from a sender; what becomes of it stands among the notifications."""
    person = User.objects.get(pk=acting().user_id or 0)
    mail_test(actor=acting(), person=person, client=sender_by(uid).client)
    return Status(202, None)


def _sender(found: MailIdentity) -> dict[str, Any]:
    return {
        "uid": found.uid,
        "client": found.client.slug if found.client else None,
        "name": found.name,
        "address": found.address,
        "reply_to": found.reply_to,
    }
