# SPDX-License-Identifier: Apache-2.0
"""Samples taken in, beside VictoriaMetrics and Prometheus: samples per CPU-second of all server processes.

    python bench/ingest_gateway.py --agents 500 --rounds 10 --pairs 5

500 agents of 200 series each send 10 rounds of 200 samples, every request acknowledged; CPU is that of gateway, store and ledger (ours), or
of the peer, the four seconds after included for merges. Peers get remote write over HTTP (snappy), as their own agents send it, and
acknowledge before the data are on disk; ours is signed, checked, and acknowledged after fsync. A pair is the peer and Steward one after
the other; the ratio is the median over the pairs. *First* is the first rounds with registration of all series, *steady* the second ones.
Peers have no rules to judge, so ours are switched off; with `--judged` they judge, every five seconds, all agents of all pairs so far.

Peers are looked for on the PATH and in $BENCH_PEERS; one that is not there is left out, and said so."""

import argparse
import asyncio
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cramjam
import numpy as np
import psutil
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from steward_agent.protocol.samples import Codec, Columns, encode_samples  # noqa: E402
from steward_agent.protocol.series import Series, decode_ids, encode_register  # noqa: E402
from steward_agent.protocol.sessions import SESSION_PATH, Session, decode_answer, half_of, shared_key  # noqa: E402
from steward_agent.protocol.signing import session_headers, signed_headers  # noqa: E402

from bench.seeds.agents import key_of  # noqa: E402
from tests.fixtures.house import House, house, three_free_ports  # noqa: E402

SERIES = 200
CONNECTIONS = 100
MERGE_SECONDS = 4.0
STEP_MS = 10_000
LABELS = [(f"metric_{each % 40}", {"instance": f"inst{each // 40}"}) for each in range(SERIES)]
Request = Callable[[], tuple[str, str, dict[str, str], bytes]]


@dataclass(frozen=True, slots=True)
class Rate:
    """Samples per CPU-second, and per second of the clock."""

    cpu: float
    wall: float


def processes(pids: list[int]) -> list[psutil.Process]:
    """These and all below them."""
    found = [psutil.Process(pid) for pid in pids]
    return [*found, *(child for each in found for child in each.children(recursive=True))]


