# SPDX-License-Identifier: Apache-2.0
"""What machines say they are made of."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from steward_agent.protocol.inventory import Hardware, decode_inventory
from steward_agent.protocol.inventory import Inventory as Document

from steward.core.access.public import action
from steward.core.events.public import emit
from steward.core.tenancy.public import Actor
from steward.estate.agents.differences import differences
from steward.estate.agents.events import InventoryChanged
from steward.estate.agents.models import Agent, Inventory, InventoryChange, InventoryIntake
from steward.estate.assets.public import asset_discovered

SECTIONS = ("hardware", "system", "packages", "addresses")
# A clock may be wrong; the database holds years 1 to 9999.
LATEST_MS = 253_370_764_800_000


@action(permission="agents.intake")
def inventory_keep(agent_id: int, *, actor: Actor, document: bytes) -> InventoryIntake:
    """Keep an inventory as it came, for the job that compares it. `document` was read once already, so it is known to be one."""
    agent = Agent.objects.get(pk=agent_id)
    return InventoryIntake.objects.create(client_id=agent.client_id, agent=agent, document=document)


@action(permission="agents.intake")
def inventory_compare(intake_id: int, *, actor: Actor) -> int:
    """Compare a kept inventory with what was known, and note the differences. Returns how many; 0 also when it is gone.

    The first inventory of a machine is what later ones are compared with. One that is older than what is known is left out.
    """
    intake = (
        InventoryIntake.objects.select_for_update(of=("self",))
        .select_related("agent__asset")
        .filter(pk=intake_id)
        .first()
    )
    if intake is None:
        return 0
    agent = intake.agent
    document = decode_inventory(bytes(intake.document))
    intake.delete()
    known = Inventory.objects.select_for_update().filter(agent=agent).first()
    collected_at = datetime.fromtimestamp(min(document.collected_at, LATEST_MS) / 1000, UTC)
    if agent.asset is None or (known is not None and known.collected_at > collected_at):
        return 0
    found = differences(_sections(known), _sections_of(document)) if known is not None else []
    changes = [
        InventoryChange(
            client_id=agent.client_id, agent=agent, asset=agent.asset, at=intake.received_at,
            section=each.section, kind=each.kind, path=each.path, before=each.before, after=each.after,
        )
        for each in found
    ]  # fmt: skip
    InventoryChange.objects.bulk_create(changes, batch_size=1000)
    _remember(agent, known, document, intake, collected_at)
    _tell_asset(agent, document.hardware, actor)
    if changes:
        emit(
            InventoryChanged(client_id=agent.client_id, agent_id=agent.pk, asset_id=agent.asset.pk, count=len(changes))
        )
    return len(changes)


def _remember(
    agent: Agent, known: Inventory | None, document: Document, intake: InventoryIntake, collected_at: datetime
) -> None:
    inventory = known or Inventory(client_id=agent.client_id, agent=agent)
    inventory.received_at, inventory.collected_at = intake.received_at, collected_at
    for name, section in _sections_of(document).items():
        if section is not None:
            setattr(inventory, name, section)
    inventory.save()
    if document.agent_version and document.agent_version != agent.agent_version:
        agent.agent_version = document.agent_version
        agent.save(update_fields=["agent_version"])
    if document.checks != agent.capabilities:
        agent.capabilities = document.checks
        agent.save(update_fields=["capabilities"])


def _tell_asset(agent: Agent, hardware: Hardware | None, actor: Actor) -> None:
    if hardware is None or agent.asset is None:
        return
    asset_discovered(
        agent.asset,
        actor=actor,
        vendor=hardware.vendor,
        product=hardware.model,
        serial=hardware.serial,
        virtual=bool(hardware.virtualization),
    )


def _sections(known: Inventory) -> dict[str, Any]:
    return {name: getattr(known, name) for name in SECTIONS}


def _sections_of(document: Document) -> dict[str, Any]:
    sections = {
        "hardware": document.hardware,
        "system": document.os,
        "packages": document.packages,
        "addresses": document.addresses,
    }
    return {name: None if section is None else msgspec.to_builtins(section) for name, section in sections.items()}
