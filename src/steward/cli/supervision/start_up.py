# SPDX-License-Identifier: Apache-2.0
"""The order in which a data directory comes to life: databases, backup, migrations, first start, everything else."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from steward.cli import data_version
from steward.cli.backing_up import refusing
from steward.cli.preflight import host_token_file
from steward.cli.refusal import Refusal
from steward.cli.supervision import lifeline, readiness
from steward.cli.supervision.programs import agent_command, agent_enrolled, agent_environment
from steward.cli.supervision.session import Session
from steward.core.recovery.process import RESTORED, back_up_stopped, default_destination
from steward.settings.env import Settings
from steward.settings.ledger import (
    Cluster,
    Server,
    bootstrap,
    ensure_cluster,
    find_server,
    migrating,
    wait_until_ready,
)

DATABASE_SECONDS = 90.0
PAGES_SECONDS = 60.0
READY_SECONDS = 30.0
MIGRATION_SECONDS = 3600.0
DONE = "done"
Say = Callable[[str], None]


def bring_up(session: Session, *, email: str, say: Say) -> bool:
    """Everything in its order. Returns whether every part is ready.

    `email` is the first account's; it waits with its password in `first_password_file`.

    Raises Refusal or LedgerError; what is done by then stays done, and the next start goes on from there.
    """
    settings = session.settings
    prepare(session, email=email, say=say, own_agent=True)
    _house_up(session, say)
    return readiness.wait_for(
        lambda: readiness.page_answers(settings, "/readyz"), seconds=READY_SECONDS, alive=session.is_alive
    )


def prepare(session: Session, *, email: str, say: Say, own_agent: bool) -> None:
    """The databases run and are of this version, with all that a first start makes; with `own_agent` a token for it.

    Raises as `bring_up` does.
    """
    settings = session.settings
    server = find_server(settings)
    ours = data_version.this_version()
    found = data_version.read(settings.data_dir)
    if found is not None:
        data_version.refuse_newer(found, ours, settings.data_dir)
    due = found is None or replace(found, begun="") != ours
    ledger = server or _embedded_ledger_up(session, say)
    if _has_superuser(ledger):
        bootstrap(ledger, database=ledger.database)
    if due and found is not None:
        say(f"Steward {found.steward} wrote here last; a backup is made before anything is changed.")
        with refusing():
            made = back_up_stopped(settings, with_ledger=isinstance(ledger, Cluster))
        say(f"  backup    {default_destination(settings)}: {made.name}")
    session.start("store")
    session.wait_until("store", lambda: readiness.store_answers(settings), seconds=DATABASE_SECONDS)
    if due:
        _migrate(settings, ledger, say)
        data_version.write(settings.data_dir, replace(ours, begun=""))
    with_token = own_agent and not agent_enrolled(settings)
    restored = (settings.data_dir / RESTORED).exists()
    if (
        due or found is None or found.begun != DONE or with_token or restored
    ):  # a version may bring things to begin with
        _first_start(settings, email, with_token=with_token)
        data_version.write(settings.data_dir, replace(ours, begun=DONE))


def _embedded_ledger_up(session: Session, say: Say) -> Cluster:
    settings = session.settings
    if not (settings.data_dir / "postgres-18").exists():
        say("Preparing the database (once) …")
    cluster = ensure_cluster(settings.data_dir)
    session.start("postgres")
    session.wait_until("postgres", lambda: readiness.ledger_answers(cluster), seconds=DATABASE_SECONDS)
    wait_until_ready(cluster)
    return cluster


def _migrate(settings: Settings, ledger: Cluster | Server, say: Say) -> None:
    say("Bringing the databases to this version …")
    log = settings.logs_dir / "migrate.log"
    with log.open("ab") as sink, migrating(ledger) if _has_superuser(ledger) else nullcontext():
        _child(["migrate"], sink=sink, log=log)


def _has_superuser(ledger: Cluster | Server) -> bool:
    return isinstance(ledger, Cluster) or "admin" in ledger.urls


def _first_start(settings: Settings, email: str, *, with_token: bool) -> None:
    words = ["first-start", "--email", email, *(["--agent"] if with_token else [])]
    log = settings.logs_dir / "first-start.log"
    with log.open("ab") as sink:
        _child(words, sink=sink, log=log)


def _house_up(session: Session, say: Say) -> None:
    """Start all that stands on the databases. What does not come up is said; the others run, and it is tried on."""
    settings = session.settings
    probes: dict[str, readiness.Probe] = {
        "web": lambda: readiness.page_answers(settings, "/healthz"),
        "live": lambda: readiness.port_answers(settings, settings.live_port),
        "gateway": lambda: readiness.port_answers(settings, settings.gateway_port),
        "worker": lambda: session.runs("worker"),
    }
    for name in [*probes, *(["agent"] if agent_enrolled(settings) else [])]:
        session.start(name)
    for name, probe in probes.items():
        _wait_for(session, name, probe, say)
    if not agent_enrolled(settings):
        _enroll(settings, say)
    if agent_enrolled(settings):
        session.start("agent")
        _wait_for(session, "agent", lambda: session.runs("agent"), say)


def _wait_for(session: Session, name: str, probe: readiness.Probe, say: Say) -> None:
    try:
        session.wait_until(name, probe, seconds=PAGES_SECONDS)
    except Refusal as refusal:
        say(f"  {refusal}")


def _enroll(settings: Settings, say: Say) -> None:
    """Enrol this host's own agent. The token goes by standard input: command lines are seen by everybody."""
    token = host_token_file(settings)
    done = subprocess.run(
        agent_command("enroll", settings.base_url, "-"),
        input=token.read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **agent_environment(settings)},
    )
    token.unlink()
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        say(f"This host's agent is not enrolled ({said[0]}). The next start tries again.")


def _child(words: list[str], *, sink: BinaryIO, log: Path) -> None:
    """Run another of our commands, tied to us. Raises Refusal with its last line."""
    done = subprocess.run(
        [sys.executable, "-m", "steward.cli.main", *words],
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=sink,
        check=False,
        timeout=MIGRATION_SECONDS,
        env={**os.environ, lifeline.SUPERVISOR: str(os.getpid())},
    )
    if done.returncode != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise Refusal(f"`steward {words[0]}` failed ({lines[-1][:300] if lines else 'no message'}): {log} says more.")
