# SPDX-License-Identifier: Apache-2.0
"""`steward sla`: a clock checked by hand, and all that are kept."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, SaidHere
from tests.promises.sla.documents import example


@pytest.fixture
def ticket(tmp_path: Path) -> Path:
    path = tmp_path / "ticket.json"
    path.write_text(json.dumps(example()))
    return path


def test_it_prints_json(steward: Run, ticket: Path) -> None:
    done = steward("sla", "explain", "--json", str(ticket))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["resolution"]["breached_at"] == "2026-03-31T06:20:00Z"


def test_it_prints_a_timeline(steward: Run, ticket: Path) -> None:
    lines = steward("sla", "explain", str(ticket)).stdout.splitlines()
    assert lines[0] == "response: met (P3): 0 s of 4 h 00 min used, 4 h 00 min left"
    assert "  due      2026-03-31T06:20:00Z" in lines
    assert "    2026-03-30T10:00:00Z  2026-03-30T11:00:00Z  excluded:force_majeure" in lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "steward: {} is no JSON document: Expecting property name enclosed in double quotes in line 1."),
        ("[]", "steward: document: must be an object"),
        ('{"now": 1, "now": 2}', "steward: now: is given twice"),
        ("[" * 100_000, "steward: {} is no JSON document."),
        ("1" * 10_000, "steward: {} is no JSON document."),
        ('"\\ud800"', "steward: document: must be an object"),
    ],
)
def test_bad_input_ends_with_2_and_one_line(said_here: SaidHere, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    done = said_here("sla", "explain", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == said.replace("{}", str(path)) + "\n"


def test_a_fault_in_the_document_names_its_path(said_here: SaidHere, tmp_path: Path) -> None:
    document = example()
    document["events"][3]["status"] = "x" * 300
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(document))
    done = said_here("sla", "explain", str(path))
    assert (done.returncode, done.stderr) == (2, "steward: events[3].status: between 1 and 200 characters\n")


def test_a_file_that_is_not_there_is_named(steward: Run, tmp_path: Path) -> None:
    done = steward("sla", "explain", str(tmp_path / "gone.json"))
    assert (done.returncode, done.stderr) == (
        2,
        f"steward: {tmp_path}/gone.json can't be read: No such file or directory.\n",
    )
