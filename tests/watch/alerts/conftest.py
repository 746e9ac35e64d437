# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.assets.public import Asset, AssetKind, asset_create
from steward.watch.alerts import kinds
from steward.watch.alerts.kinds import register_alert_kind
from steward.watch.alerts.public import Alert, alert_raise

KIND = "tests.trouble"
MakeAsset = Callable[..., Asset]
Trouble = Callable[..., Alert]


def _words(params: object) -> str:
    return f"Trouble with {params['what']}"  # type: ignore[index]  # a mapping, as the kind has it


@pytest.fixture(autouse=True)
def trouble_kind() -> Iterator[None]:
    """A kind of alert that only tests know."""
    register_alert_kind(KIND, words=_words)
    yield
    kinds._kinds.pop(KIND)


@pytest.fixture
def make_asset() -> MakeAsset:
    """`make_asset(acme, "acme-web-01")`."""

    def made(client: Client, name: str) -> Asset:
        scope = system_scope("tests", frozenset({client.pk}))
        with scoped(scope), transaction.atomic():
            return asset_create(client, actor=scope.actor, name=name, kind=AssetKind.VIRTUAL_SERVER)

    return made


@pytest.fixture
def trouble() -> Trouble:
    """`trouble(acme, "disk")`: the machine reports it, as a job would."""

    def raised(client: Client, what: str = "disk", *, severity: str = "major", **more: object) -> Alert:
        with scoped(system_scope("tests", frozenset({client.pk}))), transaction.atomic():
            return alert_raise(
                client=client,
                fingerprint=f"{what}:{more.get('asset')}",
                kind=KIND,
                params={"what": what},
                severity=severity,
                topic=what,
                **more,  # type: ignore[arg-type]  # as alert_raise has them
            )

    return raised
