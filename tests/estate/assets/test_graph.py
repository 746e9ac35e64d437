# SPDX-License-Identifier: Apache-2.0
"""Walking along relations, beside an oracle that knows only "reachable by one step more"."""

from hypothesis import given
from hypothesis import strategies as st

from steward.estate.assets.graph import Dependencies

EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda each: each[0] != each[1]), max_size=14)


def _closure(edges: list[tuple[int, int]], start: int) -> dict[int, int]:
    """How far away each is that can be reached."""
    reached, step = {start: 0}, 0
    while True:
        step += 1
        fresh = {target for source, target in edges if source in reached} - set(reached)
        if not fresh:
            return reached
        reached |= dict.fromkeys(fresh, step)


@given(EDGES, st.integers(0, 7))
def test_above_is_all_that_can_be_reached_the_nearest_first(edges: list[tuple[int, int]], start: int) -> None:
    known: dict[int, list[int]] = {}
    for source, target in edges:
        known.setdefault(source, []).append(target)
    far = _closure(edges, start)
    found = Dependencies(known).above(start)
    assert sorted(found) == sorted(set(far) - {start})
    assert [far[each] for each in found] == sorted(far[each] for each in found)
