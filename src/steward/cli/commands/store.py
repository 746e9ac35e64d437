# SPDX-License-Identifier: Apache-2.0
"""`steward store`: the telemetry store."""

from importlib import import_module

import typer

from steward.cli import logs
from steward.cli.preflight import children_lock, prepare_directories
from steward.cli.refusal import Refusal
from steward.cli.supervision import lifeline
from steward.settings.env import get_settings

PROCESS = "steward.core.telemetry.store.process"
app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def store() -> None:
    """Run the telemetry store on loopback; its port stands in `run/store.port` of the data directory."""
    settings = get_settings()
    if settings.telemetry_url is not None:
        raise Refusal("STEWARD_TELEMETRY_URL names a server elsewhere: there is no store to run here.")
    logs.configure(settings.log_level)
    prepare_directories(settings)
    lifeline.attach(children_lock(settings))
    import_module(PROCESS).run_store()
