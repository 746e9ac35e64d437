# SPDX-License-Identifier: Apache-2.0
"""Checks on their way to an agent and their results on the way back. What to check, and what results mean, a room above decides."""

from collections.abc import Callable, Sequence

import msgspec
from steward_agent.protocol.policy import AssignedCheck
from steward_agent.protocol.results import CheckResult

Taker = Callable[[int, Sequence[CheckResult]], None]
_decoder = msgspec.msgpack.Decoder(list[AssignedCheck])
_takers: list[Taker] = []


def encode_assigned(checks: Sequence[AssignedCheck]) -> bytes:
    """Checks as an agent's row keeps them; empty for none."""
    return msgspec.msgpack.encode(list(checks)) if checks else b""


def decode_assigned(body: bytes) -> list[AssignedCheck]:
    """The reverse of `encode_assigned`."""
    return _decoder.decode(body) if body else []


def take_results_with(taker: Taker) -> None:
    """Have results of checks taken by `taker`: it gets the agent's number and the results, in the scope of the agent's client and
    a transaction, and bears a repeat. For the room that assigns checks."""
    _takers.append(taker)


def results_taker() -> Taker | None:
    """Who takes results; None when no room assigns checks."""
    return _takers[-1] if _takers else None
