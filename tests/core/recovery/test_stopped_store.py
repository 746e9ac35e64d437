# SPDX-License-Identifier: Apache-2.0
"""Before an upgrade the telemetry store does not run: what is taken from its folder then is enough for a store to start from."""

from pathlib import Path

from steward.core.recovery.process import _stopped_store
from steward.core.telemetry.migrate import migrate_telemetry
from steward.core.telemetry.store.policies import DATABASE
from steward.settings.env import Settings
from tests.fixtures.store import running_store

ROWS = "SELECT count(), toString(sum(cityHash64(*))) FROM samples"


def test_a_store_starts_from_what_was_taken_while_it_was_stopped(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    with running_store(old) as store:
        migrate_telemetry(store.place)
        client = store.client(database=DATABASE)
        client.command("INSERT INTO samples SELECT 7, number, now64(3), number / 3 FROM numbers(3000)")
        held = client.query(ROWS).result_rows
        store.stop()
    with _stopped_store(Settings(data_dir=old)) as stilled:
        for folder in stilled.folders:
            content = b"".join(folder.stream())
            for name, size in folder.members:
                (new / folder.path).mkdir(parents=True, exist_ok=True)
                (new / folder.path / name).write_bytes(content[:size])
                content = content[size:]
        for path, target in stilled.links:
            (new / "store" / path).parent.mkdir(parents=True, exist_ok=True)
            (new / "store" / path).symlink_to(target)
    with running_store(new) as store:
        assert store.client(database=DATABASE).query(ROWS).result_rows == held
        assert migrate_telemetry(store.place) == []
