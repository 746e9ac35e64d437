# SPDX-License-Identifier: Apache-2.0
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from steward.cli import preflight
from steward.cli.refusal import Refusal
from steward.cli.supervision import daemon
from steward.cli.supervision import session as session_module
from steward.cli.supervision.config import socket_path, write_config
from steward.cli.supervision.control import Control
from steward.cli.supervision.programs import Program, programs
from steward.cli.supervision.session import Session
from steward.settings.env import Settings
from tests.waiting import bar, eventually, pass_time


def parsed(settings: Settings) -> ServerOptions:
    """The configuration as the supervisor itself reads it."""
    preflight.prepare_directories(settings)
    options = ServerOptions()
    options.realize(args=["-c", str(write_config(settings, programs(settings)))])
    return options


def test_the_supervisor_reads_every_program_with_rotation_restarts_and_deadlines(settings: Settings) -> None:
    options = parsed(settings)
    groups = {group.name: group for group in options.process_group_configs}
    assert [each.name for each in sorted(groups.values())] == ["ground", "house"]
    every = [process for group in groups.values() for process in group.process_configs]
    assert sorted(each.name for each in every) == sorted(each.name for each in programs(settings))
    for each in every:
        assert each.autorestart is not False
        assert not each.autostart
        assert each.stdout_logfile_maxbytes == 10 * 1024**2
        assert each.stdout_logfile_backups == 5
        assert each.redirect_stderr
        assert each.stdout_logfile == str(settings.logs_dir / f"{each.name}.log")
    # Groups stop one after the other, so their deadlines add up.
    assert sum(max(each.stopwaitsecs for each in group.process_configs) for group in groups.values()) < 10


def test_postgres_is_stopped_fast_and_not_politely(settings: Settings) -> None:
    (postgres,) = [
        process
        for group in parsed(settings).process_group_configs
        for process in group.process_configs
        if process.name == "postgres"
    ]
    assert postgres.stopsignal.name == "SIGINT"


def test_a_path_with_spaces_and_quotes_survives(settings: Settings) -> None:
    odd = settings.model_copy(update={"data_dir": settings.data_dir.parent / "ours, 'quoted'"})
    options = parsed(odd)
    assert options.logfile == str(odd.logs_dir / "supervisor.log")


@pytest.mark.parametrize("sign", "%;#")
def test_a_path_the_supervisor_could_not_hold_is_refused(settings: Settings, sign: str) -> None:
    with pytest.raises(Refusal, match="has one of % ; # in it"):
        parsed(settings.model_copy(update={"data_dir": settings.data_dir.parent / f"50{sign}"}))


def test_the_configuration_is_no_place_for_secrets_and_its_socket_is_ours_alone(settings: Settings) -> None:
    options = parsed(settings.model_copy(update={"smtp_url": "smtp://u:canary@host"}))
    assert "canary" not in (preflight.run_dir(settings) / "supervisord.conf").read_text(encoding="utf-8")
    (server,) = options.server_configs
    assert server["chmod"] == 0o700
    assert stat.S_IMODE(Path(server["file"]).parent.stat().st_mode) & 0o022 == 0


def test_servers_elsewhere_take_the_place_of_the_embedded_ones(settings: Settings) -> None:
    elsewhere = settings.model_copy(
        update={"database_url": "postgresql://db/steward", "telemetry_url": "http://ch:8123"}
    )
    assert [each.name for each in programs(elsewhere)] == ["web", "live", "gateway", "worker", "agent"]
    assert [group.name for group in parsed(elsewhere).process_group_configs] == ["house"]


def test_a_supervisor_that_does_not_answer_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"does not answer .* is `steward up` running"):
        Control(tmp_path / "none.sock").states()
    assert not Control(tmp_path / "none.sock").answers()


def test_a_supervisor_whose_logs_can_not_be_written_runs_on(settings: Settings) -> None:
    preflight.prepare_directories(settings)
    talk = settings.data_dir / "talk.py"
    talk.write_text(
        "import time\nwhile True:\n    print('x' * 100, flush=True)\n    time.sleep(0.01)\n", encoding="utf-8"
    )
    config = write_config(settings, [Program("web", (sys.executable, str(talk)), "house")])
    for name in ("supervisor.log", "web.log"):
        (settings.logs_dir / name).symlink_to("/dev/full")
    with (
        Path("/dev/full").open("wb") as full,
        subprocess.Popen(
            [sys.executable, "-m", daemon.__name__, str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=full,
            env={**os.environ, daemon.UP: str(os.getpid())},
        ) as process,
    ):
        try:
            control = Control(socket_path(settings))
            eventually(control.answers, seconds=bar(10), what="it answers")
            control.start("house:web")
            eventually(lambda: control.states()["web"].state == "RUNNING", seconds=bar(10), what="web runs")
            pass_time(1, why="a hundred lines are refused meanwhile")
            assert process.poll() is None
            assert control.states()["web"].state == "RUNNING"
        finally:
            process.terminate()


def test_a_disk_that_fills_is_said_once_until_it_was_freed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    shares = iter([0.5, 0.91, 0.92, 0.4, 0.95])
    looks = iter([True] * 5 + [False])
    watched = Session(settings, lock=0, say=said.append)
    monkeypatch.setattr(session_module, "DISK_LOOK", 0.0)
    monkeypatch.setattr(session_module, "PULSE", 0.0)
    monkeypatch.setattr(session_module, "disk_share", lambda _: next(shares))
    monkeypatch.setattr(Session, "is_alive", lambda _: next(looks))
    watched.watch()
    assert [line.split(" is ")[1] for line in said] == ["91% full. Free some of it.", "95% full. Free some of it."]
