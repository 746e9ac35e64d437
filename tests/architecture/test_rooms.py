# SPDX-License-Identifier: Apache-2.0
"""Jobs and events carry references, tests mirror the paths, times know their zone, warnings are errors; each check turns red on a break."""

import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from steward.core.events.public import event_names, load_type
from steward.core.jobs.public import declared_jobs
from steward.settings.rooms import ROOMS
from tests.architecture.checks import jobs, mirrors
from tests.architecture.checks.findings import assert_none
from tests.architecture.checks.sources import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_jobs_and_events_carry_references_and_no_secrets() -> None:
    # What this one job delivers are the fields of an event, and those are looked at as such. Tests declare some of their own.
    work = {name: each.function for name, each in declared_jobs().items() if name != "events.deliver"}
    called = {name: jobs.taken(each) for name, each in work.items() if each.__module__.startswith("steward.")}
    types = {name: load_type(name) for name in event_names()}
    told = {name: jobs.held(each) for name, each in types.items() if each.__module__.startswith("steward.")}
    assert called
    assert told
    assert_none(jobs.unfit(called | told))


def test_a_job_and_an_event_that_carry_a_secret_or_a_record_are_found() -> None:
    class Ticket: ...

    def send(*, ticket: UUID, smtp_password: str) -> None: ...
    def close(*, ticket: Ticket) -> None: ...
    def fine(*, ticket: UUID, count: int, reason: "str | None") -> None: ...

    @dataclass
    class Opened:
        ticket: UUID
        reset_token: str

    assert len(jobs.unfit({"a.send": jobs.taken(send)})) == 1
    assert len(jobs.unfit({"a.close": jobs.taken(close)})) == 1
    assert jobs.unfit({"a.fine": jobs.taken(fine)}) == []
    assert len(jobs.unfit({"a.opened": jobs.held(Opened)})) == 1


def test_tests_mirror_the_paths() -> None:
    assert_none(mirrors.astray(ROOT / "tests", ROOT / "src" / "steward"))
    assert_none(mirrors.untested([*ROOMS, *mirrors.ROWLESS], ROOT / "tests"))


def test_tests_that_lie_astray_and_rooms_without_any_are_found(tmp_path: Path) -> None:
    (tmp_path / "tests" / "core" / "nowhere").mkdir(parents=True)
    (tmp_path / "src" / "core" / "audit").mkdir(parents=True)
    assert len(mirrors.astray(tmp_path / "tests", tmp_path / "src")) == 1
    assert len(mirrors.untested(["steward.core.audit"], tmp_path / "tests")) == 1


def test_warnings_are_errors() -> None:
    assert PROJECT["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now()",
        "datetime.utcnow()",
        "datetime.fromtimestamp(0)",
        "datetime(2026, 3, 1)",
        "datetime.today()",
    ],
)
def test_a_time_without_a_zone_turns_the_lint_red(line: str) -> None:
    source = f"# SPDX-License-Identifier: Apache-2.0\nfrom datetime import datetime\n\nAT = {line}\n"
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ruff")), "check", "--stdin-filename", "src/steward/core/audit/at.py", "-"],
        input=source,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "DTZ" in done.stdout
