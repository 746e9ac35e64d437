# SPDX-License-Identifier: Apache-2.0
"""Checks of what runs."""

import json
import os
import subprocess
import sys

import psycopg

from steward.cli import preflight
from steward.cli.doctor.findings import Finding, good, warning, wrong
from steward.cli.refusal import Refusal
from steward.cli.supervision import readiness
from steward.cli.supervision.config import socket_path
from steward.cli.supervision.control import Control
from steward.cli.supervision.programs import agent_enrolled
from steward.settings.env import Settings
from steward.settings.ledger import LedgerError, find_cluster

START = "Start Steward: `steward up`."
MIGRATE_SECONDS = 60
BUCKET_SECONDS = 180  # four requests, each of which ends by itself


def processes(settings: Settings) -> Finding:
    """The supervisor answers, and every program runs."""
    control = Control(socket_path(settings))
    if not control.answers():
        return wrong("processes", "Steward is not running", START)
    states = control.states()
    ill = [each for each in states.values() if each.state != "RUNNING"]
    if not agent_enrolled(settings):
        ill = [each for each in ill if each.name != "agent"]
    if ill:
        named = ", ".join(f"{each.name} ({each.state.lower()})" for each in ill)
        return wrong("processes", f"not running: {named}", f"Read {settings.logs_dir}/{ill[0].name}.log.")
    return good("processes", f"{', '.join(sorted(states))} run")


def ports(settings: Settings) -> Finding:
    """Free when Steward is down, ours when it is up."""
    running = Control(socket_path(settings)).answers()
    wanted = (settings.port, settings.live_port, settings.gateway_port)
    try:
        if not running:
            preflight.check_ports(settings)
            return good("ports", f"{wanted[0]} to {wanted[-1]} are free")
    except Refusal as refusal:
        return wrong("ports", str(refusal), "Do one of the two.")
    silent = [str(port) for port in wanted if not readiness.port_answers(settings, port)]
    if silent:
        return wrong("ports", f"nothing answers on {', '.join(silent)}", f"Read the logs in {settings.logs_dir}.")
    return good("ports", f"{wanted[0]} to {wanted[-1]} answer")


def database(settings: Settings) -> Finding:
    """The ledger takes our password."""
    try:
        dsn = settings.database_url or find_cluster(settings.data_dir).dsn(role="app", database=settings.database_name)
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            connection.execute("select 1")
    except LedgerError as error:
        return wrong("database", str(error), START)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        remedy = START if settings.database_url is None else "Look at STEWARD_DATABASE_URL and at that server."
        return wrong("database", f"the ledger does not answer: {reason}", remedy)
    return good("database", "the ledger answers")


def migrations(settings: Settings) -> Finding:
    """The ledger has every migration of this version."""
    if database(settings).level != "good":
        return wrong("migrations", "can't be looked at while the ledger is away", START)
    done = subprocess.run(
        [sys.executable, "-m", "steward.cli.main", "migrate", "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=MIGRATE_SECONDS,
        env={**os.environ, "STEWARD_DATA_DIR": str(settings.data_dir)},
    )
    try:
        missing = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return wrong("migrations", f"can't be looked at: {said[0]}", "Run `steward migrate` and read what it says.")
    if missing:
        return wrong(
            "migrations", f"{len(missing)} are missing, first {missing[0]}", "Stop Steward and start it again."
        )
    return good("migrations", "all applied")


def store(settings: Settings) -> Finding:
    """The telemetry store answers."""
    if settings.telemetry_url is not None:
        return good("store", "the telemetry is a server elsewhere; `/readyz` says whether it answers")
    if not readiness.store_answers(settings):
        return wrong(
            "store", "the telemetry store does not answer", f"{START} Its log is {settings.logs_dir}/store.log."
        )
    return good("store", f"answers on port {readiness.store_port(settings)}")


def files(settings: Settings) -> Finding:
    """The bucket takes an object, gives it back, lists it and deletes it."""
    if not settings.files_url:
        return good("files", "their contents lie in the data directory")
    if not settings.secrets_dir.exists():
        return warning("files", "the bucket is not asked before the first start", START)
    done = subprocess.run(
        [sys.executable, "-m", "steward.cli.main", "probe-files"],
        capture_output=True,
        text=True,
        check=False,
        timeout=BUCKET_SECONDS,
        env={
            **os.environ,
            "STEWARD_DATA_DIR": str(settings.data_dir),
            "STEWARD_FILES_URL": settings.files_url,
            "STEWARD_FILES_ENDPOINT": settings.files_endpoint,
            "STEWARD_FILES_REGION": settings.files_region,
            "STEWARD_FILES_KEY_ID": settings.files_key_id,
            "STEWARD_FILES_KEY_SECRET": settings.files_key_secret,
        },
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return wrong(
            "files",
            f"{settings.files_url}: {said[0].removeprefix('steward: ')}",
            "Look at STEWARD_FILES_…, at what the key may do (get, put, delete, list), and at the provider.",
        )
    return good("files", f"{settings.files_url} takes, gives, lists and deletes")


def ready(settings: Settings) -> Finding:
    """The pages call every part ready."""
    if readiness.page_answers(settings, "/readyz"):
        return good("ready", "every part is ready")
    if not readiness.page_answers(settings, "/healthz"):
        return wrong("ready", "the pages do not answer", f"{START} Their log is {settings.logs_dir}/web.log.")
    return wrong(
        "ready", f"not ready: {', '.join(readiness.not_ready(settings))}", f"Read the logs in {settings.logs_dir}."
    )


def agent(settings: Settings) -> Finding:
    """This host's own agent is enrolled."""
    if not agent_enrolled(settings):
        return warning("agent", "this host's agent is not enrolled", "Stop Steward and start it again: it tries anew.")
    return good("agent", "this host's agent is enrolled")


CHECKS = (ports, processes, database, migrations, store, files, ready, agent)
