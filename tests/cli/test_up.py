# SPDX-License-Identifier: Apache-2.0
"""`steward up` as a user meets it: the first start, the second, the end, an upgrade."""

import json
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, LiteralString

import httpx
import psutil
import psycopg
import pytest

from steward.cli import data_version
from steward.cli.supervision.programs import programs
from steward.core.recovery.process import newest_backup
from steward.core.rest.limits import WRONG_TOKEN
from steward.settings import ledger
from tests.fixtures.house import House, house, living
from tests.waiting import bar

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    """A house that was started once and runs."""
    with house() as made:
        took = made.start()
        print(f"first start {took:.1f} s")
        yield made


@pytest.fixture
def running(home: House) -> House:
    """The same, started again when an earlier test stopped it."""
    if home.process is None or home.process.poll() is not None:
        home.start()
    return home


def test_the_first_start_shows_its_progress_and_is_ready(running: House) -> None:
    for words in (
        "Preparing the database",
        "postgres  ready",
        "store     ready",
        "Bringing the databases",
        "web       ready",
    ):
        assert running.says(words)
    assert running.is_ready()
    assert running.get("/healthz") == 200


def test_every_program_runs_and_the_doctor_finds_nothing_wrong_with_them(running: House) -> None:
    states = running.control.states()
    assert {name: each.state for name, each in states.items()} == {
        each.name: "RUNNING" for each in programs(running.settings)
    }
    findings = {each["check"]: each["level"] for each in json.loads(running.run("doctor", "--json").stdout)}
    wrong = {check for check, level in findings.items() if level == "wrong"}
    assert wrong == set()


def test_the_workers_of_the_web_count_guesses_together(running: House) -> None:
    web = psutil.Process(running.pid("web"))
    assert len(web.children()) == 2
    begun, answers = time.monotonic(), []
    for _guess in range(3 * WRONG_TOKEN.burst):  # each over a connection of its own, for whichever worker takes it
        answer = httpx.get(
            f"http://127.0.0.1:{running.settings.port}/api/v1/me",
            headers={"Authorization": "Bearer stw_guess"},
            trust_env=False,
        )
        answers.append(answer.status_code)
    filled = (time.monotonic() - begun) * WRONG_TOKEN.per_second
    assert set(answers) == {401, 429}
    assert WRONG_TOKEN.burst <= answers.count(401) <= WRONG_TOKEN.burst + filled + 1


def test_without_a_terminal_the_password_waits_in_a_private_file_and_is_in_no_log(running: House) -> None:
    path = running.settings.data_dir / "first-password"
    email, password = path.read_text(encoding="utf-8").split()
    assert email == "owner@localhost"
    assert len(password) >= 12
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert running.says(f"the one-time password is in {path}")
    secrets = [
        each.read_text(encoding="utf-8").strip() for each in running.settings.secrets_dir.iterdir() if each.is_file()
    ]
    for log in running.settings.logs_dir.iterdir():
        said = log.read_text(encoding="utf-8", errors="replace")
        for secret in [password, *secrets]:
            assert secret not in said, log
    assert password not in "\n".join(running.lines)


def test_no_secret_stands_on_a_command_line_or_is_readable_by_others(running: House) -> None:
    secrets = {
        each.read_text(encoding="utf-8").strip() for each in running.settings.secrets_dir.iterdir() if each.is_file()
    }
    lines = [" ".join(each.cmdline()) for each in living(running.everybody())]
    assert len(lines) > 8
    assert not [line for line in lines for secret in secrets if secret in line]


def test_this_hosts_agent_is_enrolled_and_its_token_is_gone(running: House) -> None:
    assert (running.settings.data_dir / "agent" / "enrolment.json").exists()
    assert not (running.settings.data_dir / "run" / "host-token").exists()


def test_a_second_up_is_refused_while_the_first_goes_on(running: House) -> None:
    done = running.run("up")
    assert done.returncode == 1
    assert f"already runs on {running.settings.data_dir} (process {running.pid('up')})" in done.stderr
    assert running.is_ready()


def test_an_account_gets_a_new_one_time_password_from_the_command_line(running: House) -> None:
    before = (running.settings.data_dir / "first-password").read_text(encoding="utf-8")
    done = running.run("account", "reset", "owner@localhost", "--second-factor")
    assert done.returncode == 0, done.stderr
    after = (running.settings.data_dir / "first-password").read_text(encoding="utf-8")
    assert after != before
    assert after.split()[1] not in done.stdout
    refused = running.run("account", "reset", "nobody@localhost")
    assert (refused.returncode, refused.stderr) == (
        1,
        "steward: there is no account with the address nobody@localhost: look at its spelling.\n",
    )


def test_the_audit_verifies_from_the_command_line(running: House) -> None:
    done = running.run("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing was changed." in done.stdout


def test_it_stops_in_order_within_ten_seconds_and_starts_again_within_ten(running: House) -> None:
    processes = running.everybody()
    stopping = running.stop()
    assert running.process is not None
    assert running.process.returncode == 0
    assert stopping < bar(10)
    assert not living(processes)
    starting = running.start(seconds=60)
    print(f"stop {stopping:.1f} s, second start {starting:.1f} s")
    assert starting < bar(10)
    assert not running.says("Preparing")
    assert not running.says("Bringing")


def test_before_it_upgrades_it_backs_up_and_afterwards_it_makes_what_the_new_version_begins_with(
    running: House,
) -> None:
    as_admin(running, "truncate sla_slapolicy cascade")  # as it was before there were policies
    running.stop()
    ours = data_version.this_version()
    older = replace(ours, steward="0.0.9", schema="0" * 16, begun="done")
    data_version.write(running.settings.data_dir, older)
    running.start(seconds=60)
    assert running.says("Steward 0.0.9 wrote here last; a backup is made")
    made = newest_backup(running.settings)
    assert made is not None
    assert made.reason == "upgrade"
    assert "steward 0.0.9" in made.version
    assert made.ledger is not None
    assert any(name == "count.txt" for entry in made.telemetry for name, _ in entry.members)
    assert data_version.read(running.settings.data_dir) == replace(ours, begun="done")
    assert as_admin(running, "select name from sla_slapolicy") == [("Standard",)]


def as_admin(house: House, statement: LiteralString) -> list[tuple[Any, ...]]:
    """Run one statement in a running house's database; the rows it answers."""
    cluster = ledger.find_cluster(house.settings.data_dir)
    with psycopg.connect(cluster.dsn(role="admin"), autocommit=True) as admin:
        found = admin.execute(statement)
        return found.fetchall() if found.description else []


def test_without_room_for_a_backup_nothing_is_upgraded(running: House) -> None:
    running.stop()
    ours = data_version.this_version()
    older = replace(ours, schema="0" * 16, begun="done")
    data_version.write(running.settings.data_dir, older)
    backups = running.settings.data_dir / "backups"
    backups.rename(backups.with_name("kept"))
    backups.write_text("in the way", encoding="utf-8")
    try:
        done = running.run("up")
    finally:
        backups.unlink()
        backups.with_name("kept").rename(backups)
    assert done.returncode == 1
    assert data_version.read(running.settings.data_dir) == older
    assert (running.settings.data_dir / "postgres-18").exists()
