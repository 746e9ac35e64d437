# SPDX-License-Identifier: Apache-2.0
"""A chart's series: the grain, the grid, the gaps, the seam between roll-up and samples."""

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from steward.core.telemetry import rollup, write
from steward.core.telemetry.public import Column, insert_native, insert_samples, query, roll_up, series_range
from steward.core.telemetry.ranges import choose_grain
from steward.core.tenancy.public import Actor, Scope, scoped
from tests.fixtures.store import Store

SECOND = 1000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND
ACME, BIRCH = 3, 7
NOW = int(time.time()) // 3600 * 3600
IN_ACME = Scope(Actor("person", "Alice", frozenset()), frozenset({ACME}))
IN_BIRCH = Scope(Actor("person", "Bob", frozenset()), frozenset({BIRCH}))


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def put(
    sid: int,
    seconds: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    client: int = ACME,
) -> None:
    size = len(seconds)
    insert_samples(
        np.full(size, client, np.uint32),
        np.full(size, sid, np.uint32),
        seconds * 1000,
        values.astype(float),
        token=f"{sid} {time.monotonic_ns()}",
    )


def register(sid: int, interval: float, client: int = ACME) -> None:
    columns = {
        "client": Column("UInt32", [client]),
        "sid": Column("UInt32", [sid]),
        "asset": Column("UInt32", [5]),
        "name": Column("String", ["cpu.busy"]),
        "labels": Column("Map(String, String)", [{"mode": "user"}]),
        "interval_s": Column("Float32", [interval]),
    }
    insert_native("series", columns, token=f"register {sid}")


@pytest.mark.parametrize(
    ("span", "age", "interval", "expected"),
    [
        (HOUR, HOUR, 30 * SECOND, ("raw", 30 * SECOND)),
        (HOUR, HOUR, 10 * SECOND, ("raw", 10 * SECOND)),
        (DAY, DAY, 30 * SECOND, ("raw", 2 * MINUTE)),
        (7 * DAY, 7 * DAY, 30 * SECOND, ("raw", 15 * MINUTE)),
        (7 * DAY, 7 * DAY, 10 * SECOND, ("5m", 15 * MINUTE)),
        (30 * DAY, 30 * DAY, 30 * SECOND, ("1h", HOUR)),
        (DAY, 200 * DAY, 10 * SECOND, ("5m", 5 * MINUTE)),
        (DAY, 200 * DAY, 30 * SECOND, ("1h", HOUR)),
        (5 * 365 * DAY, 5 * 365 * DAY, 30 * SECOND, ("1h", 3 * DAY)),
        (HOUR, HOUR, 7 * SECOND, ("raw", 7 * SECOND)),
        (MINUTE, MINUTE, 5 * MINUTE, ("raw", 5 * MINUTE)),
    ],
)
def test_the_grain_follows_the_stretch_its_age_and_the_sampling(
    span: int, age: int, interval: int, expected: tuple[str, int]
) -> None:
    now = NOW * 1000
    assert choose_grain(now - age, now - age + span, points=800, interval=interval, now=now) == expected


def test_a_gap_stays_a_gap(store: Store) -> None:
    register(1, 30)
    seconds = np.arange(NOW - 3600, NOW, 30)
    there = (seconds < NOW - 2400) | (seconds >= NOW - 1800)
    put(1, seconds[there], np.sin(seconds[there]))
    with scoped(IN_ACME):
        found = series_range([1], at(NOW - 3600), at(NOW))
    assert found.source == "raw"
    assert found.step == 30 * SECOND
    assert found.t.tolist() == (seconds * 1000).tolist()
    mean = found.series[1].mean
    assert np.isnan(mean).tolist() == (~there).tolist()
    np.testing.assert_allclose(mean[there], np.sin(seconds[there]))
    assert found.series[1].n[there].tolist() == [1] * int(there.sum())


def test_series_share_one_grid_and_foreign_ones_are_empty(store: Store) -> None:
    register(1, 30)
    register(2, 60)
    register(3, 30, client=BIRCH)
    put(1, np.arange(NOW - 600, NOW, 30), np.arange(20))
    put(2, np.arange(NOW - 600, NOW, 60), np.arange(10))
    put(3, np.arange(NOW - 600, NOW, 30), np.arange(20), client=BIRCH)
    with scoped(IN_ACME):
        found = series_range([3, 2, 1, 99], at(NOW - 600), at(NOW))
    assert found.step == MINUTE
    assert {len(each.mean) for each in found.series.values()} == {10}
    assert found.series[1].mean.tolist() == [(2 * each + 2 * each + 1) / 2 for each in range(10)]
    assert found.series[1].low.tolist() == [2.0 * each for each in range(10)]
    assert found.series[1].high.tolist() == [2.0 * each + 1 for each in range(10)]
    assert found.series[2].mean.tolist() == list(range(10))
    assert np.isnan(found.series[3].mean).all()
    assert np.isnan(found.series[99].mean).all()
    with scoped(IN_BIRCH):
        assert not np.isnan(series_range([3], at(NOW - 600), at(NOW)).series[3].mean).any()


