# SPDX-License-Identifier: Apache-2.0
"""What the data of messages are made of: references that the other side can follow."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Model

from steward.core.records.public import record_ref, record_url
from steward.core.tenancy.public import Client
from steward.settings.env import get_settings


@dataclass(frozen=True, slots=True)
class ClientSaid:
    """A client: its identifier, the short name of addresses, the name."""

    uid: UUID
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class RecordSaid:
    """A record: its kind and identifier as the REST interface has them, and its page."""

    kind: str
    uid: UUID
    url: str


def client_said(client: Client) -> ClientSaid:
    """A client as messages name it."""
    return ClientSaid(client.uid, client.slug, client.name)


def record_said(record: Model) -> RecordSaid:
    """A record as messages name it. Raises UnknownKind when its model was never declared."""
    ref = record_ref(record)
    return RecordSaid(ref.kind, ref.uid, get_settings().base_url + (record_url(record) or "/"))
