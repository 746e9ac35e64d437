# SPDX-License-Identifier: Apache-2.0
"""Delivery against a server that fails in every way it may: stored = sent, nothing blocks, nothing is lost silently."""

from threading import Event

import pytest
from steward_agent.channel import Channel
from steward_agent.clock import ServerClock
from steward_agent.identity import read_key
from steward_agent.protocol.enrolment import AgentState
from steward_agent.protocol.inventory import Inventory, OperatingSystem
from steward_agent.protocol.policy import Policy
from steward_agent.protocol.refusals import Refusal
from steward_agent.report import Report
from steward_agent.sender import INVENTORY_PATH, POLICY_PATH, REGISTER_PATH, SAMPLES_PATH, Sender
from steward_agent.spool import Spool

from tests.agent.memory_gateway import Trouble

T0 = 1_767_225_600_000
KEYS = [("disk.reads", (("device", f"sd{i}"),)) for i in range(20)]


class Bench:
    """A sender with a hand-turned clock: `go` makes it take steps without waiting out its pauses."""

    def __init__(self, gateway, state, enrolment):
        self.gateway = gateway
        self.now = 0.0
        self.pauses: list[float] = []
        self.policies: list[Policy] = []
        self.document = Inventory(collected_at=1, agent_version="0", os=OperatingSystem("linux"))
        self.report = Report()
        self.path = state.spool
        self.spool = Spool(state.spool)
        self.put: dict[tuple[object, int], float] = {}
        self.state, self.enrolment = state, enrolment
        self.begin()

    def begin(self):
        channel = Channel(read_key(self.state), self.enrolment.agent_id, self.enrolment.gateway_url, ServerClock())
        self.sender = Sender(
            self.spool,
            channel,
            self.report,
            inventory=lambda: self.document,
            policy=self.policies.append,
            noted=lambda: None,
            clock=lambda: self.now,
        )

    def restart(self):
        self.spool.close()
        self.spool = Spool(self.path)
        self.begin()

    def measure(self, count=1):
        for _ in range(count):
            ts = T0 + 30_000 * len({ts for _, ts in self.put})
            readings = [(key, float(ts + i)) for i, key in enumerate(KEYS)]
            self.spool.append(ts, readings)
            self.put |= {(key, ts): value for key, value in readings}

    def go(self, steps=50):
        """Until there is nothing to do, at most `steps`; pauses pass at once on the sender's clock."""
        for _ in range(steps):
            pause = self.sender.step()
            if pause is None:
                return True
            self.pauses.append(pause)
            self.now += pause
        return False

    def stored(self):
        return {(key, ts): value for (_, key, ts), value in self.gateway.stored.items()}


@pytest.fixture
def bench(gateway, state, enrolment):
    made = Bench(gateway, state, enrolment)
    yield made
    made.spool.close()


def test_what_was_measured_is_stored(bench, gateway):
    bench.measure(3)
    assert bench.go()
    assert bench.stored() == bench.put
    assert bench.spool.state().waiting == 0
    assert (bench.report.delivery, bench.report.delivered) == ("done", 60)
    assert len(gateway.registered) == 20
    assert bench.policies == [Policy()]
    assert gateway.inventories == [bench.document]


def test_series_are_registered_once(bench, gateway):
    for _ in range(4):
        bench.measure()
        bench.go()
    assert gateway.paths().count(REGISTER_PATH) == 1
    assert gateway.paths().count(SAMPLES_PATH) == 4


def test_a_lost_acknowledgement_is_repeated_byte_for_byte_even_after_a_restart(bench, gateway):
    bench.measure(2)
    gateway.troubles.append(Trouble(SAMPLES_PATH, cut_after_work=True))
    assert bench.go(2) is False
    assert len(gateway.batches) == 1
    bench.restart()
    bench.now += 3600
    bench.measure(1)
    assert bench.go()
    first, second, third = gateway.batches
    assert first.body == second.body
    assert gateway.repeats == 1
    assert third.boot_id != first.boot_id
    assert bench.stored() == bench.put


TROUBLES = {
    "cut": {"cut_after_work": True},
    "500": {"status": 500},
    "503": {"status": 503, "headers": {"Retry-After": "40"}},
    "507": {"status": 507},
    "429": {"status": 429, "headers": {"Retry-After": "3"}},
    "404": {"status": 404, "body": b"<html>"},
    "portal": {"status": 200, "body": b"<html>a portal that wants a password</html>"},
}
# A 200 in the gateway's name for samples is an acknowledgement; that nobody can give it is what TLS is for.
PATHS = [
    (path, name)
    for path in (POLICY_PATH, REGISTER_PATH, SAMPLES_PATH, INVENTORY_PATH)
    for name in TROUBLES
    if (path, name) != (SAMPLES_PATH, "portal")
]


@pytest.mark.parametrize(("path", "name"), PATHS)
def test_trouble_on_any_path_delays_and_loses_nothing(bench, gateway, path, name):
    gateway.troubles.extend(Trouble(path, **TROUBLES[name]) for _ in range(3))
    bench.measure(2)
    bench.go()
    bench.measure(1)
    bench.now += 4000
    assert bench.go()
    assert bench.stored() == bench.put
    assert bench.spool.state().set_aside == 0


def test_retry_after_is_honoured(bench, gateway):
    gateway.refuse_next(SAMPLES_PATH, Refusal.STORE_DOWN, Retry_After="40")
    bench.measure()
    bench.go()
    assert any(40 <= pause <= 45 for pause in bench.pauses)


