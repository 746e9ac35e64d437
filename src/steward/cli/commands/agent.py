# SPDX-License-Identifier: Apache-2.0
"""This host's own agent, as `steward up` runs it: it becomes `steward-agent run`."""

import os
import signal

import typer

from steward.cli.preflight import children_lock
from steward.cli.supervision import lifeline
from steward.cli.supervision.programs import agent_command, agent_environment
from steward.settings.env import SECRET_SETTINGS, get_settings

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def agent() -> None:
    """Run this host's own agent."""
    settings = get_settings()
    # It keeps everything on disk before it sends, so the hardest signal costs nothing.
    lifeline.attach(children_lock(settings), what=signal.SIGKILL, across_exec=True)
    command = agent_command("run")
    # What it does not need it does not get: it reads what others wrote on this machine.
    hidden = {f"STEWARD_{name.upper()}" for name in SECRET_SETTINGS}
    passed_on = {name: value for name, value in os.environ.items() if name.upper() not in hidden}
    os.execve(command[0], command, passed_on | agent_environment(settings))  # noqa: S606 (a list, no shell)
