# SPDX-License-Identifier: Apache-2.0
"""From an event to its messages: a row for each endpoint that subscribed, and a job for each row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from steward.core.events.public import Event
from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.core.webhooks.data import ClientSaid
from steward.core.webhooks.delivering import queue
from steward.core.webhooks.models import Delivery, Endpoint


def is_subscribed(type_: str) -> bool:
    """Whether any endpoint is told of events of this type; asked wherever one happens."""
    with as_system():
        return _subscribed(type_).exists()


def tell(type_: str, payload: Callable[[Any], Any], event: Event) -> None:
    """Queue one message for every endpoint that subscribed: those of everything, and those of the client it is about."""
    with as_system():
        endpoints = list(_subscribed(type_))
        made = payload(event) if endpoints else None
        if made is None:
            return
        client_id, now = _client_of(event, made), timezone.now()
        data = msgspec.to_builtins(made, str_keys=True)
        for endpoint in endpoints:
            if endpoint.client_id not in (None, client_id):
                continue
            # What is told to an endpoint of the MSP is the MSP's own, whichever client it tells of.
            queue(
                Delivery(
                    endpoint=endpoint,
                    client_id=endpoint.client_id,
                    type=type_,
                    data=data,
                    happened_at=now,
                    next_at=now,
                )
            )


def _client_of(event: Event, made: Any) -> int | None:
    client_id: int | None = getattr(event, "client_id", None)
    said = getattr(made, "client", None)
    if client_id is None and isinstance(said, ClientSaid):
        return Client.objects.values_list("pk", flat=True).get(uid=said.uid)
    return client_id


@contextmanager
def as_system() -> Iterator[None]:
    """The rows of every endpoint, which the one whose act is told need not see; the audit goes on naming them."""
    with scoped(replace(system_scope("webhooks"), actor=current_scope().actor)):
        yield


def _subscribed(type_: str) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(state=Endpoint.State.ACTIVE, events__contains=[type_])
