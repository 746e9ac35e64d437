# SPDX-License-Identifier: Apache-2.0
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.db import transaction

from steward.core.telemetry.public import Column, insert_native, insert_samples
from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.estate.agents.models import Agent, AgentState, GatewayPulse
from steward.estate.assets.models import Asset, AssetKind
from steward.watch.alerts.models import Alert
from steward.watch.monitoring.actions import rule_create
from steward.watch.monitoring.models import Rule
from steward.watch.monitoring.registry import rule_kinds
from steward.watch.monitoring.rounds import Outcome, judge

_sids = count(1)


@dataclass
class Watched:
    """A machine with an approved agent."""

    client: Client
    asset: Asset
    agent: Agent

    def series(self, name: str, labels: Mapping[str, str] | None = None, *, interval: float = 10.0) -> int:
        """A series of it that the store knows; its id."""
        sid = next(_sids)
        columns = {
            "client": Column("UInt32", np.array([self.client.pk], dtype=np.uint32)),
            "sid": Column("UInt32", np.array([sid], dtype=np.uint32)),
            "agent": Column("UInt32", np.array([self.agent.pk], dtype=np.uint32)),
            "asset": Column("UInt32", np.array([self.asset.pk], dtype=np.uint32)),
            "name": Column("String", [name]),
            "labels": Column("Map(String, String)", [dict(labels or {})]),
            "interval_s": Column("Float32", np.array([interval], dtype=np.float32)),
        }
        insert_native("series", columns, token=f"series {uuid4()}")
        return sid

    def measure(self, sid: int, samples: Mapping[float, float], *, at: datetime) -> None:
        """Samples by how many seconds before `at` they were taken."""
        ages = np.array(list(samples), dtype=np.float64)
        insert_samples(
            np.full(len(ages), self.client.pk, dtype=np.uint32),
            np.full(len(ages), sid, dtype=np.uint32),
            ((at.timestamp() - ages) * 1000).astype(np.int64),
            np.array(list(samples.values()), dtype=np.float64),
            token=f"samples {uuid4()}",
        )

    def heard(self, ago: timedelta, *, at: datetime) -> None:
        """Its agent's last word."""
        with scoped(system_scope("tests")), transaction.atomic():
            Agent.objects.filter(pk=self.agent.pk).update(last_seen_at=at - ago)


MakeWatched = Callable[..., Watched]
MakeRule = Callable[..., Rule]


@pytest.fixture
def now() -> datetime:
    """An instant that the tests of rules look from; the store's own clock must not lie far off."""
    return datetime.fromtimestamp(int(time.time()), UTC)


@pytest.fixture
def watched() -> MakeWatched:
    """`watched(acme, "acme-web-01")`."""

    def made(client: Client, name: str = "acme-web-01") -> Watched:
        with scoped(system_scope("tests")), transaction.atomic():
            number = f"A-{secrets.randbelow(10**9)}"
            asset = Asset.objects.create(client=client, number=number, name=name, kind=AssetKind.VIRTUAL_SERVER)
            agent = Agent.objects.create(
                client=client, public_key=secrets.token_bytes(32), hostname=name, asset=asset, state=AgentState.APPROVED
            )
            asset.refresh_from_db()
        return Watched(client, asset, agent)

    return made


@pytest.fixture
def rule(db: None) -> MakeRule:
    """`rule("threshold", metric="fs.used_percent", limit=90)`."""

    def made(kind: str, *, severity: str = "major", **config: Any) -> Rule:
        with scoped(system_scope("tests")), transaction.atomic():
            return rule_create(
                actor=current_scope().actor, name=f"A {kind}", kind=kind, severity=severity, config=config
            )

    return made


def round_of(kind: str, at: datetime) -> Outcome:
    """A round of one kind."""
    outcome = judge(rule_kinds()[kind], at=at)
    assert outcome is not None
    return outcome


def alerts() -> list[Alert]:
    """Every alert, in order."""
    with scoped(system_scope("tests")), transaction.atomic():
        return list(Alert.objects.select_related("client", "asset").order_by("pk"))


def pulse(at: datetime, since: timedelta = timedelta(days=1)) -> None:
    """The gateways live, and have for a while."""
    GatewayPulse.objects.update_or_create(pk=1, defaults={"at": at, "since": at - since})
