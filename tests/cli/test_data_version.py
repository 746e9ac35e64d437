# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path

import pytest

from steward.cli import data_version
from steward.cli.refusal import Refusal
from steward.settings.env import Settings
from tests.cli.conftest import Run


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    ours = replace(data_version.this_version(), begun="done")
    data_version.write(tmp_path, ours)
    assert data_version.read(tmp_path) == ours
    assert (tmp_path / "VERSION").read_text(encoding="utf-8").startswith("steward 0.")


def test_a_fresh_directory_has_none(tmp_path: Path) -> None:
    assert data_version.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "steward\n", "steward 0.1.0\n", "what is this"])
def test_a_damaged_file_is_refused_and_not_taken_for_a_fresh_directory(tmp_path: Path, text: str) -> None:
    (tmp_path / "VERSION").write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match="VERSION is damaged: restore it"):
        data_version.read(tmp_path)


@pytest.mark.parametrize(
    ("part", "newer", "named"),
    [
        ("steward", "99.0.0", "Steward 99.0.0"),
        ("postgresql", "18.99", "PostgreSQL 18.99"),
        ("chdb", "99.0", "chDB 99.0"),
    ],
)
def test_up_refuses_a_newer_data_directory_with_one_line_and_starts_nothing(
    steward: Run, settings: Settings, part: str, newer: str, named: str
) -> None:
    settings.data_dir.mkdir(mode=0o711)
    data_version.write(settings.data_dir, replace(data_version.this_version(), **{part: newer}))
    done = steward("up")
    assert done.returncode == 1
    assert f"was written by {named}" in done.stderr
    assert "restore a backup" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (settings.data_dir / "postgres-18").exists()


def test_another_major_version_of_postgresql_is_refused(tmp_path: Path) -> None:
    older = replace(data_version.this_version(), postgresql="16.14")
    with pytest.raises(Refusal, match=r"holds PostgreSQL 16\.14"):
        data_version.refuse_newer(older, data_version.this_version(), tmp_path)


def test_an_older_one_is_taken(tmp_path: Path) -> None:
    older = replace(data_version.this_version(), steward="0.0.9", postgresql="18.0", chdb="4.0.0")
    data_version.refuse_newer(older, data_version.this_version(), tmp_path)


def test_versions_are_compared_as_numbers(tmp_path: Path) -> None:
    ours = replace(data_version.this_version(), steward="0.10.0")
    data_version.refuse_newer(replace(ours, steward="0.9.0"), ours, tmp_path)
    with pytest.raises(Refusal):
        data_version.refuse_newer(ours, replace(ours, steward="0.9.0"), tmp_path)


def test_the_fingerprint_changes_with_any_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "room" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_initial.py").write_text("a = 1\n", encoding="utf-8")
    monkeypatch.setattr(data_version, "PACKAGE", tmp_path)
    before = data_version.this_version().schema
    (folder / "0001_policies.sql").write_text("select 1;\n", encoding="utf-8")
    assert data_version.this_version().schema != before
