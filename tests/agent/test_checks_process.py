# SPDX-License-Identifier: Apache-2.0
"""The agent as a process with checks: through outages and kills, beside peers that hang, within its memory."""

import json
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest
from steward_agent.checks.registry import capabilities
from steward_agent.protocol.policy import AssignedCheck, Policy

from tests.agent.checks.certificates import authority
from tests.agent.checks.peers import answering, drip, endless, garbage, peer, silent
from tests.agent.memory_gateway import until
from tests.agent.test_runner import Agent

MEMORY = 60 * 1024 * 1024


@pytest.fixture
def agents(state):
    running = []

    def begin(interval=1):
        running.append(Agent(state, interval))
        return running[-1]

    yield begin
    for agent in running:
        if agent.process.poll() is None:
            agent.process.kill()
            agent.process.wait()


def http(check, other, interval=1, timeout=1.0, **config):
    return AssignedCheck(check, "http", interval, timeout, {"url": f"http://127.0.0.1:{other.port}/", **config})


def results(gateway, check):
    return sorted((one for one in gateway.results.values() if one.check == check), key=lambda one: one.at)


def test_a_fault_on_a_real_site_arrives_as_samples_and_as_a_reason(gateway, enrolment, agents):
    status = ["200 OK"]

    def site(line):
        answering(b"hello", status[0])(line)

    with peer(site) as other:
        gateway.policy = Policy(interval=1, checks=[http("c-1", other)])
        agents()
        until(lambda: results(gateway, "c-1"), 15, "a result")
        assert results(gateway, "c-1")[0].verdict == "ok"
        status[0] = "503 Service Unavailable"
        until(lambda: results(gateway, "c-1")[-1].verdict == "failing", 15, "the fault")
        seen = results(gateway, "c-1")[-1]
        assert (seen.reason, seen.parameters) == ("unexpected_status", {"status": 503, "expected": "200-299"})
        until(lambda: gateway.values("check.verdict").get(seen.at) == 1, 10, "the sample")
        assert gateway.values("check.http.status")[seen.at] == 503
        assert ("check.verdict", (("check", "c-1"),)) in {key for _, key, _ in gateway.stored}


def test_what_an_agent_can_observe_is_announced_at_enrolment_and_in_the_inventory(gateway, enrolment, agents):
    assert gateway.announced[enrolment.agent_id] == capabilities()
    agents()
    until(lambda: gateway.inventories, 15, "an inventory")
    assert gateway.inventories[0].checks == capabilities()


def test_peers_that_hang_drip_and_flood_leave_no_gap_in_the_samples_and_no_mark_in_memory(gateway, enrolment, agents):
    with peer(silent) as one, peer(drip) as two, peer(endless) as three, peer(garbage) as four:
        hostile = [
            http(f"{name}{n}", other, timeout=1.0, body_contains="never", max_body_bytes=512 * 1024)
            for name, other in (("silent", one), ("drip", two), ("endless", three), ("garbage", four))
            for n in range(5)
        ]
        gateway.policy = Policy(interval=1, checks=hostile)
        agents()
        until(lambda: len({one.check for one in gateway.results.values()}) == len(hostile), 30, "all results")
        until(lambda: len(gateway.values("load.1")) >= 12, 30, "rounds")
    stamps = sorted(gateway.values("load.1"))
    # A busy machine may let a second pass between two rounds of one; several in a row it may not.
    assert [later - earlier for earlier, later in pairwise(stamps) if later - earlier > 2000] == []
    assert "ok" not in {one.verdict for one in gateway.results.values()}
    most = max(gateway.values("agent.memory_bytes").values())
    print(f"{len(gateway.results)} results, at most {most / 1e6:.1f} MB resident")
    assert most < MEMORY


def test_results_of_an_outage_arrive_afterwards_each_once(gateway, enrolment, agents):
    with peer(answering()) as other:
        gateway.policy = Policy(interval=1, checks=[http("c-1", other)])
        agents()
        until(lambda: len(results(gateway, "c-1")) >= 2, 15, "results")
        gateway.stop()
        stopped = time.time()
        until(lambda: time.time() > stopped + 5, 10)
        gateway.start()
        until(lambda: results(gateway, "c-1")[-1].at / 1000 > stopped + 6, 30, "a result after the outage")
        until(lambda: _gaps(gateway) == [], 30, "the gap filled")
        looked = {one.at for one in results(gateway, "c-1")[:-2]}  # afterwards nobody answers any more
    until(lambda: set(gateway.values("check.verdict")) >= looked, 10)
    assert {gateway.values("check.verdict")[at] for at in looked} == {0}


