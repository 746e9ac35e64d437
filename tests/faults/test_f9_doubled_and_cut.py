# SPDX-License-Identifier: Apache-2.0
"""F9: a line that doubles, delays, swallows and cuts, between real agents and the gateway. Stored = sent."""

import random
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from steward_agent.channel import Channel
from steward_agent.clock import ServerClock
from steward_agent.protocol.inventory import Inventory
from steward_agent.protocol.series import Series
from steward_agent.report import Report
from steward_agent.sender import Sender
from steward_agent.spool import Spool

from steward.core.tenancy.public import Client
from tests.fixtures.gateway import Machine, RunningGateway, make_machine, stored_rows, stored_samples, stored_set

pytestmark = pytest.mark.django_db(transaction=True)
FATES = {"passed": 40, "doubled": 20, "answer swallowed": 15, "cut in the request": 15, "played again later": 10}


class BadLine:
    """A proxy that takes one request a connection and does to it what the dice say."""

    def __init__(self, port: int, seed: int) -> None:
        self._to = port
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self.fates: Counter[str] = Counter()
        self.later: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with suppress(OSError), near:
            while request := _request(near):
                with self._lock:
                    fate = self._dice.choices(list(FATES), list(FATES.values()))[0]
                    cut = self._dice.randrange(len(request))
                    self.fates[fate] += 1
                answer = self._suffer(fate, request, cut)
                if not answer:
                    return
                near.sendall(answer)

    def _suffer(self, fate: str, request: bytes, cut: int) -> bytes:
        if fate == "cut in the request":
            with socket.create_connection(("127.0.0.1", self._to)) as far:
                far.sendall(request[:cut])
            return b""
        if fate == "doubled":
            with ThreadPoolExecutor(2) as pool:
                one, two = pool.map(self._pass, (request, request))
            return one if cut % 2 else two
        if fate == "played again later":
            self.later.append(request)
        answer = self._pass(request)
        return b"" if fate == "answer swallowed" else answer

    def _pass(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._to)) as far:
            far.sendall(request)
            return _whole(far)

    def play_again(self) -> None:
        """What was held back comes once more, when everything is over."""
        for request in self.later:
            self._pass(request)

    def close(self) -> None:
        self._listener.close()


def _request(link: socket.socket) -> bytes:
    return _whole(link)


def _whole(link: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        part = link.recv(65536)
        if not part:
            return b""
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
    )
    while len(body) < length:
        part = link.recv(65536)
        if not part:
            return b""
        body += part
    return head + b"\r\n\r\n" + body


@contextmanager
def bad_line(port: int, seed: int) -> Iterator[BadLine]:
    line = BadLine(port, seed)
    try:
        yield line
    finally:
        line.close()


def deliver(machine: Machine, folder: Path, port: int, ticks: int, dice: random.Random) -> set[tuple[str, int, float]]:
    """A real agent's spool and sender, until everything is acknowledged. What was measured: series, unix ms, value."""
    spool = Spool(folder)
    # All in the past: what lies in the future would be set aside.
    begun = int(time.time()) // 60 * 60_000 - 30_000 * (ticks + 20)
    sent = set()
    for tick in range(ticks):
        values = [(("metric", (("n", str(each)),)), round(dice.random() * 100, 2)) for each in range(12)]
        spool.append(begun + 30_000 * tick, values)
        sent |= {(labels[0][1], begun + 30_000 * tick, value) for (_, labels), value in values}
    channel = Channel(machine.key, machine.agent_id, f"http://127.0.0.1:{port}", ServerClock())
    sender = Sender(
        spool,
        channel,
        Report(),
        inventory=lambda: Inventory(collected_at=1, agent_version="test"),
        policy=lambda _: None,
        noted=lambda: None,
    )
    deadline = time.monotonic() + 120
    while spool.state().waiting:
        assert time.monotonic() < deadline, spool.state()
        sender.step()
        if dice.random() < 0.2:
            # A restart in between: batches that were sealed keep their numbers.
            spool.close()
            spool = Spool(folder)
            sender = Sender(
                spool,
                channel,
                Report(),
                inventory=lambda: Inventory(collected_at=1, agent_version="test"),
                policy=lambda _: None,
                noted=lambda: None,
            )
    assert spool.state().dropped == 0
    spool.close()
    channel.close()
    return sent


@pytest.mark.parametrize(("machines", "ticks"), [(6, 30), pytest.param(40, 400, marks=pytest.mark.prove)])
def test_what_is_sent_over_a_bad_line_is_stored_once(
    gateway: RunningGateway, acme: Client, tmp_path: Path, machines: int, ticks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steward_agent.sender.BATCH_SAMPLES", 60)
    seed = secrets.randbelow(2**32)
    made = [make_machine(acme, f"m{each}") for each in range(machines)]
    with bad_line(gateway.port, seed) as line, ThreadPoolExecutor(machines) as pool:
        asked = [
            pool.submit(deliver, machine, tmp_path / f"spool-{at}.sqlite", line.port, ticks, random.Random(seed + at))
            for at, machine in enumerate(made)
        ]
        sent = [each.result() for each in asked]
        line.play_again()
    count = sum(map(len, sent))
    print(
        f"seed {seed}: {dict(line.fates)}, sent {count}, stored {stored_samples(acme.pk)}, rows {stored_rows(acme.pk)}, "
        f"repeated batches recognised {gateway.gateway.meters.repeated}"
    )
    by_series = {(sid, n): at for at, machine in enumerate(made) for n, sid in series_of(machine, gateway.port)}
    names = {sid: (at, n) for (sid, n), at in by_series.items()}
    stored = {(*names[sid], ts, value) for sid, ts, value in stored_set(acme.pk)}
    assert stored == {(at, n, ts, value) for at, each in enumerate(sent) for n, ts, value in each}
    assert stored_samples(acme.pk) == count


def series_of(machine: Machine, port: int) -> list[tuple[str, int]]:
    """The ids of a machine's series, by their label."""
    ids = machine.register(port, [Series("metric", {"n": str(each)}) for each in range(12)])
    return [(str(each), sid) for each, sid in enumerate(ids)]
