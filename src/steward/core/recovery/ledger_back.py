# SPDX-License-Identifier: Apache-2.0
"""The ledger put back from its dump, in one transaction: into the embedded PostgreSQL, or into a server elsewhere."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg

from steward.core.recovery.ledger_dump import LedgerAccess, load_dump
from steward.core.recovery.manifest import Dump
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.repository import Repository
from steward.core.recovery.sealing import Damaged
from steward.settings.env import Settings
from steward.settings.ledger import (
    Cluster,
    LedgerError,
    Server,
    bootstrap,
    ensure_cluster,
    find_server,
    is_running,
    postgres_version,
    shipped_programs,
    start,
    stop,
)

RESTORE_SECONDS: Final = 4 * 3600.0
TABLES: Final = """
select count(*) from pg_class as each join pg_namespace as place on place.oid = each.relnamespace
where each.relkind in ('r', 'p', 'v', 'm') and place.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
"""


def server_elsewhere(settings: Settings) -> Server | None:
    """The server into which the ledger goes; None for the embedded one. Raises RecoveryRefused for one that can't be prepared."""
    try:
        server = find_server(settings)
    except LedgerError as error:
        raise RecoveryRefused(str(error)) from None
    if server is None or {"owner", "admin"} <= server.urls.keys():
        return server
    raise RecoveryRefused(
        "this backup holds a ledger, and STEWARD_DATABASE_URL names a server for it: set STEWARD_DATABASE_OWNER_URL and "
        "STEWARD_DATABASE_ADMIN_URL too, by which roles and tables are made there."
    )


def place_of(server: Server | None) -> str:
    """Which database it is, without what signs in; "" for the embedded one."""
    if server is None:
        return ""
    parts = urlsplit(server.urls["app"])
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}?{parts.query}"


def refuse_taken(server: Server) -> None:
    """Raises RecoveryRefused when the server does not answer, is too old for a dump, or holds something in that database."""
    needed = int(postgres_version().split(".")[0])
    with _asked(server, "postgres") as admin:
        if admin.info.server_version // 10_000 < needed:
            raise RecoveryRefused(
                f"the server elsewhere runs PostgreSQL {admin.info.server_version // 10_000}, and the ledger needs {needed} "
                "or newer: upgrade that server, or restore without STEWARD_DATABASE_URL."
            )
        known = admin.execute("select from pg_database where datname = %s", (server.database,)).rowcount
    if not known:
        return
    with _asked(server, server.database) as admin:
        found = admin.execute(TABLES).fetchone()
    if found is not None and found[0]:
        raise RecoveryRefused(
            f"the database {server.database} on the server elsewhere holds {found[0]} tables: name another one in "
            "STEWARD_DATABASE_URL, which is made, or drop this one there."
        )


def put_ledger(
    settings: Settings, server: Server | None, repository: Repository, dump: Dump, *, add: Callable[[int], None]
) -> None:
    """Check the whole dump, then load it. `add` is told of bytes as they are read. Raises Damaged, RecoveryRefused, LedgerError."""
    plain = settings.data_dir / "restoring.dump"
    try:
        _write_dump(plain, repository, dump, add)
        if server is None:
            _into_embedded(settings, plain)
        else:
            _into(server, plain)
    finally:
        plain.unlink(missing_ok=True)


def _into(server: Server, plain: Path) -> None:
    try:
        bootstrap(server, database=server.database)
        load_dump(LedgerAccess(shipped_programs(), server.dsn(role="admin", database=server.database)), plain)
        bootstrap(server, database=server.database)
    except LedgerError as error:
        raise RecoveryRefused(str(error)) from None


def _into_embedded(settings: Settings, plain: Path) -> None:
    cluster = ensure_cluster(settings.data_dir)
    if is_running(cluster):
        stop(cluster)  # left running by a restore that was killed
    child = start(cluster, log=settings.data_dir / "restoring.log")
    try:
        bootstrap(cluster)
        _load(cluster, plain)
        bootstrap(cluster)
    finally:
        stop(cluster)
        child.wait()


def _load(cluster: Cluster, dump: Path) -> None:
    sign_in = cluster.params(role="admin")
    cluster.run(
        "pg_restore",
        "--clean",
        "--if-exists",
        "--single-transaction",
        *["-h", sign_in["host"], "-U", sign_in["user"], "-d", sign_in["dbname"]],
        source=dump,
        password=sign_in["password"],
        timeout=RESTORE_SECONDS,
    )


def _write_dump(target: Path, repository: Repository, dump: Dump, add: Callable[[int], None]) -> None:
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        for name, size in dump.chunks:
            piece = repository.get(name)
            digest.update(piece)
            handle.write(piece)
            add(size)
    if digest.hexdigest() != dump.sha256:
        raise Damaged("the ledger's dump is not what was backed up: take another backup.")


def _asked(server: Server, database: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(server.dsn(role="admin", database=database), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise RecoveryRefused(
            f"the server elsewhere does not let its superuser in ({reason}): look at STEWARD_DATABASE_ADMIN_URL."
        ) from None
