# SPDX-License-Identifier: Apache-2.0
"""The supervisor's configuration, written anew at every start."""

import os
import resource
import shlex
from collections.abc import Sequence
from pathlib import Path

from steward.cli.preflight import run_dir
from steward.cli.supervision.programs import Program, named
from steward.settings.env import Settings

LOG_BYTES = "10MB"
LOG_BACKUPS = 5
DESCRIPTORS = 8192  # the gateway keeps one per agent
FOR_EVER = 1_000_000  # the supervisor waits one second more after each failed start


def socket_path(settings: Settings) -> Path:
    """Where the supervisor listens for us."""
    return settings.runtime_dir / "supervisor.sock"


def write_config(settings: Settings, programs: Sequence[Program]) -> Path:
    """Write `run/supervisord.conf` and return its path. It holds no secret."""
    path = run_dir(settings) / "supervisord.conf"
    path.write_text(_text(settings, programs), encoding="utf-8")
    return path


def _text(settings: Settings, programs: Sequence[Program]) -> str:
    sections = [
        _section(
            "supervisord",
            nodaemon="true",
            silent="true",
            logfile=settings.logs_dir / "supervisor.log",
            logfile_maxbytes=LOG_BYTES,
            logfile_backups=LOG_BACKUPS,
            pidfile=run_dir(settings) / "supervisor.pid",
            childlogdir=settings.logs_dir,
            minfds=min(DESCRIPTORS, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
            umask="077",
            **({"user": "root"} if os.geteuid() == 0 else {}),
        ),
        _section("unix_http_server", file=socket_path(settings), chmod="0700"),
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
        # Groups are stopped one after the other, the highest number first; the programs of one together.
        _section("group:ground", programs=",".join(each.name for each in named(programs, "ground")), priority=100)
        if named(programs, "ground")
        else "",
        _section("group:house", programs=",".join(each.name for each in named(programs, "house")), priority=200),
        *[_program(settings, each) for each in programs],
    ]
    return "\n".join(sections)


def _program(settings: Settings, program: Program) -> str:
    return _section(
        f"program:{program.name}",
        command=shlex.join(program.command),
        directory="/",
        autostart="false",
        autorestart="true",
        startsecs=1,
        startretries=FOR_EVER,
        stopsignal=program.stop_signal,
        stopwaitsecs=program.stop_seconds,
        stopasgroup="false",
        killasgroup="true",
        redirect_stderr="true",
        stdout_logfile=settings.logs_dir / f"{program.name}.log",
        stdout_logfile_maxbytes=LOG_BYTES,
        stdout_logfile_backups=LOG_BACKUPS,
    )


def _section(name: str, **options: object) -> str:
    lines = [f"{key}={value}" for key, value in options.items()]
    return "\n".join([f"[{name}]", *lines, ""])
