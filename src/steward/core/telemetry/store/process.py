# SPDX-License-Identifier: Apache-2.0
"""The store as a process: its lock, its port file, its signals, its end."""

import fcntl
import gc
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Final, NoReturn

from steward.core.telemetry.store.config import write_config
from steward.core.telemetry.store.execute import Executor
from steward.core.telemetry.store.limits import Limits
from steward.core.telemetry.store.server import Server
from steward.core.telemetry.store.tokens import strike_unwritten
from steward.settings.env import get_settings
from steward.settings.secrets import secret

log = logging.getLogger(__name__)

_LAST_RESORT: Final = 4.8  # seconds from the signal to the end, whatever the engine does


class StoreRefused(Exception):
    """The store can't start; the text says why and what to do."""


def serve(
    path: Path,
    *,
    password: str,
    port_file: Path,
    port: int = 0,
    backups: Path | None = None,
    limits: Limits | None = None,
) -> None:
    """Serve the data under `path` on loopback until SIGTERM or SIGINT; `port` 0 takes a free one, written to `port_file`.

    Raises StoreRefused when another store has the path, or the engine can't open it.
    """
    bounds = limits or Limits()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _take_lock(path)
    except OSError as failure:
        raise StoreRefused(
            f"can't use {path}: {failure.strerror}; check its owner, or set STEWARD_DATA_DIR."
        ) from failure
    try:
        _put_right(path)
        config_path = path.with_name(f"{path.name}.xml")
        write_config(bounds, config_path=config_path, backups=backups or path.with_name("backups"))
        executor = _open(path, config_path, bounds)
        server = Server(executor, password, bounds, port)
        _end_on_signals(server)
        gc.freeze()
        _write_port(port_file, server.port)
        log.info("store ready on port %d", server.port)
        server.accept_until_stopped()
        port_file.unlink(missing_ok=True)
        if server.finish():
            executor.close()
    finally:
        os.close(lock)


def run_store() -> NoReturn:
    """Serve with the settings of this process, and leave with 1 and one line when that can't be."""
    settings = get_settings()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        serve(
            settings.data_dir / "store",
            password=secret("store"),
            port_file=settings.runtime_dir / "store.port",
            backups=settings.data_dir / "backups",
        )
    except StoreRefused as reason:
        sys.stderr.write(f"steward store: {reason}\n")
        sys.stderr.flush()
        os._exit(1)
    # The engine's own threads have nothing left to say, and the interpreter would wait for them.
    os._exit(0)


def _take_lock(path: Path) -> int:
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise StoreRefused(
            f"another store (process {owner}) has {path}; stop it first, or set STEWARD_DATA_DIR."
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _put_right(path: Path) -> None:
    try:
        strike_unwritten(path)
    except OSError as failure:
        raise StoreRefused(f"can't put right {failure.filename}: {failure.strerror}.") from failure


def _open(path: Path, config_path: Path, limits: Limits) -> Executor:
    try:
        return Executor(path, config_path, limits)
    except Exception as failure:
        raise StoreRefused(f"the engine can't open {path}: {str(failure).splitlines()[0]}") from failure


def _write_port(port_file: Path, port: int) -> None:
    port_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = port_file.with_suffix(".draft")
    draft.write_text(f"{port}\n", encoding="ascii")
    draft.replace(port_file)


def _end_on_signals(server: Server) -> None:
    if threading.current_thread() is not threading.main_thread():
        return

    def _end(*_: object) -> None:
        if server.stopping.is_set():
            return
        threading.Thread(target=_leave_at_last, daemon=True).start()
        server.stop()

    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)


def _leave_at_last() -> None:
    time.sleep(_LAST_RESORT)
    log.warning("the engine did not stop in time; leaving")
    os._exit(0)
