# SPDX-License-Identifier: Apache-2.0
"""Walking along relations: pure, edges in, answers out."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


def path_between(edges: Iterable[tuple[int, int]], start: int, goal: int) -> list[int]:
    """The shortest way from `start` to `goal` along `edges` (from, to), both included; empty when there is none."""
    following: dict[int, list[int]] = {}
    for source, target in edges:
        following.setdefault(source, []).append(target)
    came_from: dict[int, int] = {start: start}
    waiting = deque([start])
    while waiting:
        at = waiting.popleft()
        if at == goal:
            return _back(came_from, goal)
        for each in following.get(at, ()):
            if each not in came_from:
                came_from[each] = at
                waiting.append(each)
    return []


def _back(came_from: Mapping[int, int], goal: int) -> list[int]:
    way = [goal]
    while came_from[way[-1]] != way[-1]:
        way.append(came_from[way[-1]])
    return way[::-1]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What hangs on what, as far as it was asked for: for each asset those that it runs on or depends on."""

    edges: Mapping[int, Sequence[int]]

    def above(self, asset_id: int) -> list[int]:
        """All that an asset hangs on, itself left out, the nearest first; each once, though relations may run in a circle."""
        found: dict[int, None] = {}
        waiting = deque([asset_id])
        while waiting:
            for each in self.edges.get(waiting.popleft(), ()):
                if each != asset_id and each not in found:
                    found[each] = None
                    waiting.append(each)
        return list(found)
