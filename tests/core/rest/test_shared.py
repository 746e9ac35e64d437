# SPDX-License-Identifier: Apache-2.0
"""Numbers that forked processes share, held against a dictionary, and across processes that are killed."""

import os
import signal
from collections import OrderedDict
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from steward.core.rest.limits import Buckets, Rate, Recent
from steward.core.rest.shared import SharedPlaces

KEYS = st.sampled_from([f"key-{n}" for n in range(6)])


@given(st.lists(st.tuples(KEYS, st.floats(0, 1e6)), max_size=40))
def test_a_row_keeps_the_most_recently_used(used: list[tuple[str, float]]) -> None:
    places, slow = SharedPlaces(rows=1, wide=4), OrderedDict[str, float]()
    for turn, (key, number) in enumerate(used):
        places.put(key, number, float(turn))
        slow[key] = number
        slow.move_to_end(key)
        if len(slow) > 4:
            slow.popitem(last=False)
        for each in (f"key-{n}" for n in range(6)):
            found = places.get(each)
            assert (found[0] if found else None) == slow.get(each)


def test_a_key_never_has_the_numbers_of_another() -> None:
    places = SharedPlaces()
    for n in range(5_000):
        places.put(str(n), float(n), 1.0)
    kept = [n for n in range(5_000) if (found := places.get(str(n))) and found[0] == n]
    assert len(kept) == sum(places.get(str(n)) is not None for n in range(5_000)) > 4_900


def test_workers_spend_from_one_bucket() -> None:
    held, rate = Buckets(clock=lambda: 0.0), Rate(1, 1_000)
    passed = [_in_a_child(lambda: sum(held.spend("k", rate) == 0 for _ask in range(400))) for _worker in range(4)]
    assert sum(_result(each) or 0 for each in passed) == 1_000
    assert held.empty("k", rate) >= 1


def test_what_one_worker_found_good_the_others_know() -> None:
    seen = Recent(seconds=300)
    assert _result(_in_a_child(lambda: seen.add("hash"))) is None
    assert "hash" in seen
    assert "another" not in seen


def test_a_worker_killed_while_it_counted_stops_nobody() -> None:
    places = SharedPlaces()
    ready, tell = os.pipe()

    def hang() -> int:
        with places.alone():
            os.write(tell, b".")
            signal.pause()
        return 0

    pid, _out = _in_a_child(hang)
    os.read(ready, 1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with places.alone():
        places.put("k", 1.0, 1.0)
    assert places.get("k") == (1.0, 1.0)


def _in_a_child(work: Callable[[], int | None]) -> tuple[int, int]:
    """A forked process that works, and the pipe of what it found."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(into, str(work()).encode())
        finally:
            os._exit(0)
    os.close(into)
    return pid, out


def _result(child: tuple[int, int]) -> int | None:
    pid, out = child
    with os.fdopen(out) as read:
        found = read.read()
    os.waitpid(pid, 0)
    return None if found == "None" else int(found)
