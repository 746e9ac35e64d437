# SPDX-License-Identifier: Apache-2.0
"""`steward worker`: jobs and schedules."""

import typer

from steward.cli import logs
from steward.cli.preflight import children_lock
from steward.cli.supervision import lifeline
from steward.core.jobs.public import run_worker
from steward.settings.env import get_settings

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def worker(concurrency: int = typer.Option(4, min=1, max=32, help="Jobs at the same time.")) -> None:
    """Run jobs and schedules until told to stop. As many workers as you like may run side by side."""
    settings = get_settings()
    logs.configure(settings.log_level)
    lifeline.attach(children_lock(settings))
    run_worker(concurrency=concurrency)
