# SPDX-License-Identifier: Apache-2.0
"""A backup put back into a data directory that holds nothing yet."""

import hashlib
import json
import shutil
from pathlib import Path

from steward.cli import data_version
from steward.cli.backup import DUMP, MANIFEST, STORE
from steward.cli.preflight import prepare_directories, restore_mark
from steward.cli.refusal import Refusal
from steward.settings.env import Settings
from steward.settings.ledger import bootstrap, ensure_cluster, start, stop

RESTORE_SECONDS = 3600.0


def restore_backup(settings: Settings, source: Path) -> None:
    """Put `source` into `settings.data_dir`. The ledger comes back in one transaction: wholly or not at all.

    Raises Refusal when `source` is no finished backup, was changed since, was written by something newer, or holds no
    ledger, and when the data directory is not a fresh one.
    """
    _check(settings, source)
    prepare_directories(settings)
    restore_mark(settings).touch()
    for name in ("secrets", "files", STORE):
        if (source / name).exists():
            shutil.copytree(source / name, settings.data_dir / name, dirs_exist_ok=True)
    cluster = ensure_cluster(settings.data_dir)
    child = start(cluster, log=settings.logs_dir / "restore.log")
    try:
        bootstrap(cluster)
        sign_in = cluster.params(role="admin")
        cluster.run(
            "pg_restore",
            "--clean",
            "--if-exists",
            "--single-transaction",
            *["-h", sign_in["host"], "-U", sign_in["user"], "-d", sign_in["dbname"]],
            source=source / DUMP,
            password=sign_in["password"],
            timeout=RESTORE_SECONDS,
        )
        bootstrap(cluster)
    finally:
        stop(cluster)
        child.wait()
    shutil.copy2(source / data_version.FILE, settings.data_dir / data_version.FILE)
    restore_mark(settings).unlink()


def bucket_of(source: Path) -> str:
    """The bucket in which the contents of this backup's files lie; empty when they are in the backup."""
    return json.loads((source / MANIFEST).read_text(encoding="utf-8")).get("files_url") or ""


def _check(settings: Settings, source: Path) -> None:
    if not (source / MANIFEST).exists():
        raise Refusal(f"{source} is no finished backup: give one of the directories under `backups`.")
    for name in (data_version.FILE, "postgres-18", STORE):
        if (settings.data_dir / name).exists():
            raise Refusal(f"{settings.data_dir} holds data already: set STEWARD_DATA_DIR to a fresh directory.")
    if not (source / DUMP).exists():
        raise Refusal(f"{source} holds no ledger: restore that from the backups of its own server.")
    wanted = json.loads((source / MANIFEST).read_text(encoding="utf-8"))["ledger_sha256"]
    with (source / DUMP).open("rb") as handle:
        if hashlib.file_digest(handle, "sha256").hexdigest() != wanted:
            raise Refusal(f"{source / DUMP} is not what was backed up: take another backup.")
    written_by = data_version.read(source)
    if written_by is not None:
        data_version.refuse_newer(written_by, data_version.this_version(), source)