def spent(watched: list[psutil.Process]) -> float:
    """CPU-seconds so far."""
    total = 0.0
    for each in watched:
        try:
            total += sum(each.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return total


async def send(port: int, requests: list[Request]) -> list[bytes]:
    """Send all over some kept-alive connections; the bodies of the answers, in order."""
    answers: list[bytes] = [b""] * len(requests)
    waiting = iter(enumerate(requests))

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at, make in waiting:
            method, path, headers, body = make()
            lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ")[1])
            if status not in (200, 204):
                raise RuntimeError(head + await reader.read(500))
            length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            answers[at] = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        writer.close()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return answers


def timed(
    port: int, waves: list[list[Request]], watched: list[psutil.Process], samples: int, before: float = 0.0
) -> tuple[Rate, list[bytes], float]:
    """Send wave after wave, wait for the merges; the rate (with `before` CPU-seconds added), the answers, the CPU-seconds."""
    began, begun = spent(watched), time.perf_counter()
    answers = [answer for wave in waves for answer in asyncio.run(send(port, wave))]
    wall = time.perf_counter() - begun
    time.sleep(MERGE_SECONDS)
    cpu = spent(watched) - began + before
    return Rate(samples / cpu, samples / wall), answers, cpu


def values(seed: int, agents: int, rounds: int) -> np.ndarray:
    """What is measured: percent with two decimals, as a sensor knows them."""
    random = np.random.default_rng(seed)
    steps = random.normal(0, 1, (rounds, agents, SERIES)).cumsum(axis=0) + 50
    return steps.round(2)


class Steward:
    """Our gateway, store and ledger, with `agents` fresh agents a run."""

    def __init__(self, steward: House, folder: Path, *, judged: bool) -> None:
        self.house = steward
        self.judged = judged
        port_file = steward.settings.runtime_dir / "gateway.port"
        port_file.unlink(missing_ok=True)
        log = (folder / "gateway.log").open("wb")
        self.gateway = subprocess.Popen(
            [sys.executable, "-m", "steward.estate.agents.gateway", "--port", "0", "--unlimited"],
            env=steward.environment,
            stdout=log,
            stderr=log,
        )
        while not port_file.exists() or not port_file.read_text().strip():
            if self.gateway.poll() is not None:
                raise SystemExit((folder / "gateway.log").read_text())
            time.sleep(0.05)
        self.port = int(port_file.read_text())
        self.runs = 0
        self.sessions: list[Session] = []

    def measure(self, agents: int, rounds: int, seed: int, begin: int) -> tuple[Rate, Rate]:
        """First sight, registration included; then steady. Samples are stamped from `begin` on, unix ms."""
        self.runs += 1
        watched = processes([self.gateway.pid, self.house.pid("store"), self.house.pid("postgres")])
        done = subprocess.run(
            [sys.executable, "-m", "bench.seeds.agents", f"{self.runs}", str(agents), *self._rules()],
            cwd=ROOT,
            env=self.house.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        ids = [int(each) for each in done.stdout.split()]
        time.sleep(3)
        body = encode_register([Series(name, labels) for name, labels in LABELS])
        register = [self._signed(number, ids[number], "/v1/register", body) for number in range(agents)]
        _, answers, cpu = timed(self.port, [register], watched, 1)
        series = [decode_ids(each, SERIES) for each in answers]
        self.sessions, opened = self._sessions(ids, watched)
        cpu += opened
        watched = processes([self.gateway.pid, self.house.pid("store"), self.house.pid("postgres")])
        return (
            self._rounds(ids, series, rounds, seed, begin, watched, cpu),
            self._rounds(ids, series, rounds, seed + 1, begin + rounds * STEP_MS, watched, 0.0),
        )

    def _rounds(
        self,
        ids: list[int],
        series: list[list[int]],
        rounds: int,
        seed: int,
        begin: int,
        watched: list[psutil.Process],
        before: float,
    ) -> Rate:
        measured = values(seed, len(ids), rounds)
        requests = []
        for at in range(rounds):
            base = begin + at * STEP_MS
            for number, agent in enumerate(ids):
                columns = Columns(
                    array("I", series[number]), array("i", [0] * SERIES), array("d", measured[at, number])
                )
                batch = encode_samples(seed.to_bytes(16, "big"), at + 1, base, columns, Codec.LZ4)
                requests.append(self._within_session(number, agent, "/v1/samples", batch))
        return timed(self.port, [requests], watched, rounds * len(ids) * SERIES, before)[0]

    def _sessions(self, ids: list[int], watched: list[psutil.Process]) -> tuple[list[Session], float]:
        """A session of each agent, good for an hour, and the CPU-seconds that opening them took."""
        own = [X25519PrivateKey.generate() for _ in ids]
        ask = [self._signed(number, agent, SESSION_PATH, half_of(own[number])) for number, agent in enumerate(ids)]
        _, answers, cpu = timed(self.port, [ask], watched, 1)
        sessions = []
        for number, agent in enumerate(ids):
            given = decode_answer(answers[number])
            halves = {"agent_half": half_of(own[number]), "gateway_half": given.half}
            sessions.append(Session(given.ticket, shared_key(own[number], given.half, agent, **halves), 0.0))
        return sessions, cpu

    def _within_session(self, number: int, agent: int, path: str, body: bytes) -> Request:
        session = self.sessions[number]
        return lambda: (
            "POST",
            path,
            session_headers(session, agent, "POST", path, body, time_ms=int(time.time() * 1000)),
            body,
        )

    def _rules(self) -> list[str]:
        return [] if self.judged else ["unjudged"]

    @staticmethod
    def _signed(number: int, agent: int, path: str, body: bytes) -> Request:
        key = key_of(number)
        return lambda: (
            "POST",
            path,
            signed_headers(key, agent, "POST", path, body, time_ms=int(time.time() * 1000)),
            body,
        )

    def stop(self) -> None:
        self.gateway.terminate()
        self.gateway.wait(15)


class Peer:
    """A server that takes remote write."""

    def __init__(self, command: list[str], path: str, port: int, *, in_order: bool) -> None:
        self.path = path
        self.in_order = in_order
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"{command[0]} did not start")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            asyncio.run(send(self.port, [lambda: ("GET", "/metrics", {}, b"")]))
        except (OSError, RuntimeError, asyncio.IncompleteReadError):
            return False
        return True

    def measure(self, agents: int, rounds: int, seed: int, begin: int) -> tuple[Rate, Rate]:
        """First sight of all series, then the same series again. Samples are stamped from `begin` on, unix ms."""
        return self._rounds(agents, rounds, seed, begin), self._rounds(
            agents, rounds, seed + 1, begin + rounds * STEP_MS
        )

    def _rounds(self, agents: int, rounds: int, seed: int, begin: int) -> Rate:
        measured = values(seed, agents, rounds)
        names = [
            [_labels(name, labels, f"{seed // 2}-{number}") for name, labels in LABELS] for number in range(agents)
        ]
        headers = {
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        }
        waves: list[list[Request]] = []
        for at in range(rounds):
            base = begin + at * STEP_MS
            # Prometheus refuses a sample that is older than the series' last one, so a round waits for the one before.
            if not waves or self.in_order:
                waves.append([])
            for number in range(agents):
                body = bytes(cramjam.snappy.compress_raw(_write(names[number], measured[at, number], base)))
                waves[-1].append(lambda body=body: ("POST", self.path, headers, body))
        return timed(self.port, waves, processes([self.process.pid]), rounds * agents * SERIES)[0]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def _labels(name: str, labels: dict[str, str], agent: str) -> bytes:
    pairs = sorted({"__name__": name, "agent": agent, **labels}.items())
    return b"".join(_field(1, _field(1, key.encode()) + _field(2, value.encode())) for key, value in pairs)


def _write(names: list[bytes], measured: np.ndarray, at: int) -> bytes:
    stamp = b"\x10" + _varint(at)
    return b"".join(
        _field(1, name + _field(2, b"\x09" + struct.pack("<d", value) + stamp))
        for name, value in zip(names, measured, strict=True)
    )


def _field(number: int, content: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


@contextmanager
def peers(folder: Path) -> Iterator[dict[str, Peer]]:
    """The peers that are on this machine, each with an empty directory."""
    path = os.pathsep.join(filter(None, (os.environ.get("BENCH_PEERS", ""), os.environ.get("PATH", ""))))
    found: dict[str, Peer] = {}
    with ExitStack() as stack:
        for name in ("victoria-metrics", "prometheus"):
            binary = shutil.which(name, path=path)
            if binary is None:
                print(f"{name} is not on this machine (Debian has it as a package); left out.")
                continue
            port = three_free_ports()
            found[name] = Peer(*_command(name, binary, port, folder / name), port, in_order=name == "prometheus")
            stack.callback(found[name].stop)
        yield found


def _command(name: str, binary: str, port: int, folder: Path) -> tuple[list[str], str]:
    folder.mkdir()
    if name == "victoria-metrics":
        return [
            binary,
            f"-storageDataPath={folder}",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=3",
        ], "/api/v1/write"
    config = folder / "prometheus.yml"
    config.write_text("global: {}\n")
    flags = [
        f"--config.file={config}",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-remote-write-receiver",
    ]
    return [binary, *flags], "/api/v1/write"


def main() -> None:
    """Run the pairs and print a line each, then the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--judged", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as name, house() as steward, peers(Path(name)) as found:
        steward.start()
        ours = Steward(steward, Path(name), judged=given.judged)
        try:
            _run_pairs(found, ours, given.agents, given.rounds, given.pairs)
        finally:
            ours.stop()


def _run_pairs(found: dict[str, Peer], ours: Steward, agents: int, rounds: int, pairs: int) -> None:
    ratios: dict[tuple[str, str], list[float]] = {}
    seed = int(time.time())
    # Ever later, since Prometheus takes nothing that is much older than its newest.
    begin = (seed - pairs * 2 * rounds * STEP_MS // 1000) * 1000 // STEP_MS * STEP_MS
    for pair in range(1, pairs + 1):
        for name, peer in found.items():
            seed += 2
            theirs, mine = peer.measure(agents, rounds, seed, begin), ours.measure(agents, rounds, seed, begin)
            for kind, their, my in zip(("first", "steady"), theirs, mine, strict=True):
                ratios.setdefault((name, kind), []).append(my.cpu / their.cpu)
                us = f"Steward {my.cpu:9,.0f} ({my.wall:9,.0f}/s), ratio {my.cpu / their.cpu:.2f}"
                print(f"pair {pair} {kind:6} {name:16} {their.cpu:9,.0f} samples/CPU-s, {us}", flush=True)
        if not found:
            for kind, my in zip(("first", "steady"), ours.measure(agents, rounds, seed + 2 * pair, begin), strict=True):
                print(f"run {pair} {kind:6} Steward {my.cpu:9,.0f} samples/CPU-s ({my.wall:9,.0f}/s)", flush=True)
        begin += 2 * rounds * STEP_MS
    for (name, kind), each in ratios.items():
        print(f"median ratio to {name}, {kind}: {statistics.median(each):.2f} of {len(each)} pairs")


if __name__ == "__main__":
    main()
