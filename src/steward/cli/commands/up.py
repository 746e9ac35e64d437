# SPDX-License-Identifier: Apache-2.0
"""`steward up`: everything on this machine, in its order, watched over until it is stopped."""

import sys
import time
from typing import Annotated

import typer

from steward.cli import preflight
from steward.cli.refusal import Refusal
from steward.cli.supervision import lifeline, readiness
from steward.cli.supervision.session import Ended, Session, asked_to_stop
from steward.cli.supervision.start_up import bring_up, prepare
from steward.settings.env import Settings, get_settings

EARLIER_SECONDS = lifeline.GRACE + 6
app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def up(
    email: Annotated[str, typer.Option(help="Address of the first account, on the first start.")] = "owner@localhost",
    only_prepare: Annotated[
        bool, typer.Option("--prepare", help="Bring the databases to this version, then end: each part runs by itself.")
    ] = False,
) -> None:
    """Start everything and watch over it. Ctrl-C or SIGTERM ends it, in order, within ten seconds.

    Data lie in STEWARD_DATA_DIR (`var` of a checkout); pages are on STEWARD_PORT, live events and the gateway on the
    two ports after it.
    """
    preflight.check_python()
    settings = get_settings()
    preflight.check_bind(settings)
    with asked_to_stop():
        try:
            _run(settings, email, only_prepare=only_prepare)
        except Ended as ended:
            _say(f"Stopped ({ended}).")


def _run(settings: Settings, email: str, *, only_prepare: bool) -> None:
    preflight.prepare_directories(settings)
    preflight.refuse_half_restored(settings)
    lock = preflight.lock_data_dir(settings)
    while True:
        if not lifeline.wait_for_all(preflight.children_lock(settings), EARLIER_SECONDS):
            raise Refusal("processes of an earlier start do not end: `steward doctor` names them.")
        preflight.check_ports(settings)
        begun = time.monotonic()
        with Session(settings, lock=lock, say=_say) as session:
            if only_prepare:
                prepare(session, email=email, say=_say, own_agent=False)
                _say(f"The databases are of this version after {time.monotonic() - begun:.1f} s.")
                _hand_over(settings)
                return
            if bring_up(session, email=email, say=_say):
                _say(f"Steward is ready after {time.monotonic() - begun:.1f} s: {settings.base_url}")
            else:
                missing = ", ".join(readiness.not_ready(settings))
                _say(f"Steward runs, but not all of it: {missing}. `steward doctor` says more. {settings.base_url}")
            _hand_over(settings)
            session.watch()
        _say("The supervisor ended by itself. Everything is started again.")


def _hand_over(settings: Settings) -> None:
    """Show the first account's one-time password on the terminal, or say which private file has it; never in a log."""
    path = preflight.first_password_file(settings)
    if not path.exists():
        return
    email, password = path.read_text(encoding="utf-8").split()
    if not sys.stdout.isatty():
        _say(f"Sign in as {email}; the one-time password is in {path}. Delete the file afterwards.")
        return
    _say(f"Sign in as {email} with the one-time password {password}")
    path.unlink()


def _say(line: str) -> None:
    print(line, flush=True)
