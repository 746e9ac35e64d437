# SPDX-License-Identifier: Apache-2.0
"""An installation small enough to be backed up and restored in a second or two: a real cluster, a stopped store, files."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from steward.core.recovery.keys_apart import backup_key
from steward.core.recovery.process import default_destination, default_keys_folder
from steward.core.recovery.repository import Repository, open_repository
from steward.settings import ledger
from steward.settings.env import Settings

CONTENT = b"content-addressed"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
KEY = f"7/{SHA256[:2]}/{SHA256}"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Not pytest's own: root's is closed to the account that PostgreSQL gets.
    made = Path(tempfile.mkdtemp(prefix="steward-recovery-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def settings(folder: Path) -> Settings:
    return Settings(
        data_dir=folder / "var", database_url=None, telemetry_url=None, url="", database_name="steward", files_url=""
    )


@pytest.fixture(scope="module")
def cluster(settings: Settings) -> Iterator[ledger.Cluster]:
    """A ledger with one guarded table and one file, a store with a part, and a file's content."""
    with ledger.running_cluster(settings.data_dir, fsync=False, keep=False) as made:
        with psycopg.connect(made.dsn(role="owner")) as owner:
            owner.execute("create table django_migrations (app text, name text)")
            owner.execute("create table guarded (client_id bigint)")
            owner.execute("insert into guarded values (1), (2), (3)")
            owner.execute("alter table guarded enable row level security")
            owner.execute("alter table guarded force row level security")
            owner.execute("create table files_storedfile (client_id bigint, sha256 text, size bigint)")
            owner.execute("insert into files_storedfile values (7, %s, %s)", (SHA256, len(CONTENT)))
        part = settings.data_dir / "store" / "store" / "abc" / "abc-1" / "20261122_1_1_0"
        part.mkdir(parents=True)
        (part / "data.bin").write_bytes(b"samples" * 1000)
        (part / "count.txt").write_bytes(b"1000")
        (settings.data_dir / "store" / "metadata").mkdir()
        (settings.data_dir / "store" / "metadata" / "steward").symlink_to("../store/abc/abc-1")
        (settings.data_dir / "VERSION").write_text("steward 0.1.0\npostgresql 18\nchdb 4\n", encoding="utf-8")
        (settings.files_dir / KEY).parent.mkdir(parents=True)
        (settings.files_dir / KEY).write_bytes(CONTENT)
        (settings.secrets_dir / "kek").write_text("the key-encryption key\n", encoding="utf-8")
        yield made


@pytest.fixture
def repository(settings: Settings, cluster: ledger.Cluster) -> Repository:
    """An empty directory of backups, in the default place."""
    place = default_destination(settings)
    for each in (place, default_keys_folder(settings)):
        shutil.rmtree(each, ignore_errors=True)
    return open_repository(place, backup_key(settings), make=True)


@pytest.fixture
def fresh(settings: Settings, folder: Path) -> Iterator[Settings]:
    """Settings of a data directory that does not exist yet."""
    made = settings.model_copy(update={"data_dir": folder / "fresh"})
    yield made
    found = ledger.find_cluster(made.data_dir)
    ledger.stop(found)
    shutil.rmtree(found.pgdata, ignore_errors=True)
    shutil.rmtree(made.data_dir, ignore_errors=True)
