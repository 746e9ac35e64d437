# SPDX-License-Identifier: Apache-2.0
"""`steward migrate`: the ledger as its owner, then the telemetry."""

import json

import typer

from steward.cli.migrating import alone, migrate_ledger, pending
from steward.cli.preflight import children_lock
from steward.cli.supervision import lifeline
from steward.core.telemetry.public import migrate_telemetry
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.env import get_settings
from steward.web.collected import collect_files

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def migrate(
    check: bool = typer.Option(
        False, "--check", help="Only list what is missing, as JSON; exit code 1 when something is."
    ),
) -> None:
    """Bring the ledger and the telemetry to this version. Killed at any point, the next run goes on from there."""
    lifeline.attach(children_lock(get_settings()))
    if check:
        missing = pending()
        print(json.dumps(missing))
        raise typer.Exit(code=1 if missing else 0)
    with scoped(system_scope("migrate")), alone(print):
        steps = migrate_ledger(print)
        migrate_telemetry()
        collect_files()
    print(f"The ledger took {steps} migrations; the telemetry is up to date.")
