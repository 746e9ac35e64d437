# SPDX-License-Identifier: Apache-2.0
"""The agent as a process: the grid, gaps filled after an outage, killed at any time, ended within two seconds."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.collectors.metrics import METRICS
from steward_agent.runner import grid_stamp, phase_s
from steward_agent.spool import Spool

from tests.agent.memory_gateway import Trouble, until
from tests.waiting import bar, pass_time

# Told to end while its main thread holds the lock of an event, which every round does for a moment.
TOLD_IN_THE_MIDDLE = """
import os, signal, sys, threading
from steward_agent.cli import main
notify_all, started = threading.Condition.notify_all, threading.Event.set
def told(event):
    if threading.get_ident() == threading.main_thread().ident and signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        threading.Condition.notify_all = in_the_middle
    started(event)
def in_the_middle(condition):
    threading.Condition.notify_all = notify_all
    threading.Event.set = started
    os.kill(os.getpid(), signal.SIGTERM)
    notify_all(condition)
threading.Event.set = told
sys.exit(main())
"""


class Agent:
    """`steward-agent run` as a child process; its log is kept."""

    def __init__(self, state, interval=1, program=("-m", "steward_agent"), config=None):
        self.log = state.path / "log.txt"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    *program,
                    "run",
                    "--state-dir",
                    str(state.path),
                    "--interval",
                    str(interval),
                    *(("--config", str(config)) if config is not None else ()),
                ],
                stderr=log,
            )

    def end(self, number=signal.SIGTERM) -> float:
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(10)
        return time.monotonic() - started

    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def agents(state):
    running = []

    def begin(interval=1, **given):
        running.append(Agent(state, interval, **given))
        return running[-1]

    yield begin
    for agent in running:
        if agent.process.poll() is None:
            agent.process.kill()
            agent.process.wait()


@settings(deadline=None)
@given(st.floats(0, 4e9), st.integers(1, 3600))
def test_stamps_lie_on_the_grid_at_or_before_now(now, interval):
    stamp = grid_stamp(now, interval)
    assert stamp % (interval * 1000) == 0
    assert 0 <= now * 1000 - stamp < interval * 1000 + 1e-3 * now


def test_neighbouring_agents_do_not_send_in_step():
    phases = sorted(phase_s(agent, 30) for agent in range(1, 1001))
    assert 0 <= phases[0] < 0.1
    assert 4.9 < phases[-1] <= 5
    assert max(later - earlier for earlier, later in pairwise(phases)) < 0.05


def test_a_running_agent_delivers_this_machines_values_on_the_grid(gateway, enrolment, agents):
    agent = agents()
    until(lambda: len(gateway.values("cpu.used_percent")) >= 3, 15, "three processor readings")
    assert all(ts % 1000 == 0 for _, _, ts in gateway.stored)
    names = {key[0] for _, key, _ in gateway.stored}
    assert names <= set(METRICS)
    assert {"load.1", "memory.used_percent", "fs.used_percent", "agent.spool_samples", "agent.memory_bytes"} <= names
    assert all(0 <= value <= 100 for value in gateway.values("cpu.used_percent").values())
    assert max(gateway.values("memory.used_bytes")) / 1000 == pytest.approx(time.time(), abs=10)
    until(lambda: gateway.inventories, what="an inventory")
    assert gateway.inventories[0].os.family == "linux"
    assert agent.end() < 2
    assert agent.process.returncode == 0


def test_an_agent_told_to_end_in_the_middle_of_anything_ends(gateway, enrolment, agents):
    agent = agents(program=("-c", TOLD_IN_THE_MIDDLE))
    assert agent.process.wait(bar(10)) == 0
    assert agent.lines()[-1]["event"] == "stopped"


def test_a_minute_without_a_gateway_leaves_no_gap(gateway, enrolment, agents):
    agents()
    until(lambda: len(gateway.values("load.1")) >= 2, 15, "two rounds")
    gateway.stop()
    stopped = time.time()
    until(lambda: time.time() > stopped + 5, 10)
    gateway.start()
    until(lambda: max(gateway.values("load.1")) / 1000 > stopped + 6, 30, "a round after the outage")
    until(lambda: _gaps(gateway) == [], 30, "the gap filled")
    assert gateway.repeats <= 1


def _gaps(gateway) -> list[int]:
    stamps = sorted(gateway.values("load.1"))
    # A busy machine may let a second pass between two rounds of one; several in a row it may not.
    return [later - earlier for earlier, later in pairwise(stamps) if later - earlier > 2000]


def test_killed_at_random_the_agent_loses_and_doubles_nothing_it_kept(gateway, enrolment, agents, state):
    seed = int(os.environ.get("STEWARD_TEST_SEED", random.SystemRandom().randrange(2**32)))
    rng = random.Random(seed)
    for _ in range(4):
        gateway.troubles.append(Trouble("/v1/samples", cut_after_work=True))
        before = len(gateway.requests)
        agent = agents()
        until(lambda before=before: len(gateway.requests) > before + 2, 15, "requests")
        time.sleep(rng.random())
        agent.end(signal.SIGKILL)
    gateway.troubles.clear()
    kept = Spool(state.spool)
    waiting = kept.state().waiting
    kept.close()
    agent = agents()
    until(lambda: json.loads(state.status.read_text())["delivered"] > waiting, 30, "the rest")
    agent.end()
    names = {}
    for batch in gateway.batches:
        assert names.setdefault((batch.boot_id, batch.sequence), batch.samples) == batch.samples
    sent = {(key, ts) for samples in names.values() for key, ts, _ in samples}
    assert {(key, ts) for _, key, ts in gateway.stored} == sent
    assert sum(len(samples) for samples in names.values()) == len(sent)
    print(f"{len(gateway.batches)} batches, {gateway.repeats} repeated, {len(sent)} samples, seed {seed}")


def test_a_term_while_the_server_hangs_ends_in_time_and_keeps_the_batch(gateway, enrolment, agents, state):
    agent = agents()
    until(lambda: gateway.stored, 15, "samples")
    with gateway.lock:
        before = len(gateway.requests)
        pass_time(2.5, why="the agent is asked to stop in the middle of a call that hangs")
        took = agent.end()
        assert len(gateway.requests) == before
    assert took < 2
    assert agent.process.returncode == 0
    spool = Spool(state.spool)
    assert spool.reason_aside == ""
    assert spool.state().waiting > 0
    spool.close()


def test_a_term_right_at_the_start_ends_cleanly(gateway, enrolment, agents, state):
    for delay in (0.6, 0.8, 1.0):
        agent = agents()
        time.sleep(delay)
        agent.end()
        assert agent.process.returncode in (0, -signal.SIGTERM)
    spool = Spool(state.spool)
    assert spool.reason_aside == ""
    spool.close()


def test_a_restart_within_one_interval_gives_no_second_value_at_one_time(gateway, enrolment, agents, state):
    for start in (1, 2):
        agent = agents(3600)
        until(lambda start=start: gateway.paths().count("/v1/policy") == start, 15, "a start")
        until(lambda: gateway.stored and json.loads(state.status.read_text())["waiting"] == 0, 15, "delivery")
        agent.end()
    assert len(gateway.values("load.1")) == 1
    assert gateway.repeats == 0


def test_only_one_agent_runs_in_a_directory(gateway, enrolment, agents, state):
    first = agents()
    until(lambda: gateway.stored, 15, "samples")
    second = agents()
    assert second.process.wait(10) == 1
    assert f"pid {first.process.pid}" in first.log.read_text()


def test_a_clock_that_is_off_is_reported_and_not_corrected(gateway, enrolment, agents, state):
    gateway.clock_shift_s = 500
    agents()
    until(lambda: len(gateway.values("agent.clock_offset_seconds")) >= 2, 15, "the offset")
    assert list(gateway.values("agent.clock_offset_seconds").values())[-1] == pytest.approx(500, abs=1.5)
    assert max(gateway.values("load.1")) / 1000 == pytest.approx(time.time(), abs=10)


def test_the_policys_interval_is_followed(gateway, enrolment, state):
    gateway.policy = type(gateway.policy)(interval=2)
    command = [sys.executable, "-m", "steward_agent", "run", "--state-dir", str(state.path)]
    with (state.path / "log.txt").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            until(lambda: len(gateway.values("load.1")) >= 3, bar(40), "rounds of two seconds")
            process.terminate()
            assert process.wait(bar(5)) == 0
        finally:
            process.kill()
    stamps = sorted(gateway.values("load.1"))
    assert all(stamp % 2000 == 0 for stamp in stamps[-2:])


def test_the_log_is_lines_of_json_without_secrets(gateway, enrolment, agents, state):
    agent = agents()
    until(lambda: gateway.inventories, 15, "an inventory")
    gateway.troubles.append(Trouble("*", 500, b"oops"))
    until(lambda: any(line["event"] == "delivery" and line["level"] == "warning" for line in agent.lines()), 15)
    agent.end()
    lines = agent.lines()
    assert {"started", "stopped"} <= {line["event"] for line in lines}
    text = agent.log.read_text()
    secret = "".join(state.key.read_text().splitlines()[1:-1])
    assert secret not in text
    assert "Signature" not in text