def _gaps(gateway):
    stamps = [one.at for one in results(gateway, "c-1")]
    return [later - earlier for earlier, later in pairwise(stamps) if later - earlier > 2000]


def test_a_machine_that_starts_while_the_line_is_cut_goes_on_with_its_checks(gateway, enrolment, agents, state):
    with peer(answering()) as other:
        gateway.policy = Policy(interval=1, checks=[http("c-1", other)])
        agent = agents()
        until(lambda: results(gateway, "c-1"), 15, "a result")
        assert state.policy.stat().st_mode & 0o777 == 0o600
        gateway.stop()
        agent.end(signal.SIGKILL)
        before = other.lines
        restarted = time.time()
        again = agents()
        until(lambda: other.lines >= before + 3, 20, "looks without a server")
        gateway.start()
        until(lambda: results(gateway, "c-1")[-1].at / 1000 > restarted, 30, "what was seen meanwhile")
        assert again.end() < 2
        assert again.process.returncode == 0


def test_a_policy_that_is_damaged_on_the_disk_is_passed_over(gateway, enrolment, agents, state):
    state.policy.write_bytes(b"\xffnonsense")
    state.policy.chmod(0o600)
    agent = agents()
    until(lambda: gateway.values("load.1"), 15, "samples")
    assert any(line["event"] == "policy not read" for line in agent.lines())


def test_the_owner_of_a_machine_decides_what_it_looks_at(gateway, enrolment, state, tmp_path):
    config = tmp_path / "agent.toml"
    config.write_text('[checks]\nforbidden = ["service"]\nrefuse = ["127.0.0.0/8"]\n')
    with peer(answering()) as other:
        gateway.policy = Policy(
            interval=1, checks=[http("c-1", other), AssignedCheck("c-2", "service", 1, 1.0, {"unit": "x"})]
        )
        command = [sys.executable, "-m", "steward_agent", "run", "--state-dir", str(state.path), "--interval", "1"]
        with (state.path / "log.txt").open("wb") as log:
            process = subprocess.Popen([*command, "--config", str(config)], stderr=log)
            try:
                until(lambda: results(gateway, "c-1") and results(gateway, "c-2"), 15, "results")
                until(lambda: gateway.inventories, 15, "an inventory")
            finally:
                process.terminate()
                process.wait(5)
        assert results(gateway, "c-1")[0].reason == "address_forbidden"
        assert results(gateway, "c-2")[0].reason == "forbidden_here"
        assert other.lines == 0
    assert gateway.inventories[0].checks == {slug: 1 for slug in capabilities() if slug != "service"}


def test_checks_of_the_network_run_in_an_agent_with_its_owners_authorities(gateway, enrolment, state, tmp_path):
    ca = authority(tmp_path)
    config = tmp_path / "agent.toml"
    config.write_text(f'[checks]\nca_file = "{ca.file}"\n')
    with peer(silent, context=ca.server("127.0.0.1", days=20)) as other:
        tls = AssignedCheck("c-1", "tls", 1, 1.0, {"host": "127.0.0.1", "port": other.port})
        gateway.policy = Policy(interval=1, checks=[tls])
        command = [sys.executable, "-m", "steward_agent", "run", "--state-dir", str(state.path), "--interval", "1"]
        with (state.path / "log.txt").open("wb") as log:
            process = subprocess.Popen([*command, "--config", str(config)], stderr=log)
            try:
                until(lambda: results(gateway, "c-1"), 15, "a result")
                until(lambda: gateway.values("check.tls.certificate_seconds"), 10, "a sample")
            finally:
                process.terminate()
                process.wait(5)
    assert results(gateway, "c-1")[0].reason == "ok"


def test_the_status_tells_of_checks(gateway, enrolment, agents, state):
    with peer(answering()) as other:
        gateway.policy = Policy(interval=1, checks=[http("c-1", other)])
        agents()
        until(lambda: json.loads(state.status.read_text())["results"] > 0 if state.status.exists() else False, 15)
    report = json.loads(state.status.read_text())
    assert (report["checks"], report["hanging_checks"], report["dropped_results"]) == (1, 0, 0)
