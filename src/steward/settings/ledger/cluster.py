# SPDX-License-Identifier: Apache-2.0
"""One cluster: where it lies, how to sign in, and how it is made."""

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode

from steward.settings.env import Settings
from steward.settings.ledger.binaries import (
    SYSTEM_HOME,
    Account,
    LedgerError,
    account,
    as_account,
    may_enter,
    programs,
)
from steward.settings.secrets import secret

Role = Literal["admin", "owner", "app", "dump"]
Secrets = Callable[[str], str]

ROLE_NAMES: dict[Role, str] = {
    "admin": "pgadmin",
    "owner": "steward_owner",
    "app": "steward_app",
    "dump": "steward_dump",
}
DATABASE = "steward"
CLUSTER = "postgres-18"  # the major version is in the name, so that an upgrade finds both side by side


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL cluster on this machine, reachable over a unix socket alone."""

    pgdata: Path
    socket_dir: Path  # where clients look: `Settings.runtime_dir / "pg"`, a link when the cluster lies elsewhere
    account: Account | None
    programs: Path
    secrets: Secrets

    @property
    def database(self) -> str:
        """The database of the product; tests have others beside it."""
        return DATABASE

    @property
    def server_socket_dir(self) -> Path:
        """The real directory of the socket, which the account owns."""
        return self.socket_dir if not self.socket_dir.is_symlink() else self.socket_dir.readlink()

    def dsn(self, *, role: Role = "app", database: str = DATABASE) -> str:
        """A libpq URL, password included: never log it."""
        sign_in = self.params(role=role, database=database)
        where = urlencode({"host": sign_in["host"], "port": sign_in["port"]})
        return f"postgresql://{sign_in['user']}:{quote(sign_in['password'], safe='')}@/{quote(database)}?{where}"

    def params(self, *, role: Role = "app", database: str = DATABASE) -> dict[str, str]:
        """The same as keywords: host, port, user, password, dbname."""
        return {
            "host": str(self.socket_dir),
            "port": "5432",
            "user": ROLE_NAMES[role],
            "password": self.secrets(f"db-{role}"),
            "dbname": database,
        }

    def run(
        self, program: str, *arguments: str, timeout: float = 120.0, source: Path | None = None, password: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the account, with `source` as its standard input.

        The password goes by the environment: command lines are seen by everybody. Raises LedgerError with the program's
        last line of complaint.
        """
        command = as_account(self.account, [str(self.programs / program), *arguments])
        secret_environment = {"PGPASSWORD": password} if password else {}
        with (source or Path(os.devnull)).open("rb") as given:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout,
                env={**environment(), **secret_environment},
                cwd="/",
                stdin=given,
            )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["no message"]
            raise LedgerError(f"{program} failed: {lines[-1]}")
        return done


def find_cluster(data_dir: Path, *, secrets: Secrets | None = None) -> Cluster:
    """The cluster of `data_dir`, made or not; nothing is written but a missing secret when a password is asked for."""
    who = account()
    return Cluster(
        pgdata=_home(data_dir, who) / CLUSTER,
        socket_dir=Settings(data_dir=data_dir).runtime_dir / "pg",
        account=who,
        programs=programs(who),
        secrets=secrets or partial(secret, directory=data_dir / "secrets"),
    )


def _home(data_dir: Path, who: Account | None) -> Path:
    """`data_dir`, or a directory of the system account when that account can't enter `data_dir`, as under /root."""
    link = data_dir / CLUSTER
    if link.is_symlink():
        return link.readlink().parent
    if who is None or link.is_dir() or may_enter(who, _nearest(data_dir)):
        return data_dir
    mark = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    return SYSTEM_HOME / mark


def _nearest(directory: Path) -> Path:
    while not directory.exists():
        directory = directory.parent
    return directory


def ensure_cluster(data_dir: Path, *, secrets: Secrets | None = None) -> Cluster:
    """The cluster of `data_dir`, made on first use; a half-made one is made again.

    Raises LedgerError when the directory can't be written or the account can't be made.
    """
    if not data_dir.exists():
        data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True)
    cluster = find_cluster(data_dir, secrets=secrets)
    ensure_socket_dir(cluster)
    if (cluster.pgdata / "PG_VERSION").exists():
        return cluster
    cluster.pgdata.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    _initialise(cluster)
    link = data_dir / CLUSTER
    if link != cluster.pgdata and not link.is_symlink():
        link.symlink_to(cluster.pgdata)
    return cluster


def ensure_socket_dir(cluster: Cluster) -> None:
    """Make the socket's directory private to the account; refuse one that somebody else put in its place."""
    parent = cluster.socket_dir.parent
    parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    found = parent.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
        raise LedgerError(f"{parent} belongs to somebody else: remove it, or choose a shorter data directory.")
    folder = cluster.socket_dir
    if cluster.account is not None and not may_enter(cluster.account, parent):
        folder = cluster.pgdata.parent / "run"
        if not cluster.socket_dir.is_symlink():
            cluster.socket_dir.symlink_to(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _own(cluster.account, folder)


def _own(who: Account | None, path: Path) -> None:
    if who is not None:
        os.chown(path, who.uid, who.gid)


def _initialise(cluster: Cluster) -> None:
    """initdb into a draft that is renamed into place, so that an interrupted one leaves nothing that looks finished."""
    draft = cluster.pgdata.with_name(f".{cluster.pgdata.name}.draft")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    _own(cluster.account, draft)
    password = draft.with_name(f".{cluster.pgdata.name}.password")
    password.unlink(missing_ok=True)
    descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(cluster.secrets("db-admin") + "\n")
    _own(cluster.account, password)
    try:
        cluster.run(
            "initdb",
            f"--pgdata={draft}",
            f"--username={ROLE_NAMES['admin']}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
        )
    finally:
        password.unlink(missing_ok=True)
    _configure(draft)
    draft.rename(cluster.pgdata)
    write_settings(cluster)


def write_settings(cluster: Cluster) -> None:
    """Put this version's settings beside the cluster's own; what an operator writes into local.conf wins."""
    target = cluster.pgdata / "steward.conf"
    wanted = (files(__package__) / "steward.conf").read_text(encoding="utf-8")
    if target.exists() and target.read_text(encoding="utf-8") == wanted:
        return
    draft = target.with_name("steward.conf.draft")
    draft.write_text(wanted, encoding="utf-8")
    _own(cluster.account, draft)
    draft.replace(target)


def _configure(pgdata: Path) -> None:
    with (pgdata / "postgresql.conf").open("a", encoding="utf-8") as handle:
        handle.write("\ninclude_if_exists = 'steward.conf'\ninclude_if_exists = 'local.conf'\n")
    access = "# Passwords over the unix socket; nothing listens on a network.\nlocal all all scram-sha-256\n"
    (pgdata / "local.conf").write_text("# Your own settings; they win over steward.conf.\n", encoding="utf-8")
    (pgdata / "pg_hba.conf").write_text(access, encoding="utf-8")


def environment() -> dict[str, str]:
    """Only what PostgreSQL needs: no secret of ours, no PG* variable of somebody else's."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
