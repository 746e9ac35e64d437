# SPDX-License-Identifier: Apache-2.0
"""Roll-ups: every sample counted once, the late ones too, against a count by hand."""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.core.telemetry import rollup, write
from steward.core.telemetry.native import encode_block
from steward.core.telemetry.public import Column, Rolled, TelemetryUnavailable, insert_native, insert_samples, roll_up
from tests.fixtures.store import Store

HOUR = 3600
NOW = int(time.time()) // HOUR * HOUR + 1800  # half past some hour; the tests bring their own clock
ACME, BIRCH = 3, 7

Sample = tuple[int, int, int, float]  # client, sid, milliseconds, value


@pytest.fixture(autouse=True)
def _no_marks_of_earlier_tests(store: Store) -> None:
    write._marked.clear()


def put(samples: Sequence[Sample], token: str) -> None:
    client, sid, ts, v = (np.array(column) for column in zip(*samples, strict=True))
    insert_samples(
        client.astype(np.uint32), sid.astype(np.uint32), ts.astype(np.int64), v.astype(np.float64), token=token
    )


def put_in_time(samples: Sequence[Sample], token: str) -> None:
    """As if they had been written while their hour was open, so that they leave no mark."""
    client, sid, ts, v = (list(column) for column in zip(*samples, strict=True))
    columns = {
        "client": Column("UInt32", client),
        "sid": Column("UInt32", sid),
        "ts": Column("DateTime64(3)", ts),
        "v": Column("Float64", v),
    }
    write._insert("samples", list(columns), encode_block(columns), token)


def register(interval: float, *sids: int, client: int = ACME) -> None:
    size = len(sids)
    columns = {
        "client": Column("UInt32", [client] * size),
        "sid": Column("UInt32", sids),
        "name": Column("String", ["cpu"] * size),
        "interval_s": Column("Float32", [interval] * size),
    }
    insert_native("series", columns, token=f"series {sids} {interval}")


def rolled(store: Store, table: str = "samples_1h") -> dict[tuple[int, int, int], tuple[Any, ...]]:
    sql = f"select client, sid, toUnixTimestamp(t), n, sum, min, max, last from {table} final order by client, sid, t"
    return {row[:3]: row[3:] for row in store.client(database="steward").query(sql).result_rows}


