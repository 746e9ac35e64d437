# SPDX-License-Identifier: Apache-2.0
"""A backup of one data directory: the ledger's dump, the telemetry's files, stored files, keys. Verified before it counts."""

import hashlib
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from steward.cli import data_version
from steward.cli.preflight import backups_dir
from steward.cli.refusal import Refusal
from steward.settings.env import Settings
from steward.settings.ledger import Cluster

DUMP = "ledger.dump"
MANIFEST = "manifest.json"
STORE = "store"
# A part of a MergeTree is never changed once written, nor is a content-addressed file: a hard link is a copy.
NEVER_CHANGED = (".bin",)
DUMP_SECONDS = 3600.0


def make_backup(settings: Settings, cluster: Cluster | None, *, name: str) -> Path:
    """Write `backups/<name>-<time>` and return it. The telemetry store must be stopped.

    `cluster` None leaves the ledger out: a server elsewhere has its own backups. A directory without a manifest is an
    unfinished backup and counts for nothing. Raises Refusal when the dump can't be made or read back.
    """
    target = backups_dir(settings) / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    draft = target.with_name(f".{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    entries = _dump(cluster, draft / DUMP) if cluster is not None else 0
    for folder in (STORE, "files"):
        _copy_tree(settings.data_dir / folder, draft / folder, all_linked=folder == "files")
    for kept in (settings.secrets_dir, settings.data_dir / data_version.FILE):
        if kept.exists():
            (shutil.copytree if kept.is_dir() else shutil.copy2)(kept, draft / kept.name)
    manifest = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": (settings.data_dir / data_version.FILE).read_text("utf-8").splitlines()
        if (settings.data_dir / data_version.FILE).exists()
        else [],
        "ledger_entries": entries,
        "ledger_sha256": _sha256(draft / DUMP) if cluster is not None else None,
        # Where the contents of files are when they are not in here.
        "files_url": settings.files_url or None,
    }
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    draft.rename(target)
    return target


def _dump(cluster: Cluster, target: Path) -> int:
    """Dump the ledger and read the dump's contents back; the number of its entries."""
    sign_in = cluster.params(role="dump")
    where = [
        "-h",
        sign_in["host"],
        "-p",
        sign_in["port"],
        "-U",
        sign_in["user"],
        "-d",
        sign_in["dbname"],
        "--no-password",
    ]
    # The password goes by the environment: command lines are seen by everybody.
    _run(cluster, "pg_dump", ["--format=custom", f"--file={target}", *where], password=sign_in["password"])
    listing = _run(cluster, "pg_restore", ["--list", str(target)])
    entries = [line for line in listing.splitlines() if line and not line.startswith(";")]
    if not any(" TABLE DATA public django_migrations " in line for line in entries):
        raise Refusal(f"the backup {target} has no migrations' table in it: nothing was changed. Run `steward doctor`.")
    return len(entries)


def _run(cluster: Cluster, program: str, arguments: list[str], *, password: str = "") -> str:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        **({"PGPASSWORD": password} if password else {}),
    }
    command = [str(cluster.programs / program), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=DUMP_SECONDS, env=environment
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()[-1:] or ["no message"]
        raise Refusal(f"no backup could be made ({program}: {said[0]}): nothing was changed.") from None
    return done.stdout


def _copy_tree(source: Path, target: Path, *, all_linked: bool) -> None:
    if not source.exists():
        return

    def copy(one: str, other: str) -> str:
        if not (all_linked or one.endswith(NEVER_CHANGED)):
            return shutil.copy2(one, other)
        try:
            os.link(one, other)
        except OSError:  # another file system, or one without hard links
            shutil.copy2(one, other)
        return other

    shutil.copytree(source, target, copy_function=copy, symlinks=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def newest_backup(settings: Settings) -> datetime | None:
    """When the newest finished backup was made, in UTC; None when there is none."""
    finished = [each / MANIFEST for each in backups_dir(settings).glob("*") if (each / MANIFEST).exists()]
    if not finished:
        return None
    return max(datetime.fromisoformat(json.loads(path.read_text("utf-8"))["made_at"]) for path in finished)


def prune(settings: Settings, *, keep: int) -> list[Path]:
    """Delete the oldest backups made by hand or by schedule beyond `keep`; those before an upgrade stay."""
    own = sorted(each for each in backups_dir(settings).glob("backup-*") if (each / MANIFEST).exists())
    surplus = own[:-keep] if keep else own
    for each in surplus:
        shutil.rmtree(each)
    return surplus
