# SPDX-License-Identifier: Apache-2.0
"""`steward backup` and its further words, on the ledger of the tests; the telemetry is left out, as with a server elsewhere."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from steward.cli.commands.backup import app
from steward.cli.refusal import Refusal
from steward.core.recovery import keys_apart
from steward.core.recovery.process import backup_key, open_repository, recovery_key_file
from steward.core.recovery.public import Backup
from steward.settings.env import get_settings

# The keys and the note of the last backup lie in the data directory, which the workers of a run share: one after the other.
pytestmark = pytest.mark.django_db(transaction=True)

HANDED_OVER, RECIPIENT = "recovery-key-of-the-command", "recovery-recipient-of-the-command"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("STEWARD_TELEMETRY_URL", "http://u:p@127.0.0.1:1/steward")
    get_settings.cache_clear()
    # Whoever calls every page calls for backups and keys too, meanwhile and in the same directory.
    monkeypatch.setattr(keys_apart, "RECIPIENT", RECIPIENT)
    monkeypatch.setattr(keys_apart, "HANDED_OVER", HANDED_OVER)
    left = [name for name in (HANDED_OVER, f"secrets/{RECIPIENT}") if (get_settings().data_dir / name).exists()]
    assert not left, "of another test"
    yield tmp_path / "backups"
    monkeypatch.undo()
    get_settings.cache_clear()
    for name in (HANDED_OVER, "last-backup.json", f"secrets/{RECIPIENT}"):
        (get_settings().data_dir / name).unlink(missing_ok=True)
    shutil.rmtree(get_settings().data_dir / "backup-keys", ignore_errors=True)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), prog_name="steward backup")


def refused(*words: str) -> str:
    done = run(*words)
    assert isinstance(done.exception, Refusal)
    return str(done.exception)


def test_a_backup_is_made_listed_read_back_and_forgotten(place: Path) -> None:
    to = ["--to", str(place)]
    assert "no backups of Steward" in refused("list", *to)
    made = run(*to, "--keys-to", str(place.parent / "keys"))
    assert made.exit_code == 0, made.output
    assert f"keys    {place.parent / 'keys'}" in made.output
    key = recovery_key_file(get_settings())
    assert f"The recovery key is in {key}" in made.output, sorted(each.name for each in key.parent.glob("*recover*"))
    assert key.read_text().strip() not in made.output
    [row] = Backup.objects.all()
    assert (row.state, row.reason, row.destination) == ("done", "command", str(place))
    assert row.name in run("list", *to).output
    assert "pieces are what was stored" in run("verify", *to).output
    assert "is the only backup" in refused("forget", row.name, *to)
    assert run(*to).exit_code == 0
    assert "MB came free" in run("forget", row.name, *to).output
    assert "there is no backup" in refused("forget", row.name, *to)
    assert len(open_repository(place, backup_key(get_settings()), make=False).names()) == 1


def test_a_damaged_backup_is_said_and_ends_with_one(place: Path) -> None:
    to = ["--to", str(place)]
    run(*to)
    next((place / "chunks").glob("*/*")).write_bytes(b"something else")
    done = run("verify", *to)
    assert done.exit_code == 1
    assert "1 of " in done.output
    assert "Back up again, then verify." in done.output


def test_a_place_that_can_not_be_used_is_refused_and_noted(place: Path) -> None:
    place.write_text("in the way", encoding="utf-8")
    assert "can't be used for backups" in refused("--to", str(place))
    assert [row.state for row in Backup.objects.all()] == ["failed"]


def test_a_new_recovery_key_opens_the_keys_from_the_next_backup_on(place: Path) -> None:
    run("--to", str(place))
    before = recovery_key_file(get_settings()).read_text()
    assert run("recovery-key").exit_code == 0
    assert recovery_key_file(get_settings()).read_text() != before
