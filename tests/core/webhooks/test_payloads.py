# SPDX-License-Identifier: Apache-2.0
"""Contract of every declared event: what its payload makes of a real record is what the documentation says, and no more."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.utils import timezone

from steward.core.events.public import Event
from steward.core.identity.public import User
from steward.core.tenancy.public import scoped, system_scope
from steward.core.webhooks import registry
from steward.core.webhooks.public import register_webhook_event, webhook_events
from steward.core.webhooks.registry import BadWebhookEvent
from steward.estate.clients.events import ClientArchived, ClientCreated
from steward.estate.clients.webhooks import ClientData
from steward.promises.sla.models import Obligation, SlaPolicyVersion
from tests.attacks.sweep.world import World, build

pytestmark = pytest.mark.django_db


def obligation(world: World) -> Any:
    return Obligation.objects.create(
        client=world.client,
        clause="AGR-1 3.1",
        kind="response",
        subject_kind="assets.asset",
        subject_uid=world.asset.uid,
        version=SlaPolicyVersion.objects.first(),
        priority="P1",
        target_seconds=900,
        zero_at=timezone.now(),
    )


def specimen(world: World, event: type[Event]) -> Event:
    """The event of a record that exists: `ticket_uid` is that of the ticket in the world of the sweeps, `page` likewise."""
    known: dict[str, Any] = {
        "client_id": world.client.pk,
        "asset_id": world.asset.pk,
        "agent_id": world.agent.pk,
        "agreement_id": world.agreement.pk,
        "subject": f"assets.asset:{world.asset.uid}",
        "person_id": None,
        "percent": 80,
        "revision": 1,
    }
    names = [each.name for each in fields(event)]  # type: ignore[arg-type]  # every event is a dataclass
    for name in set(names) - known.keys():
        record = obligation(world) if name == "obligation" else getattr(world, name.removesuffix("_uid"), None)
        assert record is not None, f"{event.__name__}.{name}: tests/attacks/sweep/world.py has no such record"
        known[name] = record.uid
    return event(**{name: known[name] for name in names})


def test_every_event_makes_the_data_that_the_documentation_promises(olga: User) -> None:
    world = build(olga)
    assert webhook_events()
    for each in webhook_events():
        with scoped(system_scope("tests")), transaction.atomic():
            made = each.payload(specimen(world, each.event))
            assert isinstance(made, each.data), each.type
            said = msgspec.json.decode(msgspec.json.encode(made))
            assert set(said) == {field.name for field in fields(each.data)}, each.type
            assert each.meaning, each.type
            assert made == msgspec.convert(said, each.data), each.type
            assert str(world.client.uid) in str(said), each.type
            transaction.set_rollback(True)


def test_a_later_version_has_a_name_of_its_own_and_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_events", dict(registry._events))
    monkeypatch.setattr(registry, "on", lambda *_args, **_how: lambda listener: listener)

    def whole(event: ClientCreated) -> ClientData | None:
        return None

    def untyped(event: ClientCreated):  # type: ignore[no-untyped-def]  # wrong on purpose
        return datetime.now(UTC)

    register_webhook_event("clients.client_created", ClientCreated, payload=whole, version=2)
    assert registry._events["clients.client_created.v2"].version == 2
    assert registry._events["clients.client_created"].version == 1
    for slug, event, payload, version in (
        ("Clients", ClientCreated, whole, 1),
        ("clients.client_created", ClientCreated, untyped, 3),
        ("clients.client_created", ClientArchived, whole, 2),
        ("clients.client_created", ClientCreated, whole, 0),
    ):
        with pytest.raises(BadWebhookEvent):
            register_webhook_event(slug, event, payload=payload, version=version)  # type: ignore[type-var]
