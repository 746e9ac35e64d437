# SPDX-License-Identifier: Apache-2.0
"""When whom is told, laid out at once from a known world instead of decided step by step. Written apart from the escalation.

A world says for each step who stands behind it, and for each person and channel how many seconds pass until it is known to
have failed (None: it gets through at once and stays so; SILENT: nothing is ever heard of it)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SILENT: Final = -1
PATIENCE: Final = 25


@dataclass(frozen=True)
class World:
    """`people` by step's words: (person, channels); `fails` by (person, channel)."""

    people: Mapping[str, Sequence[tuple[int, tuple[str, ...]]]]
    fails: Mapping[tuple[int, str], int | None]

    def lost_after(self, person: int, channel: str) -> int | None:
        """After how many seconds a channel counts as failed; None for one that gets through."""
        seconds = self.fails[person, channel]
        if seconds is None:
            return None
        return PATIENCE if seconds == SILENT else min(seconds, PATIENCE)


Line = tuple[int, int, int | None, str]  # second, position, person, channel


def timeline(steps: Sequence[tuple[str, int]], rounds: int, world: World) -> tuple[list[Line], int]:
    """Everything that is told when nobody acknowledges, and the second at which nobody is reached."""
    lines: list[Line] = []
    second = 0
    for turn in range(rounds):
        begun = len(lines)
        for number, (whom, wait) in enumerate(steps):
            told, second = _step(world, whom, second, second + wait)
            position = turn * len(steps) + number
            lines += [(at, position, person, channel) for at, person, channel in told]
        if not any(_gets_through(world, line, second) for line in lines[begun:]):
            break
    return sorted(lines, key=_order), second


def _step(world: World, whom: str, begins: int, ends: int) -> tuple[list[tuple[int, int | None, str]], int]:
    """Who is told within a step, and when the next one begins if nobody acknowledges."""
    told: list[tuple[int, int | None, str]] = []
    over = begins
    for person, channels in world.people[whom]:
        at: int | None = begins if channels else None
        for channel in channels:
            if at is None or at > ends:
                break
            told.append((at, person, channel))
            lost = world.lost_after(person, channel)
            at = None if lost is None else at + lost
        if channels:
            over = max(over, ends if at is None else min(at, ends))
    return (told, over) if told else ([(begins, None, "")], begins)


def _gets_through(world: World, line: Line, by: int) -> bool:
    at, _position, person, channel = line
    if person is None:
        return False
    lost = world.lost_after(person, channel)
    return lost is None or at + lost > by


def _order(line: Line) -> tuple[int, int, str, str]:
    return line[0], line[1], str(line[2]), line[3]
