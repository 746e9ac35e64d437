# SPDX-License-Identifier: Apache-2.0
"""`steward postgres`: the embedded PostgreSQL in the foreground."""

import typer

from steward.cli.preflight import children_lock, prepare_directories
from steward.cli.refusal import Refusal
from steward.cli.supervision import lifeline
from steward.settings.env import get_settings
from steward.settings.ledger import ensure_cluster, exec_postgres, is_running, stop

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def postgres() -> None:
    """Run the embedded PostgreSQL in the foreground. SIGINT stops it fast."""
    settings = get_settings()
    if settings.database_url is not None:
        raise Refusal("STEWARD_DATABASE_URL names a server elsewhere: there is no embedded PostgreSQL to run.")
    prepare_directories(settings)
    supervised = lifeline.supervised()
    lifeline.attach(children_lock(settings))
    cluster = ensure_cluster(settings.data_dir)
    if supervised and is_running(cluster):
        stop(cluster)  # the data directory's lock is our supervisor's, so this one was left behind by an earlier start
    exec_postgres(cluster)
