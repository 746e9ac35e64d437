# SPDX-License-Identifier: Apache-2.0
"""steward-agent enroll | run | status | unenroll"""

import argparse
import os
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from steward_agent import __version__
from steward_agent.config import read_config
from steward_agent.enrolling import ask_status, enrol
from steward_agent.errors import AgentError
from steward_agent.identity import Enrolment, fingerprint, read_enrolment, read_key
from steward_agent.logs import log_to_stderr
from steward_agent.protocol.enrolment import AgentState
from steward_agent.report import Report, read_report
from steward_agent.runner import Runner, run_until_signal
from steward_agent.spool import Spool, files_aside
from steward_agent.state import DEFAULT_STATE_DIR, STATE_DIR_VARIABLE, Lock, StateDir, running, state_dir

TOKEN_VARIABLE = "STEWARD_AGENT_TOKEN"  # noqa: S105  the name of the variable, not a token
_ASK_EVERY_S = (2.0, 4.0)
_QUIET_ROUNDS = 4


def main(arguments: list[str] | None = None) -> int:
    """0 when it went well; 1 with one line on standard error; 2 for a wrong command line; 3 from `status` when unwell."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.command(given, state_dir(given.state_dir)))
    except AgentError as error:
        print(f"steward-agent: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--state-dir",
        metavar="DIR",
        help=f"where key and spool are kept (default: ${STATE_DIR_VARIABLE} or {DEFAULT_STATE_DIR})",
    )
    parser = argparse.ArgumentParser(prog="steward-agent", description="Watches this machine for a Steward server.")
    parser.add_argument("--version", action="version", version=f"steward-agent {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    enroll = commands.add_parser("enroll", parents=[common], help="make this machine known to a server")
    enroll.add_argument("url", metavar="URL", help="the address of the server, https://…")
    enroll.add_argument(
        "token",
        metavar="TOKEN",
        nargs="?",
        help=f"from the console; `-` reads it from standard input (default: ${TOKEN_VARIABLE})",
    )
    enroll.add_argument("--wait", action="store_true", help="until somebody has approved this machine in the console")
    enroll.set_defaults(command=_enroll)

    run = commands.add_parser("run", parents=[common], help="measure and deliver, in the foreground")
    run.add_argument(
        "--config", metavar="FILE", type=Path, help="a TOML file (default: /etc/steward-agent/agent.toml, if any)"
    )
    run.add_argument("--interval", metavar="SECONDS", type=_interval, help="instead of what the server's policy says")
    run.set_defaults(command=_run)

    status = commands.add_parser("status", parents=[common], help="how the agent is doing")
    status.add_argument("--json", action="store_true", help="for programs")
    status.set_defaults(command=_status)

    unenroll = commands.add_parser(
        "unenroll", parents=[common], help="forget the server: key, enrolment and spool are deleted"
    )
    unenroll.add_argument("--discard", action="store_true", help="even samples that were not delivered")
    unenroll.set_defaults(command=_unenroll)
    return parser


def _interval(text: str) -> int:
    seconds = int(text)
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("must be 1 to 3600 seconds")
    return seconds


def _enroll(given: argparse.Namespace, state: StateDir) -> int:
    enrolment = enrol(state, given.url, _token(given.token))
    print(f"Enrolled as agent {enrolment.agent_id} ({enrolment.agent_uid}), {enrolment.state.value}.")
    if enrolment.state is AgentState.PENDING:
        print("Somebody must approve it in the console before its measurements are taken.")
        print(f"Its public key is {fingerprint(read_key(state))}.")
        if given.wait:
            return _wait_for_approval(state, enrolment)
    return 0


def _token(given: str | None) -> str:
    text = sys.stdin.readline() if given == "-" else given or os.environ.get(TOKEN_VARIABLE, "")
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise AgentError(
            "no usable token", f"give it after the address, on standard input (`-`) or in {TOKEN_VARIABLE}"
        )
    if not 8 <= len(token) <= 256:
        raise AgentError("that is no token (8 to 256 characters)", "copy the whole of it from the console")
    return token


def _wait_for_approval(state: StateDir, enrolment: Enrolment) -> int:
    while True:
        told = ask_status(state, enrolment)
        if told.state is AgentState.APPROVED:
            print("Approved.")
            return 0
        if told.state is AgentState.REVOKED:
            raise AgentError("this machine was refused in the console", "ask whoever runs the server")
        time.sleep(random.uniform(*_ASK_EVERY_S))  # noqa: S311  spreads load, guards nothing


def _run(given: argparse.Namespace, state: StateDir) -> int:
    config = read_config(given.config)
    log_to_stderr(config.log_level)
    run_until_signal(Runner(state, config, given.interval))
    return 0


def _status(given: argparse.Namespace, state: StateDir) -> int:
    enrolment, report = read_enrolment(state), read_report(state)
    alive = running(state)
    trouble = _trouble(report, alive)
    aside = [path.name for path in files_aside(state.spool)]
    if given.json:
        document = {
            "enrolment": enrolment,
            "running": alive,
            "trouble": trouble,
            "report": report,
            "spools_aside": aside,
        }
        print(msgspec.json.encode(document).decode())
        return 3 if trouble else 0
    print(f"agent       {enrolment.agent_id} ({enrolment.agent_uid}) of {enrolment.url}")
    print(f"gateway     {enrolment.gateway_url}")
    print(f"public key  {fingerprint(read_key(state))}")
    print(f"running     {'yes' if alive else 'no'}")
    for line in _lines(report):
        print(line)
    for name in aside:
        print(f"set aside   {name}: see {name}.reason")
    print(f"health      {trouble or 'good'}")
    return 3 if trouble else 0


def _lines(report: Report | None) -> list[str]:
    if report is None:
        return []
    offset = "unknown" if report.clock_offset_s is None else f"{report.clock_offset_s:+.1f} s to the server's"
    lines = [
        f"interval    {report.interval} s",
        f"delivered   {report.delivered} samples since {_at(report.started_at)}, last {_at(report.delivered_at)}",
        f"waiting     {report.waiting} samples, {report.used_bytes} bytes",
        f"clock       {offset}",
    ]
    if report.checks:
        hanging = f", {report.hanging_checks} hang" if report.hanging_checks else ""
        lines.append(
            f"checks      {report.checks} assigned{hanging}; {report.results} results delivered, "
            f"{report.waiting_results} wait"
        )
    if report.dropped_results:
        lines.append(f"dropped     {report.dropped_results} results of checks: the spool reached its bound")
    if report.dropped:
        lines.append(f"dropped     {report.dropped} samples: the spool reached its bound")
    if report.set_aside:
        lines.append(f"refused     {report.set_aside} samples, last: {report.last_aside}")
    if report.gateway_aside:
        lines.append(f"put aside   by the gateway, last: {report.gateway_aside}")
    return lines


def _trouble(report: Report | None, alive: bool) -> str:
    """One line, empty when all is well."""
    if not alive:
        return "not running: start it with `steward-agent run` or `systemctl start steward-agent`"
    if report is None or time.time() * 1000 - report.at > _QUIET_ROUNDS * 1000 * max(report.interval, 5):
        return "no measurement lately: see its log"
    if report.spool_trouble:
        return f"the spool's disk refuses ({report.spool_trouble}): free some space"
    if report.delivery == "pending":
        return "pending: somebody must approve this machine in the console"
    if report.delivery not in ("", "done"):
        return f"not delivering ({report.delivery}: {report.message})"
    if report.failed_collectors:
        return f"collectors fail: {', '.join(report.failed_collectors)}; see the log"
    return ""


def _at(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds") if ms else "never"


def _unenroll(given: argparse.Namespace, state: StateDir) -> int:
    if not state.key.exists() and not state.enrolment.exists():
        raise AgentError(f"{state.path} is not enrolled", "there is nothing to do")
    lock = Lock(state)
    try:
        waiting = _undelivered(state)
        if waiting and not given.discard:
            raise AgentError(
                f"{waiting} samples are not delivered yet",
                "let `steward-agent run` deliver them, or add --discard",
            )
        # The key last: without it nothing of this can be tried again.
        for path in [state.enrolment, state.status, state.policy, *state.path.glob(f"{state.spool.name}*"), state.key]:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise AgentError(f"can't delete {error.filename} ({error.strerror})", "run as the user that enrolled") from None
    finally:
        lock.release()
    print("Forgotten here. Revoke the agent in the console as well.")
    return 0


def _undelivered(state: StateDir) -> int:
    if not state.spool.exists():
        return 0
    spool = Spool(state.spool)
    waiting = spool.state().waiting
    spool.close()
    return waiting


if __name__ == "__main__":
    sys.exit(main())
