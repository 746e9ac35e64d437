# SPDX-License-Identifier: Apache-2.0
"""Inventories on their way from a machine through the gateway and the worker to the page."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.test import Client as Browser
from steward_agent.protocol.inventory import (
    Address,
    Addresses,
    Disk,
    Hardware,
    Interface,
    OperatingSystem,
    Package,
    Packages,
    encode_inventory,
)
from steward_agent.protocol.inventory import Inventory as Document
from steward_agent.protocol.refusals import Refusal

from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.agents.actions import inventory_compare, inventory_keep
from steward.estate.agents.models import Agent, Inventory, InventoryChange, InventoryIntake
from steward.estate.assets.models import Asset
from tests.fixtures.gateway import Machine, RunningGateway, make_machine

NOW_MS = int(time.time() * 1000)
DOCUMENT = Document(
    collected_at=NOW_MS,
    agent_version="0.2.0",
    hardware=Hardware(
        vendor="Dell",
        model="R750",
        serial="7XK",
        cpu_model="EPYC",
        cores=2,
        threads=4,
        memory_bytes=2**33,
        disks=[Disk("vda", 2**37)],
    ),
    os=OperatingSystem(
        family="linux", name="Debian GNU/Linux 12", kernel="6.1.1", boot="aa", booted_at=NOW_MS - 60_000
    ),
    packages=Packages("dpkg", [Package("bash", "5.2", "amd64"), Package("curl", "7.88", "amd64")]),
    addresses=Addresses([Interface("eth0", "02:00", up=True, addresses=[Address("192.0.2.2", 24)])]),
)


def later(minutes: int = 1, **changed: Any) -> Document:
    return msgspec.structs.replace(DOCUMENT, collected_at=NOW_MS + 60_000 * minutes, **changed)


def take(machine: Machine, document: Document) -> int:
    """As gateway and worker do, without their processes."""
    scope = system_scope("gateway", frozenset({machine.client_id}))
    with scoped(scope), transaction.atomic():
        intake = inventory_keep(machine.agent_id, actor=scope.actor, document=encode_inventory(document))
        return inventory_compare(intake.pk, actor=scope.actor)


def look() -> tuple[Inventory, list[InventoryChange], Asset]:
    with scoped(system_scope("tests")), transaction.atomic():
        return Inventory.objects.get(), list(InventoryChange.objects.order_by("id")), Asset.objects.get()


@pytest.mark.django_db
class TestIntake:
    def test_the_first_inventory_is_what_later_ones_are_compared_with(self, acme: Client) -> None:
        assert take(make_machine(acme), DOCUMENT) == 0
        inventory, changes, asset = look()
        assert inventory.packages["installed"][0] == ["bash", "5.2", "amd64"]
        assert changes == []
        assert (asset.vendor, asset.product, asset.serial, asset.kind) == ("Dell", "R750", "7XK", "physical_server")

    def test_what_changed_is_noted_once(self, acme: Client) -> None:
        machine = make_machine(acme)
        take(machine, DOCUMENT)
        newer = later(packages=Packages("dpkg", [Package("bash", "5.3", "amd64")]))
        assert take(machine, newer) == 2
        assert take(machine, newer) == 0
        _, changes, asset = look()
        assert [(each.kind, each.path, each.asset_id) for each in changes] == [
            ("changed", "bash:amd64", asset.pk),
            ("removed", "curl:amd64", asset.pk),
        ]

    def test_a_section_that_could_not_be_collected_keeps_what_was_known(self, acme: Client) -> None:
        machine = make_machine(acme)
        take(machine, DOCUMENT)
        assert take(machine, later(packages=None, hardware=None)) == 0
        inventory, _, _ = look()
        assert len(inventory.packages["installed"]) == 2
        assert inventory.hardware["vendor"] == "Dell"

    def test_an_inventory_that_comes_late_does_not_turn_the_clock_back(self, acme: Client) -> None:
        machine = make_machine(acme)
        take(machine, later(5))
        assert take(machine, later(1, packages=Packages("dpkg", []))) == 0
        assert len(look()[0].packages["installed"]) == 2

    def test_a_clock_beyond_the_year_9999_is_bounded(self, acme: Client) -> None:
        assert take(make_machine(acme), msgspec.structs.replace(DOCUMENT, collected_at=2**53)) == 0

    def test_nothing_waits_after_it_was_compared(self, acme: Client) -> None:
        take(make_machine(acme), DOCUMENT)
        with scoped(system_scope("tests")), transaction.atomic():
            assert not InventoryIntake.objects.exists()
            assert Agent.objects.get().agent_version == "0.2.0"


@pytest.mark.django_db(transaction=True)
def test_a_machine_sends_its_inventory_and_a_person_reads_it(
    gateway: RunningGateway, acme: Client, tess: User, browse: Callable[[User], Browser]
) -> None:
    machine = make_machine(acme)
    for document in (
        DOCUMENT,
        later(packages=Packages("dpkg", [Package("bash", "5.3", "amd64"), Package("<b>evil</b>", "1", "")])),
    ):
        assert machine.ask(gateway.port, "POST", "/v1/inventory", encode_inventory(document)).status == 204
        run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        number = Asset.objects.get().number
    browser = browse(tess)
    now, inventory, history = (
        browser.get(f"/assets/{number}/{tab}").content.decode() for tab in ("", "inventory/", "history/")
    )
    assert "Debian GNU/Linux 12" in now
    assert "192.0.2.2" in now
    assert "bash:amd64 changed" in now
    assert "5.3" in inventory
    assert "bash" not in browser.get(f"/assets/{number}/inventory/?q=evil").content.decode().split("<main")[1]
    assert "curl:amd64 was removed" in history
    assert "&lt;b&gt;evil&lt;/b&gt;" in inventory
    assert "<b>evil</b>" not in now + inventory + history


@pytest.mark.django_db(transaction=True)
def test_what_is_no_inventory_is_refused_by_the_gateway(gateway: RunningGateway, acme: Client) -> None:
    machine = make_machine(acme)
    for bad in (b"nothing of the kind", encode_inventory(DOCUMENT)[:-5]):
        answer = machine.ask(gateway.port, "POST", "/v1/inventory", bad)
        assert (answer.status, answer.code) == (400, Refusal.MALFORMED)
    with scoped(system_scope("tests")), transaction.atomic():
        assert not InventoryIntake.objects.exists()
