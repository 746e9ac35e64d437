# SPDX-License-Identifier: Apache-2.0
"""How the agent is doing, for `steward-agent status` and for its own metrics: one small file, rewritten as it changes."""

import msgspec

from steward_agent.errors import AgentError
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.packing import decoded
from steward_agent.state import StateDir, read_private, write_private


class Report(msgspec.Struct):
    """Times are unix ms, 0 for never. `delivery` is an outcome of the channel, empty before the first answer.

    `results` of checks were delivered since the start, `waiting_results` are not yet, `dropped_results` never will be.
    `gateway_aside` is what the gateway last put aside of a batch it took: reasons and numbers.
    """

    started_at: int = 0
    at: int = 0
    interval: int = 0
    delivery: str = ""
    message: str = ""
    delivered_at: int = 0
    delivered: int = 0
    waiting: int = 0
    used_bytes: int = 0
    dropped: int = 0
    set_aside: int = 0
    spool_trouble: str = ""
    spool_replaced: str = ""
    last_aside: str = ""
    gateway_aside: str = ""
    clock_offset_s: float | None = None
    failed_collectors: list[str] = []
    checks: int = 0
    hanging_checks: int = 0
    results: int = 0
    waiting_results: int = 0
    dropped_results: int = 0


_reports = msgspec.json.Decoder(Report)


def save_report(state: StateDir, report: Report) -> None:
    """Not forced to the disk: it is true for half a minute only. A full disk is no reason to stop."""
    try:
        write_private(state.status, msgspec.json.encode(report), replace=True, durable=False)
    except AgentError:
        return


def read_report(state: StateDir) -> Report | None:
    """None when no agent has run here, or the file is damaged.

    Raises:
        AgentError: when this user may not read it.
    """
    try:
        return decoded(_reports, read_private(state.status), "status")
    except (FileNotFoundError, ProtocolError):
        return None