def test_series_the_server_forgot_are_registered_again_and_the_batch_keeps_its_name(bench, gateway):
    bench.measure()
    bench.go()
    gateway.forget_series()
    bench.measure(2)
    assert bench.go()
    assert bench.stored() == bench.put
    assert gateway.paths().count(REGISTER_PATH) == 2
    names = [(batch.boot_id, batch.sequence) for batch in gateway.batches]
    assert len(names) == len(set(names))


def test_a_server_that_never_knows_the_series_is_not_hammered(bench, gateway):
    for _ in range(8):
        gateway.refuse_next(SAMPLES_PATH, Refusal.UNKNOWN_SERIES)
    bench.measure()
    assert bench.go()
    assert sum(bench.pauses) > 30
    assert bench.stored() == bench.put


def test_a_pending_agent_keeps_everything_until_it_is_approved(bench, gateway):
    gateway.states[1] = AgentState.PENDING
    bench.measure(5)
    assert bench.go(20) is False
    assert bench.report.delivery == "pending"
    assert gateway.stored == {}
    assert min(bench.pauses) >= 5
    assert SAMPLES_PATH not in gateway.paths()
    gateway.states[1] = AgentState.APPROVED
    assert bench.go()
    assert bench.stored() == bench.put


def test_a_revoked_agent_asks_rarely(bench, gateway):
    gateway.states[1] = AgentState.REVOKED
    bench.measure()
    bench.go(5)
    assert bench.report.delivery == "revoked"
    assert min(bench.pauses) >= 600


def test_an_agent_unknown_to_the_server_keeps_its_data_and_says_so(bench, gateway):
    keys = dict(gateway.keys)
    gateway.keys.clear()
    bench.measure()
    bench.go(5)
    assert bench.report.delivery == "unknown"
    assert min(bench.pauses) >= 60
    gateway.keys.update(keys)
    assert bench.go()
    assert bench.stored() == bench.put


def test_poison_is_set_aside_with_the_reason_and_the_rest_goes_on(bench, gateway):
    gateway.refuse_next(SAMPLES_PATH, Refusal.MALFORMED)
    bench.measure(1)
    bench.go()
    bench.measure(1)
    assert bench.go()
    assert bench.spool.state().set_aside == 20
    assert bench.spool.last_aside()[1] == "because of malformed"
    assert len(bench.stored()) == 20


def test_what_the_gateway_puts_aside_is_seen_at_the_agent(bench, gateway):
    gateway.troubles.append(Trouble(SAMPLES_PATH, 204, headers={"X-Steward-Set-Aside": "future=20"}))
    bench.measure(1)
    assert bench.go()
    assert bench.report.gateway_aside == "future=20"
    assert bench.spool.state().waiting == 0


def test_odd_answers_for_ever_do_not_block_the_queue(bench, gateway):
    gateway.troubles.extend(Trouble(SAMPLES_PATH, 418, b"teapot") for _ in range(10))
    bench.measure(1)
    assert bench.go()
    assert bench.spool.state().set_aside == 20
    bench.measure(1)
    assert bench.go()
    assert len(bench.stored()) == 20


def test_a_proxy_with_a_small_mouth_gets_smaller_batches(bench, gateway):
    bench.measure(8)
    gateway.troubles.extend(Trouble(SAMPLES_PATH, 413, b"<html>too large</html>") for _ in range(2))
    assert bench.go()
    assert bench.stored() == bench.put
    assert max(len(batch.samples) for batch in gateway.batches) <= 40
    assert bench.spool.state().set_aside == 0


def test_after_an_outage_the_newest_comes_first_and_the_rest_at_a_bounded_rate(bench, gateway):
    bench.go()
    gateway.stop()
    bench.measure(400)
    bench.go(5)
    bench.measure(1)
    gateway.start()
    bench.pauses.clear()
    started = bench.now
    assert bench.go(100)
    newest = [max(ts for _, ts, _ in batch.samples) for batch in gateway.batches]
    # The one that was sealed in vain keeps its name and goes first.
    assert newest[1:] == sorted(newest[1:], reverse=True)
    assert newest[1] == max(newest)
    assert bench.stored() == bench.put
    assert len(gateway.batches) == 5
    assert bench.now - started >= 0.5 * 4


def test_a_batch_of_many_rounds_is_one_request(bench, gateway):
    bench.measure(100)
    bench.go()
    assert len(gateway.batches) == 1


def test_inventory_is_sent_when_it_changes_and_once_a_day(bench, gateway):
    for _ in range(5):
        bench.go()
        bench.now += 3600
    assert len(gateway.inventories) == 1
    bench.document = Inventory(collected_at=2, agent_version="0", os=OperatingSystem("linux", "renamed"))
    bench.go()
    assert [one.os.hostname for one in gateway.inventories] == ["", "renamed"]
    bench.now += 86_400
    bench.go()
    assert len(gateway.inventories) == 3


def test_a_policy_is_followed_when_it_changes(bench, gateway):
    bench.go()
    gateway.policy = Policy(interval=10)
    bench.now += 301
    bench.go()
    assert [policy.interval for policy in bench.policies] == [30, 10]


def test_a_policy_of_tomorrow_does_not_stop_delivery(bench, gateway):
    gateway.policy = Policy(interval=10, version=9)
    bench.measure()
    assert bench.go()
    assert bench.policies == []
    assert bench.stored() == bench.put


def test_whatever_breaks_inside_delivery_goes_on_at_the_next_try(bench, monkeypatch):
    calls = []
    stop, wake = Event(), Event()

    def step():
        calls.append(1)
        if len(calls) == 3:
            stop.set()
        raise RuntimeError("made to fail")

    monkeypatch.setattr(bench.sender, "step", step)
    monkeypatch.setattr(stop, "wait", lambda seconds: None)
    bench.sender.run(stop, wake, lambda: 0.0)
    assert len(calls) == 3
