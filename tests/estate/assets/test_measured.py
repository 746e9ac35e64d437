# SPDX-License-Identifier: Apache-2.0
"""The charts of an asset, from the real store."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import transaction
from django.test import Client as Browser

from steward.core.identity.public import User
from steward.core.telemetry.public import Column, insert_native, insert_samples
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.core.ui.public import Window
from steward.estate.assets.actions import asset_create
from steward.estate.assets.measured import BY_SLUG, Measured, measured
from steward.estate.assets.models import Asset
from tests.fixtures.store import Store

NOW = int(time.time()) // 300 * 300
START = NOW - 3600


@pytest.fixture
def asset(acme: Client, store: Store) -> Asset:
    scope = system_scope("tests")
    with scoped(scope), transaction.atomic():
        return asset_create(acme, actor=scope.actor, name="acme-sql-02", kind="virtual_server")


def put(asset: Asset, sid: int, name: str, values: list[float | None], **labels: str) -> None:
    """A series of the last hour, a value each 30 seconds; None is a hole."""
    insert_native(
        "series",
        {
            "client": Column("UInt32", [asset.client_id]), "sid": Column("UInt32", [sid]), "agent": Column("UInt32", [1]),
            "asset": Column("UInt32", [asset.pk]), "name": Column("String", [name]), "labels": Column("Map(String, String)", [labels]),
            "interval_s": Column("Float32", [30.0]),
        },
        token=f"series-{sid}-{asset.pk}-{time.monotonic_ns()}",
    )  # fmt: skip
    there = [(START + 30 * at, value) for at, value in enumerate(values) if value is not None]
    insert_samples(
        np.full(len(there), asset.client_id, np.uint32),
        np.full(len(there), sid, np.uint32),
        np.array([at * 1000 for at, _ in there], np.int64),
        np.array([value for _, value in there]),
        token=f"samples-{sid}-{asset.pk}-{time.monotonic_ns()}",
    )


def look(asset: Asset, slug: str, *, seconds: int = 3600, points: int = 120) -> Measured:
    window = Window(datetime.fromtimestamp(NOW - seconds, UTC), datetime.fromtimestamp(NOW, UTC), points)
    with scoped(system_scope("tests")), transaction.atomic():
        return measured(asset, BY_SLUG[slug], window)


@pytest.mark.django_db
class TestMeasured:
    def test_a_chart_shows_what_was_measured(self, asset: Asset) -> None:
        put(asset, 1, "cpu.used_percent", [float(each % 50) for each in range(120)])
        shown = look(asset, "processor")
        assert shown.step == 30
        assert shown.times[0] == START
        assert shown.lines == [{"label": "used", "v": [float(each % 50) for each in range(120)]}]
        assert shown.marks == []

    def test_a_gap_stays_a_gap_and_is_marked(self, asset: Asset) -> None:
        put(asset, 1, "cpu.used_percent", [1.0] * 40 + [None] * 20 + [2.0] * 60)
        shown = look(asset, "processor")
        assert shown.lines[0]["v"][39:61] == [1.0] + [None] * 20 + [2.0]
        assert [(mark["kind"], mark["from"], mark["to"]) for mark in shown.marks] == [
            ("gap", START + 40 * 30, START + 60 * 30)
        ]

    def test_one_missing_sample_is_no_gap(self, asset: Asset) -> None:
        put(asset, 1, "cpu.used_percent", [1.0] * 40 + [None] + [2.0] * 79)
        assert look(asset, "processor").marks == []

    def test_devices_are_added_up_and_a_silent_one_takes_nothing_away(self, asset: Asset) -> None:
        put(asset, 1, "disk.read_bytes", [1_000_000.0] * 120, device="sda")
        put(asset, 2, "disk.read_bytes", [2_000_000.0] * 60 + [None] * 60, device="sdb")
        (line,) = look(asset, "disk").lines
        assert (line["label"], line["v"][0], line["v"][-1]) == ("read", 3.0, 1.0)

    def test_each_filesystem_has_its_line_the_fullest_first(self, asset: Asset) -> None:
        for sid, mount in enumerate("abcdefgh", start=1):
            put(asset, sid, "fs.used_percent", [sid * 10.0] * 120, mount=f"/{mount}")
        assert [line["label"] for line in look(asset, "filesystems").lines] == ["/h", "/g", "/f", "/e", "/d", "/c"]

    def test_a_longer_range_has_longer_steps(self, asset: Asset) -> None:
        put(asset, 1, "cpu.used_percent", [10.0] * 60 + [20.0] * 60)
        shown = look(asset, "processor", seconds=86_400, points=288)
        assert shown.step == 300
        assert [each for each in shown.lines[0]["v"] if each is not None] == [10.0] * 6 + [20.0] * 6

    def test_what_was_never_measured_is_said(self, asset: Asset) -> None:
        shown = look(asset, "network")
        assert (shown.lines, shown.known) == ([], False)


@pytest.mark.django_db
class TestPage:
    def test_the_data_of_a_chart(self, asset: Asset, tess: User, browse: Callable[[User], Browser]) -> None:
        put(asset, 1, "cpu.used_percent", [5.0] * 120)
        got = browse(tess).get(f"/assets/{asset.number}/metrics/processor/?from={START}&to={NOW}&points=120").json()
        assert len(got["t"]) == 120
        assert got["series"][0]["v"][7] == 5.0
        assert (got["step"], got["from"], got["to"]) == (30.0, START, NOW)

    def test_a_chart_without_data_says_why(self, asset: Asset, tess: User, browse: Callable[[User], Browser]) -> None:
        assert browse(tess).get(f"/assets/{asset.number}/metrics/network/").json()["empty"]["title"]

    def test_bad_ranges_and_unknown_charts_are_refused(
        self, asset: Asset, tess: User, browse: Callable[[User], Browser]
    ) -> None:
        browser = browse(tess)
        assert browser.get(f"/assets/{asset.number}/metrics/nothing/").status_code == 404
        for query in ("from=x", "from=9&to=3", "from=1&to=nan", "from=0&to=4000000000"):
            assert browser.get(f"/assets/{asset.number}/metrics/processor/?{query}").status_code in (400, 422), query

    def test_bob_gets_no_chart_of_acme(self, asset: Asset, bob: User, browse: Callable[[User], Browser]) -> None:
        put(asset, 1, "cpu.used_percent", [5.0] * 120)
        browser = browse(bob)
        assert browser.get(f"/assets/{asset.number}/metrics/processor/").status_code == 404
        assert browser.get(f"/assets/{asset.number}/").status_code == 404

    def test_while_the_store_is_away_the_page_stands_and_the_charts_say_so(
        self, asset: Asset, tess: User, browse: Callable[[User], Browser], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from steward.core.telemetry.connection import forget_client
        from steward.settings.env import get_settings

        monkeypatch.setenv("STEWARD_TELEMETRY_URL", "http://steward:x@127.0.0.1:9/steward")
        get_settings.cache_clear()
        forget_client()
        browser = browse(tess)
        assert browser.get(f"/assets/{asset.number}/").status_code == 200
        assert browser.get(f"/assets/{asset.number}/metrics/processor/").status_code == 503
