# SPDX-License-Identifier: Apache-2.0
"""Makes approved agents for `ingest_gateway.py`, whose keys follow from their numbers: `python -m bench.seeds.agents RUN 500`.

With a third word, `unjudged`, all rules are switched off."""

import hashlib
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
django.setup()

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402
from django.db import transaction  # noqa: E402

from steward.core.tenancy.public import Client, scoped, system_scope  # noqa: E402
from steward.estate.agents.models import Agent, AgentState  # noqa: E402
from steward.estate.assets.models import Asset, AssetKind  # noqa: E402
from steward.watch.monitoring.models import Rule  # noqa: E402


def key_of(number: int) -> Ed25519PrivateKey:
    """The key of agent `number`."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"bench {number}".encode()).digest())


def main(run: str, count: int, *, judged: bool) -> None:
    """Print the ids of `count` new agents of a client made for this run; rules judge them, or none does."""
    with scoped(system_scope("bench")), transaction.atomic():
        if not judged:
            Rule.objects.update(enabled=False)
        client = Client.objects.create(name=f"Bench {run}", slug=f"bench-{run}")
        names = [f"bench-{run}-{number}" for number in range(count)]
        assets = Asset.objects.bulk_create(
            Asset(client=client, number=f"B{run}-{number}", name=name, kind=AssetKind.OTHER)
            for number, name in enumerate(names)
        )
        agents = [
            Agent.objects.create(
                client=client, asset=asset, hostname=asset.name, state=AgentState.APPROVED,
                public_key=key_of(number).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
            )
            for number, asset in enumerate(assets)
        ]  # fmt: skip
        print(*(agent.pk for agent in agents))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), judged=sys.argv[3:] != ["unjudged"])
