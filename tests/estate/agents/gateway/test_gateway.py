# SPDX-License-Identifier: Apache-2.0
"""The gateway with the real ledger and the real store."""

import socket
import time
from collections.abc import Callable

import pytest
from django.db import transaction
from steward_agent.protocol.policy import decode_policy
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.samples import MAX_SEQUENCE
from steward_agent.protocol.series import Series, encode_register

from steward.core.telemetry.public import connect
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.agents.gateway.options import Options
from steward.estate.agents.models import Agent, AgentState, SampleMark, SeriesChunk, SetAside
from tests.fixtures.gateway import (
    Machine,
    RunningGateway,
    make_machine,
    running_gateway,
    stored_rows,
    stored_samples,
    stored_set,
)

SERIES = [Series("cpu.used"), Series("fs.used", {"mount": "/"}), Series("fs.used", {"mount": "/srv"})]


def until(holds: Callable[[], bool], what: str, seconds: float = 5) -> float:
    """How many seconds it took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, what
        time.sleep(0.02)
    return time.monotonic() - begun


def now_ms() -> int:
    return int(time.time() * 1000)


def set_agent(machine: Machine, **fields: object) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        Agent.objects.filter(pk=machine.agent_id).update(**fields)


@pytest.fixture
def machine(gateway: RunningGateway, acme: Client) -> Machine:
    made = make_machine(acme)
    until(lambda: gateway.gateway.identities.get(made.agent_id) is not None, "word of the new agent")
    return made


@pytest.mark.django_db(transaction=True)
class TestSamples:
    def test_what_is_acknowledged_is_in_the_store(self, gateway: RunningGateway, machine: Machine) -> None:
        ids = machine.register(gateway.port, SERIES)
        at = now_ms() // 1000 * 1000
        sent = [(ids[each % 3], at - 1000 * each, each / 4) for each in range(30)]
        answer = machine.send(gateway.port, machine.batch(sent))
        assert (answer.status, answer.body) == (204, b"")
        assert stored_set(machine.client_id) == set(sent)

    def test_a_batch_sent_again_is_acknowledged_and_stored_once(
        self, gateway: RunningGateway, machine: Machine
    ) -> None:
        ids = machine.register(gateway.port, SERIES)
        body = machine.batch([(ids[0], now_ms(), 1.0)])
        assert [machine.send(gateway.port, body).status for _ in range(3)] == [204] * 3
        assert stored_rows(machine.client_id) == 1
        assert gateway.gateway.meters.repeated == 2

    def test_batches_out_of_order_are_all_stored(self, gateway: RunningGateway, machine: Machine) -> None:
        ids = machine.register(gateway.port, SERIES)
        at = now_ms()
        bodies = [machine.batch([(ids[0], at + each, float(each))]) for each in range(6)]
        for each in (5, 0, 3, 3, 1, 5, 4, 2):
            assert machine.send(gateway.port, bodies[each]).status == 204
        assert stored_rows(machine.client_id) == 6
        with scoped(system_scope("tests")), transaction.atomic():
            assert SampleMark.objects.count() == 1

    def test_another_start_of_the_agent_counts_anew(self, gateway: RunningGateway, machine: Machine) -> None:
        ids = machine.register(gateway.port, SERIES)
        assert machine.send(gateway.port, machine.batch([(ids[0], now_ms(), 1.0)], sequence=1)).status == 204
        machine.boot = b"\x01" * 16
        assert machine.send(gateway.port, machine.batch([(ids[0], now_ms() + 7, 2.0)], sequence=1)).status == 204
        assert stored_samples(machine.client_id) == 2

    def test_a_series_never_registered_is_refused_with_the_remedy(
        self, gateway: RunningGateway, machine: Machine
    ) -> None:
        answer = machine.send(gateway.port, machine.batch([(99, now_ms(), 1.0)]))
        assert (answer.status, answer.code) == (409, Refusal.UNKNOWN_SERIES)

    def test_a_foreign_series_is_answered_as_an_unknown_one(
        self, gateway: RunningGateway, machine: Machine, birch: Client
    ) -> None:
        other = make_machine(birch)
        until(lambda: gateway.gateway.identities.get(other.agent_id) is not None, "word of the other agent")
        foreign = other.register(gateway.port, SERIES)
        answer = machine.send(gateway.port, machine.batch([(foreign[0], now_ms(), 1.0)]))
        unknown = machine.send(gateway.port, machine.batch([(4_000_000, now_ms(), 1.0)]))
        assert (answer.status, answer.body) == (unknown.status, unknown.body) == (409, answer.body)
        assert stored_rows(other.client_id) == stored_rows(machine.client_id) == 0

    def test_samples_of_the_future_are_set_aside_with_a_count(self, gateway: RunningGateway, machine: Machine) -> None:
        ids = machine.register(gateway.port, SERIES)
        at = now_ms()
        body = machine.batch([(ids[0], at, 1.0), (ids[0], at + 600_000, 2.0), (ids[1], at - 91 * 86_400_000 // 4, 3.0)])
        answer = machine.send(gateway.port, body)
        assert answer.status == 204
        assert answer.headers["x-steward-set-aside"] == "future=1"
        assert machine.send(gateway.port, body).status == 204
        with scoped(system_scope("tests")), transaction.atomic():
            assert list(SetAside.objects.values_list("reason", "samples")) == [("future", 1)]
        assert stored_samples(machine.client_id) == 2

    def test_an_impossible_batch_is_refused_and_nothing_breaks(self, gateway: RunningGateway, machine: Machine) -> None:
        ids = machine.register(gateway.port, SERIES)
        good = machine.batch([(ids[0], now_ms(), 1.0)])
        for bad in (
            b"",
            b"ST",
            good[:-1],
            b"XX" + good[2:],
            machine.batch([(ids[0], now_ms(), 1.0)], sequence=MAX_SEQUENCE),
        ):
            answer = machine.send(gateway.port, bad) if bad else machine.ask(gateway.port, "POST", "/v1/samples", b"")
            assert answer.status in (400, 411), bad
        assert machine.send(gateway.port, good).status == 204


@pytest.mark.django_db(transaction=True)
class TestSeries:
    def test_the_same_series_has_the_same_id_for_ever(self, gateway: RunningGateway, machine: Machine) -> None:
        first = machine.register(gateway.port, SERIES)
        assert machine.register(gateway.port, SERIES[::-1]) == first[::-1]
        with running_gateway() as other:
            assert machine.register(other.port, SERIES) == first

    def test_ids_of_a_machine_lie_in_a_row_and_grow_into_their_run(
        self, gateway: RunningGateway, machine: Machine
    ) -> None:
        many = [Series("m", {"n": str(each)}) for each in range(100)]
        first = machine.register(gateway.port, many[:40])
        assert first == list(range(first[0], first[0] + 40))
        ids = machine.register(gateway.port, many)
        assert ids[:64] == list(range(first[0], first[0] + 64))
        assert len(set(ids)) == 100
        with scoped(system_scope("tests")), transaction.atomic():
            assert sorted(SeriesChunk.objects.values_list("count", "published")) == [(36, 36), (64, 64)]

    def test_the_store_knows_what_an_id_means(self, gateway: RunningGateway, machine: Machine) -> None:
        ids = machine.register(gateway.port, SERIES)
        rows = (
            connect()
            .query("select sid, client, agent, asset, name, labels, interval_s from series final order by sid")
            .result_rows
        )
        assert [(row[0], row[4], row[5]) for row in rows] == [
            (sid, each.name, each.labels) for sid, each in zip(ids, SERIES, strict=True)
        ]
        assert {row[1:4] for row in rows} == {(machine.client_id, machine.agent_id, machine.asset_id)}
        assert {row[6] for row in rows} == {30.0}

    def test_one_series_given_twice_has_one_id(self, gateway: RunningGateway, machine: Machine) -> None:
        first, second = machine.register(gateway.port, [SERIES[0], SERIES[0]])
        assert first == second

    def test_garbage_is_refused(self, gateway: RunningGateway, machine: Machine) -> None:
        answer = machine.ask(gateway.port, "POST", "/v1/register", b"nothing of the kind")
        assert (answer.status, answer.code) == (400, Refusal.MALFORMED)

    def test_an_agent_has_its_share_of_series_and_no_more(self, gateway: RunningGateway, machine: Machine) -> None:
        for part in range(2):
            machine.register(
                gateway.port, [Series("m", {"n": str(each)}) for each in range(part * 5000, part * 5000 + 5000)]
            )
        answer = machine.ask(gateway.port, "POST", "/v1/register", encode_register([Series("one.more")]))
        assert (answer.status, answer.code) == (429, Refusal.BUSY)
        assert int(answer.headers["retry-after"]) > 0


@pytest.mark.django_db(transaction=True)
class TestIdentity:
    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"X-Steward-Signature": "A" * 86 + "=="}, Refusal.SIGNATURE),
            ({"X-Steward-Signature": "short"}, Refusal.SIGNATURE),
            ({"X-Steward-Agent": "4000000000"}, Refusal.UNKNOWN_AGENT),
            ({"X-Steward-Agent": "0"}, Refusal.UNKNOWN_AGENT),
            ({"X-Steward-Nonce": "A" * 22}, Refusal.SIGNATURE),
        ],
    )
    def test_who_is_not_the_agent_is_refused(
        self, gateway: RunningGateway, machine: Machine, changed: dict[str, str], code: Refusal
    ) -> None:
        answer = machine.ask(
            gateway.port, "GET", "/v1/policy", headers=machine.headers("GET", "/v1/policy", b"", **changed)
        )
        assert (answer.status, answer.code) == (401, code)

    def test_a_body_that_was_changed_is_refused(self, gateway: RunningGateway, machine: Machine) -> None:
        ids = machine.register(gateway.port, SERIES)
        body = machine.batch([(ids[0], now_ms(), 1.0)])
        headers = machine.headers("POST", "/v1/samples", body)
        answer = machine.ask(gateway.port, "POST", "/v1/samples", body[:-1] + b"\x00", headers)
        assert (answer.status, answer.code) == (401, Refusal.SIGNATURE)
        assert stored_rows(machine.client_id) == 0

    def test_a_signature_for_another_path_does_not_hold_here(self, gateway: RunningGateway, machine: Machine) -> None:
        answer = machine.ask(gateway.port, "GET", "/v1/policy", headers=machine.headers("POST", "/v1/samples", b""))
        assert answer.code is Refusal.SIGNATURE

    def test_a_request_seen_before_is_refused_and_said_so(self, gateway: RunningGateway, machine: Machine) -> None:
        headers = machine.headers("GET", "/v1/policy", b"")
        assert machine.ask(gateway.port, "GET", "/v1/policy", headers=headers).status == 200
        answer = machine.ask(gateway.port, "GET", "/v1/policy", headers=headers)
        assert (answer.status, answer.code) == (401, Refusal.REPLAY)

    @pytest.mark.parametrize("hours", [-1, 1])
    def test_a_wrong_clock_is_told_the_right_time(self, gateway: RunningGateway, machine: Machine, hours: int) -> None:
        machine.clock = lambda: time.time() + hours * 3600
        answer = machine.ask(gateway.port, "GET", "/v1/policy")
        assert (answer.status, answer.code) == (401, Refusal.CLOCK)
        assert abs(int(answer.headers["x-steward-time"]) - now_ms()) < 5000

    def test_a_machine_that_waits_for_approval_is_told_so_and_taken_at_once_when_approved(
        self, gateway: RunningGateway, machine: Machine
    ) -> None:
        set_agent(machine, state=AgentState.PENDING)
        until(lambda: machine.ask(gateway.port, "GET", "/v1/policy").code is Refusal.PENDING, "the new state")
        set_agent(machine, state=AgentState.APPROVED)
        took = until(lambda: machine.ask(gateway.port, "GET", "/v1/policy").status == 200, "the approval")
        assert took < 5

    def test_a_revocation_holds_within_five_seconds(self, gateway: RunningGateway, machine: Machine) -> None:
        assert machine.ask(gateway.port, "GET", "/v1/policy").status == 200
        set_agent(machine, state=AgentState.REVOKED)
        took = until(lambda: machine.ask(gateway.port, "GET", "/v1/policy").code is Refusal.REVOKED, "the revocation")
        print(f"revoked after {took * 1000:.0f} ms")

    def test_a_revocation_holds_though_the_word_of_it_was_lost(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def deaf(self: object) -> None:
            """Hears nothing."""

        monkeypatch.setattr("steward.estate.agents.gateway.identities.Identities.listen", deaf)
        with running_gateway() as other:
            assert machine.ask(other.port, "GET", "/v1/policy").status == 200
            set_agent(machine, state=AgentState.REVOKED)
            took = until(lambda: machine.ask(other.port, "GET", "/v1/policy").code is Refusal.REVOKED, "the revocation")
        print(f"revoked without a word after {took:.1f} s")

    def test_policy_says_how_often_to_sample(self, gateway: RunningGateway, machine: Machine) -> None:
        set_agent(machine, interval_seconds=10)
        until(lambda: decode_policy(machine.ask(gateway.port, "GET", "/v1/policy").body).interval == 10, "the policy")

    def test_the_ledger_knows_when_an_agent_was_last_heard(self, gateway: RunningGateway, machine: Machine) -> None:
        assert machine.ask(gateway.port, "GET", "/v1/policy").status == 200
        gateway.run(gateway.gateway.heartbeat.write())
        with scoped(system_scope("tests")), transaction.atomic():
            seen = Agent.objects.get(pk=machine.agent_id).last_seen_at
        assert seen is not None
        assert abs(seen.timestamp() - time.time()) < 10


@pytest.mark.django_db(transaction=True)
class TestBounds:
    def test_a_client_that_sends_more_than_its_share_is_told_when_to_come_again(
        self, gateway: RunningGateway, machine: Machine
    ) -> None:
        with running_gateway(Options(samples_per_second=10, burst_seconds=1)) as small:
            ids = machine.register(small.port, SERIES)
            assert (
                machine.send(small.port, machine.batch([(ids[0], now_ms() + each, 1.0) for each in range(10)])).status
                == 204
            )
            answer = machine.send(small.port, machine.batch([(ids[0], now_ms() + each, 1.0) for each in range(10)]))
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (429, Refusal.BUSY, "1")

    def test_memory_is_bounded(self, machine: Machine) -> None:
        with running_gateway(Options(waiting_bytes=10)) as small:
            ids = machine.register(small.port, SERIES)
            assert machine.send(small.port, machine.batch([(ids[0], now_ms(), 1.0)])).code is Refusal.BUSY

    def test_a_body_over_four_megabytes_is_refused_before_it_is_sent(self, gateway: RunningGateway) -> None:
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as link:
            link.sendall(b"POST /v1/samples HTTP/1.1\r\nHost: x\r\nContent-Length: 4194305\r\n\r\n")
            assert link.recv(4096).startswith(b"HTTP/1.1 413 ")
            assert link.recv(4096) == b""

    def test_pipelined_requests_are_answered_in_order(self, gateway: RunningGateway, machine: Machine) -> None:
        ids = machine.register(gateway.port, SERIES)
        raw = b""
        for each in range(80):
            if each % 2:
                raw += b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                continue
            body = machine.batch([(ids[0], now_ms() + each, 1.0)])
            lines = [f"{name}: {value}" for name, value in machine.headers("POST", "/v1/samples", body).items()]
            raw += f"POST /v1/samples HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n".encode()
            raw += "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as link:
            link.sendall(raw)
            got = b""
            while got.count(b"HTTP/1.1 ") < 80 or not got.endswith(b"ok\n"):
                part = link.recv(65536)
                assert part, got[-300:]
                got += part
        assert [each[:3] for each in got.split(b"HTTP/1.1 ")[1:]] == [b"204", b"200"] * 40
        assert stored_samples(machine.client_id) == 40

    def test_who_dawdles_over_a_head_is_cut_off(self, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("steward.estate.agents.gateway.connection.HEAD_SECONDS", 0.3)
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as link:
            begun = time.monotonic()
            link.sendall(b"POST /v1/sa")
            until(lambda: dawdled(link), "being cut off", 5)
            assert time.monotonic() - begun > 0.3

    def test_metrics_need_the_token(self, gateway: RunningGateway, machine: Machine) -> None:
        from steward.settings.secrets import secret

        assert machine.ask(gateway.port, "GET", "/metrics", headers={}).status == 401
        answer = machine.ask(gateway.port, "GET", "/metrics", headers={"Authorization": f"Bearer {secret('metrics')}"})
        assert answer.status == 200
        assert b"steward_gateway_samples_total 0\n" in answer.body

    def test_it_says_whether_it_lives_and_whether_it_is_ready(self, gateway: RunningGateway, machine: Machine) -> None:
        assert machine.ask(gateway.port, "GET", "/healthz", headers={}).body == b"ok\n"
        assert machine.ask(gateway.port, "GET", "/readyz", headers={}).status == 200
        assert machine.ask(gateway.port, "GET", "/nothing", headers={}).status == 404


def dawdled(link: socket.socket) -> bool:
    """Sends one more byte; whether the other side has ended the connection."""
    link.settimeout(0.1)
    try:
        link.sendall(b"m")
        return link.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@pytest.mark.django_db(transaction=True)
def test_strangers_that_announce_bodies_can_not_fill_the_memory(gateway: RunningGateway) -> None:
    head = b"POST /v1/samples HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n"
    links = [socket.create_connection(("127.0.0.1", gateway.port), timeout=5) for _ in range(65)]
    try:
        for link in links[:64]:
            link.sendall(head)
        until(lambda: gateway.gateway._door.promised == 64 * 4_194_304, "64 promises")
        links[64].sendall(head)
        assert links[64].recv(4096).startswith(b"HTTP/1.1 503 ")
    finally:
        for link in links:
            link.close()
    until(lambda: gateway.gateway._door.promised == 0, "forgotten promises")