def by_hand(samples: Sequence[Sample], bucket: int = HOUR) -> dict[tuple[int, int, int], tuple[Any, ...]]:
    once = {(client, sid, ts): v for client, sid, ts, v in samples}
    groups: dict[tuple[int, int, int], list[tuple[int, float]]] = defaultdict(list)
    for (client, sid, ts), v in once.items():
        groups[client, sid, ts // 1000 // bucket * bucket].append((ts, v))
    return {
        key: (
            len(points),
            pytest.approx(sum(v for _, v in points)),
            min(v for _, v in points),
            max(v for _, v in points),
            max(points)[1],
        )
        for key, points in groups.items()
    }


def an_hour(client: int, sid: int, hour: int, step: int = 30) -> list[Sample]:
    return [(client, sid, (hour + offset) * 1000, float((sid * 7 + offset) % 101)) for offset in range(0, HOUR, step)]


def test_a_closed_hour_is_counted_and_an_open_one_is_not(store: Store) -> None:
    last_hour = NOW // HOUR * HOUR - HOUR
    closed = an_hour(ACME, 1, last_hour) + an_hour(BIRCH, 2, last_hour)
    put(closed + an_hour(ACME, 1, last_hour + HOUR), "all")
    assert roll_up(NOW).closed == 1
    assert rolled(store) == by_hand(closed)
    assert roll_up(NOW) == Rolled(0, 0, more=False)
    assert rolled(store) == by_hand(closed)


def test_an_hour_is_not_counted_before_its_last_samples_can_be_there(store: Store) -> None:
    hour = NOW // HOUR * HOUR - HOUR
    put(an_hour(ACME, 1, hour), "all")
    assert roll_up(hour + HOUR + write.COUNTED_AFTER - 1).closed == 0
    assert roll_up(hour + HOUR + write.COUNTED_AFTER).closed == 1


def test_a_sample_three_hours_late_is_counted(store: Store) -> None:
    hour = NOW // HOUR * HOUR - 4 * HOUR
    on_time = [sample for each in range(3) for sample in an_hour(ACME, 1, hour + each * HOUR)]
    put_in_time(on_time, "on time")
    assert roll_up(NOW).closed >= 3
    late: list[Sample] = [(ACME, 1, hour * 1000 + 500, 1000.0), (BIRCH, 2, hour * 1000 + 500, -5.0)]
    put(late, "late")
    after = time.time() + rollup.MARK_RESTS + 1
    counted = roll_up(after)
    assert counted.late == 1
    assert rolled(store) == by_hand(on_time + late)
    assert roll_up(after).late == 0, "an hour is counted again once per batch of marks"


def test_marks_that_have_not_come_to_rest_wait(store: Store) -> None:
    hour = NOW // HOUR * HOUR - 4 * HOUR
    put_in_time(an_hour(ACME, 1, hour), "on time")
    roll_up(NOW)
    put([(ACME, 1, hour * 1000 + 500, 1000.0)], "late")
    assert roll_up(time.time()).late == 0
    assert rolled(store)[ACME, 1, hour][0] == 120
    assert roll_up(time.time() + rollup.MARK_RESTS + 1).late == 1
    assert rolled(store)[ACME, 1, hour][0] == 121


def test_the_same_sample_from_two_sources_counts_once(store: Store) -> None:
    hour = NOW // HOUR * HOUR - HOUR
    samples = an_hour(ACME, 1, hour)
    put(samples, "first gateway")
    put([*samples[:60], (ACME, 9, hour * 1000, 1.0)], "second gateway")
    roll_up(NOW)
    assert rolled(store) == by_hand([*samples, (ACME, 9, hour * 1000, 1.0)])
    client = store.client(database="steward")
    assert client.command("select count() from samples") == 181
    assert client.command("select count() from samples_once") == 121


def test_samples_that_came_late_but_before_the_first_count_do_not_cost_a_second(store: Store) -> None:
    hour = NOW // HOUR * HOUR - 4 * HOUR
    samples = an_hour(ACME, 1, hour) + an_hour(BIRCH, 2, hour)
    put(samples, "from spools")
    after = time.time() + rollup.MARK_RESTS + 1
    done = roll_up(after)
    assert done.closed >= 1
    assert done.late == 0
    assert rolled(store) == by_hand(samples)


def test_values_that_are_no_numbers_are_left_out(store: Store) -> None:
    hour = NOW // HOUR * HOUR - HOUR
    good = an_hour(ACME, 1, hour)
    put([*good, (ACME, 1, hour * 1000 + 1, float("nan")), (ACME, 1, hour * 1000 + 2, float("inf"))], "all")
    roll_up(NOW)
    assert rolled(store) == by_hand(good)


def test_five_minutes_are_kept_for_fast_series_only(store: Store) -> None:
    hour = NOW // HOUR * HOUR - 2 * HOUR
    fast, slow = an_hour(ACME, 1, hour, step=10), an_hour(ACME, 2, hour, step=30)
    register(10, 1)
    register(30, 2)
    put_in_time(fast + slow, "all")
    roll_up(NOW)
    assert rolled(store, "samples_5m") == by_hand(fast, bucket=300)
    assert len(rolled(store, "samples_5m")) == 12
    late: list[Sample] = [(ACME, 1, hour * 1000 + 500, 1000.0)]
    put(late, "late")
    roll_up(time.time() + rollup.MARK_RESTS + 1)
    assert rolled(store, "samples_5m") == by_hand(fast + late, bucket=300)


def test_a_run_is_bounded_and_the_next_one_goes_on(store: Store) -> None:
    first = NOW // HOUR * HOUR - 6 * HOUR
    samples = [sample for each in range(5) for sample in an_hour(ACME, 1, first + each * HOUR, step=600)]
    put(samples, "all")
    runs = []
    while (run := roll_up(NOW, most=2)).closed:
        runs.append(run.closed)
    assert max(runs) == 2
    assert sum(runs) == 6
    assert rolled(store) == by_hand(samples)


def test_a_long_silence_is_not_counted_hour_by_hour(store: Store) -> None:
    long_ago = NOW // HOUR * HOUR - 60 * 24 * HOUR
    early = an_hour(ACME, 1, long_ago, step=600)
    put(early, "early")
    roll_up(long_ago + 2 * HOUR)
    recent = an_hour(ACME, 1, NOW // HOUR * HOUR - HOUR, step=600)
    put(recent, "recent")
    assert roll_up(NOW).closed < 5
    assert rolled(store) == by_hand(early + recent)
    filled = an_hour(ACME, 1, long_ago + 500 * HOUR, step=600)
    put(filled, "from a spool")
    assert roll_up(time.time() + rollup.MARK_RESTS + 1).late >= 1
    assert rolled(store) == by_hand(early + recent + filled)


def test_a_run_cut_off_anywhere_is_made_good_by_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hour = NOW // HOUR * HOUR - 3 * HOUR
    samples = an_hour(ACME, 1, hour) + an_hour(ACME, 1, hour + HOUR)
    put(samples, "all")
    register(10, 1)
    for steps in range(1, 8):
        real, left = rollup.upkeep, [steps]

        def cut_off(name: str, /, *, real: Any = real, left: list[int] = left, **rest: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise TelemetryUnavailable("cut off")
            return real(name, **rest)

        with monkeypatch.context() as patched:
            patched.setattr(rollup, "upkeep", cut_off)
            try:
                roll_up(NOW)
            except TelemetryUnavailable:
                continue
    roll_up(NOW)
    assert rolled(store) == by_hand(samples)
    assert rolled(store, "samples_5m") == by_hand(samples, bucket=300)


def test_one_client_that_is_late_does_not_have_the_others_counted_again(store: Store) -> None:
    hour = NOW // HOUR * HOUR - 3 * HOUR
    put_in_time(an_hour(ACME, 1, hour) + an_hour(BIRCH, 2, hour), "all")
    roll_up(NOW)
    put([(BIRCH, 2, hour * 1000 + 7, 1.0)], "late")
    roll_up(time.time() + rollup.MARK_RESTS + 1)
    sql = "select client, rev from samples_1h final order by client"
    revisions = dict(store.client(database="steward").query(sql).result_rows)
    assert revisions[ACME] == 1
    assert revisions[BIRCH] > 1_000_000_000_000


SAMPLES = st.lists(
    st.tuples(st.sampled_from([ACME, BIRCH]), st.integers(1, 3), st.integers(0, 4 * HOUR - 1), st.integers(-50, 50)),
    min_size=1,
    max_size=30,
)


@given(st.lists(SAMPLES, min_size=1, max_size=5))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_comes_in_whatever_order_is_counted_as_by_hand(
    store: Store, batches: list[list[tuple[int, int, int, int]]]
) -> None:
    start = NOW // HOUR * HOUR - 5 * HOUR
    client = store.client(database="steward")
    for table in ("samples", "samples_1h", "samples_5m", "late_hours", "rolled_hours"):
        client.command(f"truncate table {table}")
    write._marked.clear()
    everything: list[Sample] = []
    clock = time.time()
    for number, batch in enumerate(batches):
        # One value to a moment: the same sample is the same sample.
        samples = [
            (each, sid, (start + second) * 1000, float((each * sid * second) % 97)) for each, sid, second, _ in batch
        ]
        everything += samples
        put(samples, f"{time.monotonic_ns()} {number}")
        if number % 2 == 0:
            roll_up(clock + number)
    roll_up(clock + 3 * rollup.MARK_RESTS)
    assert rolled(store) == by_hand(everything)
