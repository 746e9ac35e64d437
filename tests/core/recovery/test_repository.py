# SPDX-License-Identifier: Apache-2.0
import shutil
import stat
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path

import pytest

from steward.core.recovery.manifest import Entry, Manifest
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.repository import HEAD, open_repository
from steward.core.recovery.sealing import BackupKey, Damaged, WrongKey

KEY = BackupKey.of("ours")


def manifest(name: str, *pieces: tuple[str, int]) -> Manifest:
    now = datetime.now(UTC)
    files = (Entry("files/7/ab", (("abcd", sum(size for _, size in pieces)),), "abcd", tuple(pieces)),)
    return Manifest(name=name, reason="test", at=now, made_at=now, version="", ledger=None, telemetry=(), files=files)


def test_a_chunk_is_stored_once_and_nothing_is_open_to_others(tmp_path: Path) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    name, written = made.put(b"x" * 1000)
    assert written > 0
    assert made.put(b"x" * 1000) == (name, 0)
    assert made.get(name) == b"x" * 1000
    assert made.present() == {name}
    for each in (made.root, *made.root.rglob("*")):
        assert stat.S_IMODE(each.stat().st_mode) & 0o077 == 0 or each.name == HEAD


def test_without_a_manifest_there_is_no_backup(tmp_path: Path) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    piece = made.put(b"content")
    made.note_unfinished(manifest("unfinished", (piece[0], 7)))
    assert made.newest() is None
    assert made.unfinished() is not None
    made.finish(manifest("20261122T120000Z-test", (piece[0], 7)))
    assert made.names() == ["20261122T120000Z-test"]
    assert made.unfinished() is None


def test_other_keys_and_other_directories_are_refused_by_name(tmp_path: Path) -> None:
    open_repository(tmp_path / "backups", KEY, make=True)
    with pytest.raises(WrongKey, match="holds backups of other keys"):
        open_repository(tmp_path / "backups", BackupKey.of("theirs"), make=True)
    with pytest.raises(RecoveryRefused, match=f"give the directory that has {HEAD} in it"):
        open_repository(tmp_path, KEY, make=False)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecoveryRefused, match="can't be used for backups"):
        open_repository(tmp_path / "file" / "backups", KEY, make=True)


@pytest.mark.parametrize(
    "said",
    ['[]', '"format"', '{"format": "1"}', '{"format": 1, "proof": 7, "installation": "0123456789abcdef"}',
     '{"format": 1, "proof": "00", "installation": "x/../../elsewhere"}', '{"format": 1, "proof": "00", "installation": 7}'],
)  # fmt: skip
def test_what_somebody_else_wrote_over_the_head_is_no_directory_of_ours(tmp_path: Path, said: str) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    (made.root / HEAD).write_text(said)
    with pytest.raises(RecoveryRefused, match="holds no backups of Steward"):
        open_repository(made.root, KEY, make=True)


def test_what_somebody_else_laid_between_the_chunks_is_left_alone_and_stops_nothing(tmp_path: Path) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    old, _written = made.put(b"old")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("theirs")
    folder = made.root / "chunks" / old[:2]
    (folder / ("0" * 64)).mkdir()
    (folder / f"{old[:2]}{'1' * 62}").symlink_to(elsewhere)
    (folder / "notes.txt").write_text("theirs")
    (made.root / "chunks" / "zz").mkdir()
    (made.root / "chunks" / "zz" / old).write_text("theirs")
    assert made.present() == {old}
    assert made.forget(set()) > 0
    assert elsewhere.read_text() == "theirs"
    assert made.present() == set()


def test_a_name_of_the_installation_leads_the_file_of_keys_nowhere_else(tmp_path: Path) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    head = made.root / HEAD
    head.write_text(head.read_text().replace(made.installation, "x/../../elsewhere"))
    with pytest.raises(RecoveryRefused, match="holds no backups of Steward"):
        open_repository(made.root, KEY, make=False)


def test_a_directory_of_a_newer_steward_is_left_alone(tmp_path: Path) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    head = made.root / HEAD
    head.write_text(head.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(RecoveryRefused, match="a newer Steward wrote"):
        open_repository(made.root, KEY, make=True)


def test_forgetting_frees_what_nobody_else_needs_and_nothing_else(tmp_path: Path) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    shared, old, new = made.put(b"shared")[0], made.put(b"old")[0], made.put(b"new")[0]
    started = made.put(b"of one that was interrupted")[0]
    made.finish(manifest("20261120T120000Z-test", (shared, 6), (old, 3)))
    made.finish(manifest("20261121T120000Z-test", (shared, 6), (new, 3)))
    made.note_unfinished(manifest("unfinished", (started, 27)))
    with made.locked():
        freed = made.forget({"20261120T120000Z-test"})
    assert freed > 0
    assert made.present() == {shared, new, started}
    assert made.names() == ["20261121T120000Z-test"]


def test_two_do_not_write_at_once_and_drafts_of_a_killed_one_go(tmp_path: Path) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    left = made.root / "chunks" / "ab" / ".draft-1-aa"
    left.parent.mkdir()
    left.write_bytes(b"half")
    with (
        made.locked(),
        pytest.raises(RecoveryRefused, match="another backup is being made"),
        open_repository(made.root, KEY, make=True).locked(),
    ):
        pass
    assert not left.exists()


def test_a_full_disk_is_said_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 << 20, 99 << 20, 1 << 20))
    with pytest.raises(RecoveryRefused, match=r"no room for a backup at .* \(1 MB are free\): free some"):
        made.put(b"content")
    assert made.present() == set()


def test_a_lost_or_changed_chunk_is_damage(tmp_path: Path) -> None:
    made = open_repository(tmp_path / "backups", KEY, make=True)
    name, _ = made.put(b"content")
    path = made.root / "chunks" / name[:2] / name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(Damaged, match="was changed"):
        made.get(name)
    path.unlink()
    with pytest.raises(Damaged, match="can't be read"):
        made.get(name)
