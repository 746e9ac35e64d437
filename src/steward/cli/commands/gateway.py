# SPDX-License-Identifier: Apache-2.0
"""`steward gateway`: telemetry from agents."""

from importlib import import_module

import typer

from steward.cli import logs
from steward.cli.preflight import check_bind, children_lock
from steward.cli.supervision import lifeline
from steward.settings.env import get_settings

PROCESS = "steward.estate.agents.gateway.process"
app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def gateway() -> None:
    """Take telemetry in from agents, on the second port after STEWARD_PORT. As many as you like may run behind a proxy."""
    settings = get_settings()
    check_bind(settings)
    logs.configure(settings.log_level)
    lifeline.attach(children_lock(settings))
    import_module(PROCESS).run()
