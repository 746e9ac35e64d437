# SPDX-License-Identifier: Apache-2.0
"""`steward backup`: a copy of everything, verified."""

import typer

from steward.cli import preflight
from steward.cli.backup import make_backup, prune
from steward.cli.refusal import Refusal
from steward.cli.supervision import readiness
from steward.cli.supervision.config import socket_path
from steward.cli.supervision.control import Control
from steward.settings.env import get_settings
from steward.settings.ledger import find_cluster

STORE = "ground:store"
app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def backup(keep: int = typer.Option(7, min=1, help="How many backups made by this command to keep.")) -> None:
    """Back up the data directory into its `backups`, while Steward runs.

    The telemetry store pauses for the moment its files are linked; agents keep what they measure and send it after.
    """
    settings = get_settings()
    preflight.check_space(settings.data_dir)
    cluster = find_cluster(settings.data_dir) if settings.database_url is None else None
    if cluster is not None and not readiness.ledger_answers(cluster):
        raise Refusal("the ledger does not answer: start `steward up`, then run this beside it.")
    control = Control(socket_path(settings))
    pause = settings.telemetry_url is None and control.answers() and control.states()["store"].state == "RUNNING"
    if pause:
        control.stop(STORE)
    try:
        made = make_backup(settings, cluster, name="backup")
    finally:
        if pause:
            control.start(STORE)
    for gone in prune(settings, keep=keep):
        print(f"removed {gone}")
    print(f"made    {made}")
    if settings.files_url:
        print(
            f"without the contents of files: they lie in {settings.files_url}; its own versioning or replication keeps them"
        )
