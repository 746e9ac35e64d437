# SPDX-License-Identifier: Apache-2.0
"""The tables held still while the store runs, and a store that starts from what was held."""

import shutil
from pathlib import Path

from steward.core.telemetry.public import frozen_telemetry
from steward.core.telemetry.store.policies import DATABASE
from tests.fixtures.store import Store, running_store

ROWS = "SELECT count(), toString(sum(cityHash64(*))) FROM samples"


def test_what_is_held_is_of_one_moment_and_a_store_starts_from_it(store: Store, tmp_path: Path) -> None:
    client = store.client(database=DATABASE)
    client.command("INSERT INTO samples SELECT 7, number, now64(3), number / 3 FROM numbers(5000)")
    client.command("INSERT INTO series (client, sid, agent, asset, name, interval_s) SELECT 7, 1, 1, 1, 'm', 30")
    held = client.query(ROWS).result_rows
    copy = tmp_path / "store"
    with frozen_telemetry(store.path) as frozen:
        client.command("INSERT INTO samples SELECT 7, number, now64(3), number / 3 FROM numbers(5000)")
        client.command("OPTIMIZE TABLE samples FINAL")
        shutil.copytree(frozen.parts, copy)
        for path in frozen.beside:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(store.path / path, copy / path)
        for path, target in frozen.links:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).symlink_to(target)
        parts = frozen.parts
    assert not parts.exists()
    assert client.query(ROWS).result_rows != held
    with running_store(tmp_path) as again:
        found = again.client(database=DATABASE)
        assert found.query(ROWS).result_rows == held
        assert found.query("SELECT count() FROM series").result_rows == [(1,)]
        found.command("INSERT INTO samples SELECT 7, number, now64(3), 1 FROM numbers(10)")
        assert found.query("SELECT count() FROM samples_once").result_rows[0][0] == 5010


def test_what_a_killed_backup_held_goes_with_the_next_one(store: Store) -> None:
    left = store.path / "shadow" / "backupdead"
    (left / "store").mkdir(parents=True)
    with frozen_telemetry(store.path):
        assert not left.exists()
