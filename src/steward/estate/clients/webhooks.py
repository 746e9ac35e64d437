# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from steward.core.tenancy.public import Client
from steward.core.webhooks.public import ClientSaid, client_said, register_webhook_event
from steward.estate.clients.events import ClientArchived, ClientCreated


@dataclass(frozen=True, slots=True)
class ClientData:
    """The client it is about."""

    client: ClientSaid


def _client(event: ClientCreated | ClientArchived) -> ClientData:
    return ClientData(client_said(Client.objects.get(pk=event.client_id)))


register_webhook_event("clients.client_created", ClientCreated, payload=_client)
register_webhook_event("clients.client_archived", ClientArchived, payload=_client)