def test_a_long_stretch_is_read_from_the_hours_and_its_end_from_the_samples(store: Store) -> None:
    register(1, 600)
    seconds = np.arange(NOW - 3 * 86400, NOW, 600)
    values = np.random.default_rng(1).normal(size=len(seconds))
    put(1, seconds, values)
    write._marked.clear()
    while roll_up(NOW - 7200, most=200).more:
        pass
    # What the roll-up has not seen yet must come from the samples: take the raw ones of the middle away to show who was asked.
    store.client(database="steward").command(
        f"alter table samples delete where ts < toDateTime64({NOW - 86400}, 3) settings mutations_sync = 2"
    )
    with scoped(IN_ACME):
        found = series_range([1], at(NOW - 3 * 86400), at(NOW), points=100)
    assert (found.source, found.step) == ("1h", HOUR)
    expected = values.reshape(-1, 6)
    np.testing.assert_allclose(found.series[1].mean, expected.mean(axis=1))
    np.testing.assert_allclose(found.series[1].low, expected.min(axis=1))
    np.testing.assert_allclose(found.series[1].high, expected.max(axis=1))
    assert found.series[1].n.tolist() == [6] * 72


def test_five_minutes_serve_fast_series_and_slower_ones_fall_back_to_hours(store: Store) -> None:
    register(1, 10)
    register(2, 10)
    seconds = np.arange(NOW - 86400, NOW, 60)
    put(1, seconds, np.ones(len(seconds)))
    while roll_up(NOW + 600, most=200).more:
        pass
    assert query_count(store, "samples_5m") > 0
    with scoped(IN_ACME):
        found = series_range([1, 2], at(NOW - 86400), at(NOW), points=150)
    assert (found.source, found.step) == ("5m", 10 * MINUTE)
    assert found.series[1].n.tolist() == [10] * 144
    assert np.isnan(found.series[2].mean).all()


def query_count(store: Store, table: str) -> int:
    return int(store.client(database="steward").command(f"select count() from {table}"))  # type: ignore[arg-type]  # one number


def test_a_slot_between_roll_up_and_samples_is_put_together_from_both(store: Store) -> None:
    register(1, 60)
    start = NOW // 86400 * 86400 - 60 * 86400
    middle = start + 86400 + 3 * 3600
    seconds = np.arange(start, start + 2 * 86400, 60)
    put(1, seconds, np.ones(len(seconds)))
    write._marked.clear()
    while roll_up(middle + 3600, most=200).more:
        pass
    with scoped(IN_ACME):
        found = series_range([1], at(start), at(start + 60 * 86400), points=60)
    assert (found.source, found.step) == ("1h", DAY)
    assert found.series[1].n[:2].tolist() == [1440] * 2
    assert found.series[1].mean[:2].tolist() == [1.0] * 2
    assert np.isnan(found.series[1].mean[2:]).all()


def test_a_doubled_sample_is_drawn_once(store: Store) -> None:
    register(1, 30)
    seconds = np.arange(NOW - 600, NOW, 30)
    put(1, seconds, np.ones(20))
    put(1, seconds, np.ones(20))
    with scoped(IN_ACME):
        assert series_range([1], at(NOW - 600), at(NOW)).series[1].n.tolist() == [1] * 20


def test_what_cannot_be_drawn_is_refused(store: Store) -> None:
    with scoped(IN_ACME):
        with pytest.raises(ValueError, match="200 series"):
            series_range(list(range(201)), at(NOW - 600), at(NOW))
        with pytest.raises(ValueError, match="before end"):
            series_range([1], at(NOW), at(NOW - 600))
        with pytest.raises(ValueError, match="time zone"):
            series_range([1], datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001  # that is the mistake
        empty = series_range([], at(NOW - 600), at(NOW))
    assert empty.series == {}
    assert len(empty.t) == 20


def test_the_series_of_an_asset_come_with_their_labels(store: Store) -> None:
    register(1, 30)
    with scoped(IN_ACME):
        found = list(query("telemetry.series_of_asset", asset=5).dicts())
    assert found == [
        {"client": ACME, "sid": 1, "agent": 0, "name": "cpu.busy", "labels": {"mode": "user"}, "interval_s": 30.0}
    ]
    with scoped(IN_BIRCH):
        assert len(query("telemetry.series_of_asset", asset=5)) == 0


def test_marks_rest_longer_than_an_insert_may_take() -> None:
    assert rollup.MARK_RESTS > write.MARK_HOLDS + 2 * write.INSERT_SECONDS
    assert write.COUNTED_AFTER - write.MARKED_AFTER >= 2 * write.INSERT_SECONDS
    assert timedelta(seconds=write.COUNTED_AFTER) < timedelta(hours=1)
