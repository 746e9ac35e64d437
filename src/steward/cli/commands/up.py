# SPDX-License-Identifier: Apache-2.0
"""`steward up`: everything on this machine, in its order, watched over until it is stopped."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import typer

from steward.cli import preflight
from steward.cli.refusal import Refusal
from steward.cli.supervision import lifeline
from steward.cli.supervision.session import Ended, Session, asked_to_stop
from steward.cli.supervision.start_up import bring_up
from steward.settings.env import Settings, get_settings

EARLIER_SECONDS = lifeline.GRACE + 6
app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def up() -> None:
    """Start everything and watch over it. Ctrl-C or SIGTERM ends it, in order, within ten seconds.

    Data lie in STEWARD_DATA_DIR (`var` of a checkout); pages are on STEWARD_PORT, live events and the gateway on the
    two ports after it.
    """
    preflight.check_python()
    settings = get_settings()
    preflight.check_bind(settings)
    with asked_to_stop():
        try:
            _run(settings)
        except Ended as ended:
            _say(f"Stopped ({ended}).")


def _run(settings: Settings) -> None:
    preflight.prepare_directories(settings)
    lock = preflight.lock_data_dir(settings)
    while True:
        if not lifeline.wait_for_all(preflight.children_lock(settings), EARLIER_SECONDS):
            raise Refusal("processes of an earlier start do not end: `steward doctor` names them.")
        preflight.check_ports(settings)
        begun = time.monotonic()
        with Session(settings, lock=lock, say=_say) as session:
            made = bring_up(session, say=_say)
            _say(f"Steward is ready after {time.monotonic() - begun:.1f} s: {settings.base_url}")
            _hand_over(settings, made)
            session.watch()
        _say("The supervisor ended by itself. Everything is started again.")


def _hand_over(settings: Settings, made: dict[str, Any]) -> None:
    """Show the first account's one-time password on the terminal, or leave it in a private file; never in a log."""
    if "password" not in made:
        return
    if sys.stdout.isatty():
        _say(f"Sign in as {made['email']} with the one-time password {made['password']}")
        return
    path = settings.data_dir / "first-password"
    _write_private(path, f"{made['email']}\n{made['password']}\n")
    _say(f"Sign in as {made['email']}; the one-time password is in {path}. Delete the file afterwards.")


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)


def _say(line: str) -> None:
    print(line, flush=True)
