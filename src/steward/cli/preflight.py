# SPDX-License-Identifier: Apache-2.0
"""What must hold before anything starts. Each check returns, or raises Refusal: one line that names the remedy."""

import errno
import fcntl
import os
import shutil
import socket
import sys
import time
from pathlib import Path

import psutil

from steward.cli.refusal import Refusal
from steward.settings.env import Settings, is_loopback

OLDEST_PYTHON = (3, 11)
LEAST_FREE = 400 * 1024**2  # bytes: two WAL checkpoints and the store's smallest merges
UNFIT = frozenset("%;#\n")
FULL = 0.90  # share of the disk from which on an operator is warned


def check_python() -> None:
    """Refuse an interpreter older than what the code is written for."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        raise Refusal(f"Python {found} is too old: Steward needs 3.11 or newer. Install it and run `make setup` again.")


def check_bind(settings: Settings) -> None:
    """Passwords and sessions never cross a network in the clear: beyond loopback there is TLS, or a proxy that does it."""
    for name, path in (("STEWARD_TLS_CERT", settings.tls_cert), ("STEWARD_TLS_KEY", settings.tls_key)):
        if path is not None and not os.access(path, os.R_OK):
            raise Refusal(f"{name}: {path} can't be read. Give a PEM file that this user may read.")
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise Refusal("STEWARD_TLS_CERT and STEWARD_TLS_KEY belong together: set both or neither.")
    if is_loopback(settings.bind) or settings.tls_cert is not None or settings.trusted_proxies:
        return
    raise Refusal(
        f"STEWARD_BIND={settings.bind} would serve passwords in the clear: set STEWARD_TLS_CERT and STEWARD_TLS_KEY, "
        "or name the proxy that does TLS in STEWARD_TRUSTED_PROXIES, or bind to 127.0.0.1."
    )


def check_ports(settings: Settings) -> None:
    """Refuse when one of the three ports is taken, naming the process that has it when it can be seen."""
    for port in (settings.port, settings.live_port, settings.gateway_port):
        if not port_is_free(settings.bind, port):
            raise Refusal(
                f"port {port} is in use{_by_whom(port)}: stop that, or set STEWARD_PORT "
                "(Steward takes that port and the two after it)."
            )


def port_is_free(bind: str, port: int) -> bool:
    """True when a listener could be opened on (`bind`, `port`). Raises Refusal for an address that isn't this machine's."""
    try:
        family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((bind, port))
            probe.listen(1)
    except PermissionError:
        raise Refusal(f"port {port} needs more rights: set STEWARD_PORT to 1024 or more.") from None
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            return False
        raise Refusal(f"STEWARD_BIND={bind} is no address of this machine ({error}).") from None
    return True


def _by_whom(port: int) -> str:
    try:
        listeners = (each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN)
        pid = next((each.pid for each in listeners if each.laddr and each.laddr.port == port and each.pid), None)
        return f" by {psutil.Process(pid).name()} (process {pid})" if pid else ""
    except psutil.Error:
        return ""


def prepare_directories(settings: Settings) -> None:
    """Make the data directory and its parts, private to us, with enough free space."""
    if set(str(settings.data_dir)) & UNFIT:
        raise Refusal(
            f"STEWARD_DATA_DIR={settings.data_dir} has one of % ; # in it, which the supervisor's file can't hold: choose another."
        )
    # Root's data directory is entered by the database's own account; each part inside has its own mode.
    outer = 0o711 if os.geteuid() == 0 else 0o700
    try:
        _make(settings.data_dir, outer)
        _make(run_dir(settings), outer)
        for folder in (settings.logs_dir, settings.secrets_dir, settings.files_dir, backups_dir(settings)):
            _make(folder, 0o700)
    except OSError as error:
        raise Refusal(
            f"the data directory {settings.data_dir} can't be written ({error.strerror}): "
            "correct its owner, or set STEWARD_DATA_DIR to a directory of yours."
        ) from None
    if settings.data_dir.stat().st_mode & 0o022:
        raise Refusal(f"others may write to {settings.data_dir}: chmod go-w {settings.data_dir}")
    check_space(settings.data_dir)


def refuse_half_restored(settings: Settings) -> None:
    """Refuse a data directory into which a restore was begun and not finished."""
    if restore_mark(settings).exists():
        raise Refusal(
            f"a restore into {settings.data_dir} was interrupted: run the same `steward restore` again, it goes on."
        )


def _make(folder: Path, mode: int) -> None:
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def check_space(folder: Path) -> None:
    """Refuse to start on a disk that is all but full: databases stop in the middle of things there."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise Refusal(
            f"only {free // 1024**2} MB are free at {folder}: free at least {LEAST_FREE // 1024**2} MB, "
            "or set STEWARD_DATA_DIR to a larger disk."
        )


def disk_share(folder: Path) -> float:
    """Used share of the disk that holds `folder`, 0 to 1, as an ordinary user sees it."""
    usage = shutil.disk_usage(folder)
    return usage.used / (usage.used + usage.free)


def run_dir(settings: Settings) -> Path:
    """Directory of locks, pids and the store's port."""
    return settings.data_dir / "run"


def backups_dir(settings: Settings) -> Path:
    """Directory of backups, those made before an upgrade included."""
    return settings.data_dir / "backups"


def children_lock(settings: Settings) -> Path:
    """Held, shared, by every supervised process."""
    return run_dir(settings) / "children.lock"


def restore_mark(settings: Settings) -> Path:
    """There while a backup is being restored; left behind by a restore that was interrupted."""
    return settings.data_dir / "restoring"


def first_password_file(settings: Settings) -> Path:
    """Where the first account's address and one-time password wait until they have been shown."""
    return settings.data_dir / "first-password"


def host_token_file(settings: Settings) -> Path:
    """Where the token of this host's own agent waits until the agent has used it."""
    return run_dir(settings) / "host-token"


def lock_data_dir(settings: Settings, *, patience: float = 12.0) -> int:
    """The descriptor of this data directory's lock; only one `steward up` holds it.

    Waits `patience` seconds when the `up` that holds it is gone and merely its last processes are still ending.
    """
    path = run_dir(settings) / "up.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            holder = path.read_text(encoding="utf-8").strip()
            if (holder.isdigit() and psutil.pid_exists(int(holder))) or time.monotonic() > deadline:
                os.close(descriptor)
                raise Refusal(
                    f"Steward already runs on {settings.data_dir} (process {holder}): stop it first, "
                    "or set STEWARD_DATA_DIR and STEWARD_PORT for a second one."
                ) from None
            time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
