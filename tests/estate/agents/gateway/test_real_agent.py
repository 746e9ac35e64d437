# SPDX-License-Identifier: Apache-2.0
"""The real agent, as a process, against the real gateway, as a process, killed in the middle."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from steward_agent.identity import Enrolment, save_enrolment
from steward_agent.protocol.enrolment import AgentState
from steward_agent.report import Report, read_report
from steward_agent.state import StateDir, create_state_dir, write_private

from steward.core.telemetry.public import connect
from steward.core.tenancy.public import Client
from tests.fixtures.gateway import Machine, gateway_process, make_machine, stored_samples
from tests.fixtures.store import Store
from tests.waiting import bar

pytestmark = pytest.mark.django_db(transaction=True)
_LOADS = (
    "select distinct toUnixTimestamp64Milli(ts) from samples_once where client = {c:UInt32}"
    " and sid in (select sid from series where client = {c:UInt32} and name = 'load.1') order by 1"
)


def enrolled(machine: Machine, port: int, folder: Path) -> StateDir:
    """The state directory of `machine`, as if it had been enrolled."""
    state = StateDir(folder / "agent")
    create_state_dir(state)
    write_private(
        state.key, machine.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), replace=False
    )
    address = f"http://127.0.0.1:{port}"
    save_enrolment(state, Enrolment(address, address, machine.agent_id, "uid", AgentState.APPROVED, 1))
    return state


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, also when the block fails: else its end would be waited for in vain."""
    with log.open("wb") as said, subprocess.Popen(command, stderr=said) as process:
        try:
            yield process
        finally:
            process.kill()


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.1)


def loads(client: Client) -> list[int]:
    return [int(row[0]) for row in connect().query(_LOADS, parameters={"c": client.pk}).result_rows]


def report(state: StateDir) -> Report:
    return read_report(state) or Report()


def test_what_the_agent_saw_while_the_gateway_was_dead_is_stored_once(
    store: Store, acme: Client, tmp_path: Path
) -> None:
    with gateway_process(tmp_path) as gateway:
        gateway.start()
        state = enrolled(make_machine(acme), gateway.port, tmp_path)
        command = [sys.executable, "-m", "steward_agent", "run", "--state-dir", str(state.path), "--interval", "1"]
        with running(command, tmp_path / "agent.log") as agent:
            until(lambda: len(loads(acme)) >= 3, bar(30), "three rounds")
            gateway.kill()
            dead = time.time()
            until(lambda: report(state).delivery == "wait" and report(state).at / 1000 > dead + 5, bar(20), "an outage")
            gateway.start()
            until(
                lambda: report(state).delivered_at / 1000 > dead + 5 and report(state).waiting < 200,
                bar(60),
                "catch-up",
            )
            agent.terminate()
            assert agent.wait(bar(5)) == 0
        kept = report(state)
        stamps = loads(acme)
        between = {stamp for stamp in stamps if dead * 1000 <= stamp <= (dead + 5) * 1000}
        assert len(between) >= 3, "the gap was not filled"
        assert kept.dropped == kept.set_aside == 0
        assert stored_samples(acme.pk) >= kept.delivered
        assert stored_samples(acme.pk) <= kept.delivered + kept.waiting
        print(f"delivered {kept.delivered}, waiting {kept.waiting}, stored {stored_samples(acme.pk)}")
