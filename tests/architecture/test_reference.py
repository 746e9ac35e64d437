# SPDX-License-Identifier: Apache-2.0
"""Rule 12: each setting, command, event, permission, job, route and metric has its entry in the docs, as the code has it."""

import subprocess
import sys
from pathlib import Path

import pytest

from steward.cli.reference import pages
from steward.cli.reference.notice import notice
from tests.architecture.checks.sources import ROOT

REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as the command makes them, in a process that no test has declared its own events and jobs in."""
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run(
        [sys.executable, "-m", "steward.cli.main", "reference", "--folder", str(folder)],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.mark.parametrize("name", sorted(pages.PAGES))
def test_the_reference_is_what_the_code_says(made: Path, name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == (made / name).read_text(encoding="utf-8"), (
        "run `.venv/bin/steward reference`"
    )


def test_every_entry_says_something(made: Path) -> None:
    for page in made.glob("*.md"):
        for row in page.read_text(encoding="utf-8").splitlines():
            if row.startswith("| `"):
                said = row.split("|")[3 if page.name == "settings.md" else 2]
                assert said.strip(), f"{page.name}: {row}"


def test_a_new_setting_would_be_missed_by_the_committed_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pages.COMMANDS, "newcommand", pages.COMMANDS["up"])
    assert (REFERENCE / "commands.md").read_text(encoding="utf-8") != pages.commands_page()


def test_every_work_we_stand_on_is_named_with_its_licence() -> None:
    assert (ROOT / "NOTICE").read_text(encoding="utf-8") == notice(ROOT), "run `.venv/bin/steward reference`"
