# SPDX-License-Identifier: Apache-2.0
"""Stored = sent, whatever happens between the insert and its acknowledgement."""

import os
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.series import Series

from steward.core.telemetry.public import roll_up
from steward.core.tenancy.public import Client
from steward.estate.agents.gateway.options import Options
from tests.fixtures.gateway import (
    Machine,
    RunningGateway,
    gateway_process,
    make_machine,
    running_gateway,
    stored_rows,
    stored_samples,
    stored_set,
)
from tests.fixtures.store import Store, in_force

SERIES = [Series("cpu.used"), Series("mem.used")]
SAMPLES_INSERT = re.compile(rb"insert(\+|%20| )into(\+|%20| )(`|%60)?samples\b", re.IGNORECASE)
HOUR = 3600.0


class StoreProxy:
    """Stands between gateway and store. Once armed, it lets the store finish an insert of samples and kills before the answer."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.armed = threading.Event()
        self.struck = threading.Event()
        self.strike = lambda: None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return self.store.url.replace(f":{self.store.port}/", f":{self.port}/")

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self.store.port))
                samples = threading.Event()
                threading.Thread(target=self._up, args=(near, far, samples), daemon=True).start()
                threading.Thread(target=self._down, args=(far, near, samples), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket, samples: threading.Event) -> None:
        with suppress(OSError):
            while part := near.recv(65536):
                # Only what was asked since: the line is kept, and serves other questions after an insert.
                if self.armed.is_set() and SAMPLES_INSERT.search(part):
                    samples.set()
                far.sendall(part)
        with suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    def _down(self, far: socket.socket, near: socket.socket, samples: threading.Event) -> None:
        with suppress(OSError):
            while part := far.recv(65536):
                if samples.is_set() and b"HTTP/1." in part:
                    self.strike()
                    self.struck.set()
                    return
                near.sendall(part)
        near.close()

    def close(self) -> None:
        self._listener.close()


@contextmanager
def store_proxy(store: Store) -> Iterator[StoreProxy]:
    made = StoreProxy(store)
    try:
        yield made
    finally:
        made.close()


def samples_of(ids: list[int], at: int, count: int) -> list[tuple[int, int, float]]:
    return [(ids[each % len(ids)], at + 1000 * (each // len(ids)), each / 8) for each in range(count)]


@pytest.mark.django_db(transaction=True)
class TestExactlyOnce:
    def test_a_gateway_killed_between_insert_and_answer_and_an_agent_that_comes_back_after_an_hour(
        self, store: Store, acme: Client, tmp_path: Path
    ) -> None:
        machine = make_machine(acme)
        at = int(time.time()) // 60 * 60_000 - 7_200_000
        with store_proxy(store) as proxy, gateway_process(tmp_path, STEWARD_TELEMETRY_URL=proxy.url) as process:
            process.start()
            ids = machine.register(process.port, SERIES)
            first = samples_of(ids, at, 40)
            assert machine.send(process.port, machine.batch(first)).status == 204
            second = samples_of(ids, at + 60_000, 50)
            body = machine.batch(second)
            proxy.strike = process.kill
            proxy.armed.set()
            with pytest.raises(OSError):
                machine.send(process.port, body)
            assert proxy.struck.wait(5)
        assert stored_samples(acme.pk) == 90, "the insert had happened"
        machine.clock = lambda: time.time() + HOUR
        with running_gateway(Options(wall_clock=lambda: time.time() + HOUR)) as later:
            assert machine.send(later.port, body).status == 204
            assert machine.send(later.port, body).status == 204
            third = samples_of(ids, at + 3_600_000, 10)
            assert machine.send(later.port, machine.batch(third)).status == 204
        assert stored_set(acme.pk) == {*first, *second, *third}
        print(f"sent 100, stored {stored_samples(acme.pk)}, rows in the store {stored_rows(acme.pk)}")

    def test_the_roll_up_counts_what_was_stored_twice_once(self, store: Store, acme: Client) -> None:
        machine = make_machine(acme)
        at = (int(time.time()) // 3600 - 3) * 3_600_000
        with running_gateway() as one:
            ids = machine.register(one.port, SERIES)
            body = machine.batch(samples_of(ids, at, 60))
            assert machine.send(one.port, body).status == 204
        insert_again(machine, body)
        assert (stored_rows(acme.pk), stored_samples(acme.pk)) == (120, 60)
        roll_up(time.time() + 300, marks_rest=-600)
        rolled = store.client(database="steward").query("select sum(n) from samples_1h final").result_rows
        assert rolled == [(60,)]

    def test_a_second_gateway_takes_over_in_the_middle(self, store: Store, acme: Client) -> None:
        machine = make_machine(acme)
        at = int(time.time() * 1000) - 3_600_000
        with running_gateway() as one, running_gateway() as two:
            ids = machine.register(one.port, SERIES)
            bodies = [machine.batch(samples_of(ids, at + 100_000 * each, 20)) for each in range(10)]
            for each, body in enumerate(bodies):
                assert machine.send((one, two)[each % 2].port, body).status == 204
            for each, body in enumerate(bodies):
                assert machine.send((two, one)[each % 2].port, body).status == 204
        assert stored_rows(acme.pk) == stored_samples(acme.pk) == 200

    def test_one_batch_at_two_gateways_in_the_same_moment(self, store: Store, acme: Client) -> None:
        machine = make_machine(acme)
        at = int(time.time() * 1000) - 3_600_000
        with running_gateway() as one, running_gateway() as two, ThreadPoolExecutor(8) as pool:
            ids = machine.register(one.port, SERIES)
            bodies = [machine.batch(samples_of(ids, at + 100_000 * each, 20)) for each in range(20)]
            asked = [pool.submit(machine.send, gateway.port, body) for body in bodies for gateway in (one, two)]
            assert [each.result().status for each in asked] == [204] * 40
        assert stored_samples(acme.pk) == 400
        print(f"sent 400, stored {stored_samples(acme.pk)}, rows in the store {stored_rows(acme.pk)}")

    def test_while_the_ledger_is_away_samples_go_on_and_are_marked_later(
        self, gateway: RunningGateway, acme: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine = make_machine(acme)
        with running_gateway() as one:
            ids = machine.register(one.port, SERIES)
            ledger = one.gateway.ledger
            conninfo = dict(ledger._pool.kwargs)  # type: ignore[arg-type]  # the test cuts the line that it knows of
            ledger._pool.kwargs = conninfo | {"host": os.devnull}
            one.run(_cut(ledger._pool))
            body = machine.batch(samples_of(ids, int(time.time() * 1000), 10))
            assert machine.send(one.port, body).status == 204
            assert machine.send(one.port, body).status == 204
            ledger._pool.kwargs = conninfo
            assert (
                machine.send(one.port, machine.batch([(ids[0], int(time.time() * 1000) + 60_000, 1.0)])).status == 204
            )
        assert machine.send(gateway.port, body).status == 204
        assert stored_rows(acme.pk) == stored_samples(acme.pk) == 11

    def test_while_the_store_is_away_nothing_is_acknowledged(self, store: Store, acme: Client, tmp_path: Path) -> None:
        machine = make_machine(acme)
        own = Store(tmp_path / "own")
        with running_gateway() as one:
            ids = machine.register(one.port, SERIES)
            body = machine.batch(samples_of(ids, int(time.time() * 1000), 10))
            own.port_file.parent.mkdir(parents=True)
            own.port_file.write_text("9\n")
            with in_force(own):
                answer = machine.send(one.port, body)
            assert (answer.status, answer.code) == (503, Refusal.STORE_DOWN)
            assert int(answer.headers["retry-after"]) > 0
            assert stored_rows(acme.pk) == 0
            assert machine.send(one.port, body).status == 204
        assert stored_rows(acme.pk) == 10

    def test_a_batch_doubled_within_one_flush_is_stored_once_and_answered_twice(
        self, store: Store, acme: Client
    ) -> None:
        machine = make_machine(acme)
        seed = random.randrange(2**32)
        with running_gateway() as one, ThreadPoolExecutor(8) as pool:
            ids = machine.register(one.port, SERIES)
            bodies = [
                machine.batch(samples_of(ids, int(time.time() * 1000) - 3_600_000 + 50_000 * each, 10))
                for each in range(8)
            ] * 4
            random.Random(seed).shuffle(bodies)
            assert {each.status for each in pool.map(lambda body: machine.send(one.port, body), bodies)} == {204}
        assert stored_rows(acme.pk) == stored_samples(acme.pk) == 80, f"seed {seed}"


def insert_again(machine: Machine, body: bytes) -> None:
    """As a gateway would that knows of no mark: the worst that can happen to a batch."""
    import numpy as np
    from steward_agent.protocol.samples import read_header

    from steward.estate.agents.gateway.batches import Batch, BatchId, Owners, judge
    from steward.estate.agents.gateway.store import insert_samples

    owners = Owners(np.full(10_000, machine.agent_id, np.uint32), np.full(10_000, machine.client_id, np.uint32))
    header = read_header(body)
    block = judge(
        [Batch(BatchId(machine.agent_id, header.boot_id, header.sequence), header, body)],
        owners,
        int(time.time() * 1000),
    ).block
    assert block is not None
    order = np.arange(len(block.sid))[::-1]
    insert_samples(type(block)(block.client[order], block.sid[order], block.ts[order], block.v[order]))


async def _cut(pool: object) -> None:
    """End every connection of the pool, as a server does that goes away."""
    for connection in list(pool._pool):  # type: ignore[attr-defined]  # the test reaches inside on purpose
        await connection.close()
