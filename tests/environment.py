# SPDX-License-Identifier: Apache-2.0
"""The run's own data directory and its PostgreSQL: one cluster a run, one template database per state of the migrations.

The finished cluster is kept in `var/test-cache/<hash>` and copied by the next run, so a run starts in about a second."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from steward.settings import ledger
from steward.settings.env import CHECKOUT, get_settings

TEMPLATE = "steward_template"
# As the product does it; that it ends as Django alone would is a long campaign (F12).
MIGRATE = """
import django
django.setup()
from steward.cli.migrating import migrate_ledger
from steward.core.tenancy.public import scoped, system_scope
with scoped(system_scope("tests")):
    migrate_ledger(lambda said: None)
"""
KEPT_CACHES = 3


def choose_data_dir() -> None:
    """Before Django starts: a data directory of this run's own, with the cluster of an earlier run when it fits."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="steward-test-"))
    folder.chmod(0o711)
    os.environ["STEWARD_DATA_DIR"] = str(folder)
    os.environ["STEWARD_TEST_RUN"] = str(folder)
    get_settings.cache_clear()
    _wait_for_builder()
    if not _building:
        subprocess.run(["cp", "-a", f"{_cache()}/.", str(folder)], check=True)


def start_for_run() -> None:
    """In the controlling process: the cluster runs, and its template database is migrated."""
    cluster = ledger.ensure_cluster(run_folder())
    _start(cluster)
    if _building:
        _build_template(cluster)
        _keep(cluster)
        _building.pop().close()


def stop_for_run() -> None:
    """In the controlling process: stop what `start_for_run` started, and leave nothing behind."""
    if not ledger.find_cluster(run_folder()).pgdata.exists():
        return
    _stop(ledger.find_cluster(run_folder()))
    shutil.rmtree(run_folder(), ignore_errors=True)


_building: list[IO[bytes]] = []


def _wait_for_builder() -> None:
    """Runs that begin together build the template once: the first holds the lock, and is known by it, until the others can copy."""
    if _cache().exists():
        return
    _cache().parent.mkdir(parents=True, exist_ok=True)
    lock = (_cache().parent / "building.lock").open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process at the latest
    if _cache().exists():
        lock.close()
    else:
        _building.append(lock)


_children: list[subprocess.Popen[bytes]] = []


def _start(cluster: ledger.Cluster) -> None:
    _children.append(ledger.start(cluster, fsync=False, log=run_folder() / "postgres.log"))


def _stop(cluster: ledger.Cluster) -> None:
    ledger.stop(cluster)
    while _children:
        _children.pop().wait()


def run_folder() -> Path:
    """This run's data directory."""
    return Path(os.environ["STEWARD_TEST_RUN"])


def _build_template(cluster: ledger.Cluster) -> None:
    ledger.bootstrap(cluster, createdb=True)
    ledger.create_database(cluster, TEMPLATE)
    environment = {**os.environ, "STEWARD_DATABASE_ROLE": "owner", "STEWARD_DATABASE_NAME": TEMPLATE}
    with ledger.migrating(cluster):
        subprocess.run([sys.executable, "-c", MIGRATE], env=environment, check=True)


def _keep(cluster: ledger.Cluster) -> None:
    """Copy the stopped cluster into the cache; a cluster that lies elsewhere than the data directory is not kept."""
    if (run_folder() / cluster.pgdata.name).is_symlink():
        return
    _stop(cluster)
    target = _cache()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o711)
    draft = Path(tempfile.mkdtemp(dir=target.parent))
    subprocess.run(["cp", "-a", f"{run_folder()}/.", str(draft)], check=True)
    with contextlib.suppress(OSError):  # another run was faster; its copy is the same
        draft.rename(target)
    older = sorted(
        (each for each in target.parent.iterdir() if each.is_dir() and each != target),
        key=lambda each: each.stat().st_mtime,
    )
    for each in older[: -KEPT_CACHES + 1]:
        shutil.rmtree(each, ignore_errors=True)
    _start(cluster)


def _cache() -> Path:
    parts = [
        *CHECKOUT.glob("src/steward/**/migrations/*"),
        *CHECKOUT.glob("src/steward/settings/ledger/*"),
        CHECKOUT / "requirements/base.txt",
    ]
    digest = hashlib.sha256()
    for each in sorted(part for part in parts if part.suffix in {".py", ".sql", ".conf", ".txt"}):
        digest.update(str(each).encode() + each.read_bytes())
    return CHECKOUT / "var" / "test-cache" / digest.hexdigest()[:16]
