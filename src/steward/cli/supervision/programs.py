# SPDX-License-Identifier: Apache-2.0
"""The programs of `steward up`, in the order they start."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from steward_agent.state import STATE_DIR_VARIABLE, state_dir

from steward.settings.env import Settings

Group = Literal["ground", "house"]


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process. `ground` stops last, since the `house` stands on it."""

    name: str
    command: tuple[str, ...]
    group: Group
    stop_signal: str = "TERM"
    stop_seconds: int = 4

    @property
    def full_name(self) -> str:
        """The supervisor's name for it."""
        return f"{self.group}:{self.name}"


def programs(settings: Settings) -> tuple[Program, ...]:
    """What runs here; parts that a server elsewhere replaces are left out."""
    found: list[Program] = []
    if settings.database_url is None:
        found.append(Program("postgres", _steward("postgres"), "ground", stop_signal="INT", stop_seconds=4))
    if settings.telemetry_url is None:
        found.append(Program("store", _steward("store"), "ground", stop_seconds=5))
    found += [Program(name, _steward(name), "house") for name in ("web", "live", "gateway", "worker")]
    found.append(Program("agent", _steward("agent"), "house"))
    return tuple(found)


def agent_environment(settings: Settings) -> dict[str, str]:
    """What tells this host's own agent where its identity and its spool are."""
    return {STATE_DIR_VARIABLE: str(settings.data_dir / "agent")}


def agent_enrolled(settings: Settings) -> bool:
    """True when this host's own agent has been enrolled."""
    return state_dir(agent_environment(settings)[STATE_DIR_VARIABLE]).enrolment.exists()


def agent_command(*words: str) -> list[str]:
    """The agent's own command line."""
    return [sys.executable, "-m", "steward_agent.cli", *words]


def _steward(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "steward.cli.main", *words)


def named(chosen: Sequence[Program], group: Group) -> list[Program]:
    """Those of `group`, in their order."""
    return [program for program in chosen if program.group == group]
