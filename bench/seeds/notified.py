# SPDX-License-Identifier: Apache-2.0
"""Makes what `notified.py` measures: `python -m bench.seeds.notified 120 20` prints the ids of so many agents whose filesystem will
fill and of so many that will fall silent, each of a client of its own; somebody is on call, and both rules are critical."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
django.setup()

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402
from django.db import transaction  # noqa: E402

from bench.seeds.agents import key_of  # noqa: E402
from steward.core.access.public import Role  # noqa: E402
from steward.core.tenancy.public import Client, current_scope, scoped, system_scope  # noqa: E402
from steward.desk.oncall.actions import NewStep, policy_create  # noqa: E402
from steward.estate.agents.models import Agent, AgentState  # noqa: E402
from steward.estate.assets.models import Asset, AssetKind  # noqa: E402
from steward.watch.monitoring.actions import override_set, rule_edit  # noqa: E402
from steward.watch.monitoring.models import Rule  # noqa: E402
from tests.fixtures.actors import make_person  # noqa: E402

SILENT_AFTER = 30  # seconds
INTERVAL = 10  # seconds between the samples of an agent


def main(filling: int, silent: int) -> None:
    """Print the agents' ids, in the order of their numbers."""
    with scoped(system_scope("bench")), transaction.atomic():
        actor = current_scope().actor
        owner = make_person("Olga Owner", Role.OWNER)
        policy_create(actor=actor, name="Nights", rounds=1, is_default=True, steps=[NewStep(owner, 3600)])
        full, quiet = Rule.objects.get(preset="disk_full"), Rule.objects.get(preset="agent_silent")
        config = full.config | {"for_seconds": 10, "back_seconds": 10}
        rule_edit(full, actor=actor, name="", severity="critical", config=config, enabled=True)
        config = {"after_seconds": SILENT_AFTER}
        rule_edit(quiet, actor=actor, name="", severity="critical", config=config, enabled=False)
        agents = []
        for number in range(filling + silent):
            client = Client.objects.create(name=f"Bench {number}", slug=f"bench-{number}")
            agents.append(_agent(client, number))
            if number >= filling:
                override_set(quiet, client, actor=actor, asset=None, enabled=True, severity="critical", config=config)
        print(*(agent.pk for agent in agents))


def _agent(client: Client, number: int) -> Agent:
    asset = Asset.objects.create(client=client, number=f"B-{number}", name=f"bench-{number}", kind=AssetKind.OTHER)
    return Agent.objects.create(
        client=client, asset=asset, hostname=asset.name, state=AgentState.APPROVED, interval_seconds=INTERVAL,
        public_key=key_of(number).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
    )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
