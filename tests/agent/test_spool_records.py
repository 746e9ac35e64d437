# SPDX-License-Identifier: Apache-2.0
"""Results of checks in the spool: kept with their samples, newest first, bounded, through restarts and full disks."""

import sqlite3

import pytest
from steward_agent.spool import MAX_HELD_RECORDS, MAX_HELD_TICKS, Spool
from steward_agent.spool_file import Record

T0 = 1_767_225_600_000


def key(check):
    return ("check.verdict", (("check", check),))


@pytest.fixture
def spool(tmp_path):
    made = Spool(tmp_path / "spool.sqlite")
    yield made
    made.close()


def put(spool, number, *, check="c", body=b"result"):
    ts = T0 + 60_000 * number
    spool.observed({ts: [(key(check), float(number))]}, [Record(check, ts, body + b"-%d" % number)])
    return ts


def test_samples_and_results_are_kept_together_through_a_restart(spool, tmp_path):
    for number in range(3):
        put(spool, number)
    spool.close()
    again = Spool(tmp_path / "spool.sqlite")
    assert [each.body for each in again.next_records()] == [b"result-2", b"result-1", b"result-0"]
    assert again.state().waiting == 3
    assert again.state().records == 3
    assert again.checked() == {"c": T0 + 120_000}
    again.close()


def test_what_is_delivered_is_forgotten_and_nothing_else(spool):
    for number in range(4):
        put(spool, number)
    spool.records_done(spool.next_records(2))
    assert [each.body for each in spool.next_records()] == [b"result-1", b"result-0"]
    assert spool.state().records == 2


def test_a_message_is_bounded_in_number_and_bytes(spool):
    for number in range(10):
        put(spool, number, body=b"x" * 1000)
    assert len(spool.next_records(4)) == 4
    assert len(spool.next_records(10, size=3500)) == 3


def test_results_dont_touch_the_stamp_of_the_rounds(spool):
    spool.append(T0 + 30_000, [(key("x"), 1.0)])
    put(spool, 0)
    assert spool.last_ts == T0 + 30_000


def test_a_restart_still_knows_the_stamp_of_the_last_round(spool, tmp_path):
    spool.append(T0 + 30_000, [(key("x"), 1.0)])
    put(spool, 0)
    spool.close()
    again = Spool(tmp_path / "spool.sqlite")
    assert again.last_ts == T0 + 30_000
    again.close()


def test_past_the_bound_the_oldest_goes_whichever_it_is_and_each_is_counted(tmp_path):
    spool = Spool(tmp_path / "spool.sqlite", max_bytes=400 * 1024)
    for number in range(400):
        put(spool, number, body=b"x" * 4000)
    state = spool.state()
    assert state.used_bytes <= 400 * 1024
    assert state.dropped_records > 250
    assert state.records + state.dropped_records == 400
    assert state.waiting + state.dropped == 400
    assert spool.next_records(1)[0].at == T0 + 399 * 60_000
    spool.close()


def test_what_will_never_be_taken_is_set_aside_with_the_reason(spool):
    put(spool, 0)
    spool.records_done(spool.next_records(), "malformed")
    assert spool.state().records == 0
    assert spool.last_aside()[1] == "malformed"
    assert spool.state().set_aside == 0


def test_while_the_disk_refuses_results_wait_in_memory_and_are_sent_from_there(spool):
    put(spool, 0)
    spool.limit_pages(1)
    for number in range(1, 4):
        put(spool, number, body=b"y" * 20_000)
    assert spool.state().trouble
    held = spool.next_records()
    assert [each.body[-2:] for each in held] == [b"-3", b"-2", b"-1"]
    spool.records_done(held[:2])
    assert [each.body[-2:] for each in spool.next_records()] == [b"-1"]
    spool.limit_pages(100_000)
    put(spool, 4)
    assert not spool.state().trouble
    assert [each.body[-2:] for each in spool.next_records()] == [b"-4", b"-1", b"-0"]


def test_memory_is_bounded_while_the_disk_refuses(spool):
    put(spool, 0)
    spool.limit_pages(1)
    for number in range(1, MAX_HELD_RECORDS + 50):
        spool.observed({T0 + number % 5: [(key(str(number)), 1.0)]}, [Record("c", T0 + number, b"z" * 500)])
    state = spool.state()
    assert state.dropped_records >= 40
    # Some reached the disk before it was full.
    assert state.records <= MAX_HELD_RECORDS + 20
    assert state.records + state.dropped_records == MAX_HELD_RECORDS + 50
    # Checks on one stamp share a tick, so that they don't push the rounds out.
    assert state.dropped == 0
    assert MAX_HELD_TICKS > 5


def test_a_damaged_result_is_set_aside_and_the_rest_goes_on(spool, tmp_path):
    for number in range(3):
        put(spool, number)
    with sqlite3.connect(tmp_path / "spool.sqlite") as other:
        other.execute("UPDATE records SET body = x'00' WHERE at = ?", (T0 + 60_000,))
    other.close()
    assert [each.body for each in spool.next_records()] == [b"result-2", b"result-0"]
    spool.append(T0, [(key("x"), 1.0)])
    assert spool.last_aside()[1] == "damaged on the disk"
    assert spool.state().records == 2


def test_an_agent_of_before_still_opens_the_file(spool, tmp_path):
    put(spool, 0)
    spool.close()
    with sqlite3.connect(tmp_path / "spool.sqlite") as other:
        assert other.execute("PRAGMA user_version").fetchone() == (1,)
    other.close()
