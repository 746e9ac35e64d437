# SPDX-License-Identifier: Apache-2.0
"""Looks in a network namespace where the system answers no echo itself: a peer here does, as each scene has it.

Prints what each look ended with, as JSON by the scene's name. Run by test_ping.py; it would silence a real machine.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

from steward_agent.checks import ping
from steward_agent.checks.icmp import Line, checksum, open_line
from steward_agent.checks.place import Place
from steward_agent.checks.registry import checks

IP_HEAD = 20
LATE_S = 0.2
UNREACHABLE = {4: (3, 1), 6: (1, 3)}
opened: list[Line] = []

Answer = Callable[[int, bytes], list[bytes]]


def replied(version: int, asked: bytes, *, payload: bytes | None = None, number: int = 0, identifier: int = 0) -> bytes:
    """The echo reply to a request; `number` and `identifier` are added to its own."""
    head = bytearray(asked[:8])
    head[0] = 0 if version == 4 else 129
    head[2:4] = bytes(2)
    head[4:6] = ((int.from_bytes(asked[4:6], "big") + identifier) & 0xFFFF).to_bytes(2, "big")
    head[6:8] = ((int.from_bytes(asked[6:8], "big") + number) & 0xFFFF).to_bytes(2, "big")
    return summed(version, bytes(head) + (asked[8:] if payload is None else payload))


def summed(version: int, message: bytes) -> bytes:
    return message if version == 6 else message[:2] + checksum(message).to_bytes(2, "big") + message[4:]


def every(step: int, lost: int = 0) -> Answer:
    """Answers all but each `step`-th echo, which is number `lost` among them."""
    heard = count()
    return lambda version, asked: [] if next(heard) % step == lost else [replied(version, asked)]


def twice_every_second() -> Answer:
    once = every(2)
    return lambda version, asked: once(version, asked) * 2


def always(*changes: dict[str, Any]) -> Answer:
    return lambda version, asked: [replied(version, asked, **each) for each in changes]


def garbage(version: int, asked: bytes) -> list[bytes]:
    return [asked[:2], b"\0" * 8, b"\xff" * 1400, summed(version, b"\0\1\0\0" + asked[4:])]


def wrong_checksum(_version: int, asked: bytes) -> list[bytes]:
    return [b"\0\0\xbe\xef" + asked[4:]]


def unreachable(_version: int, asked: bytes) -> list[bytes]:
    head = bytearray(b"\x45" + bytes(IP_HEAD - 1))
    head[2:4] = (IP_HEAD + len(asked)).to_bytes(2, "big")
    head[8], head[9] = 64, socket.IPPROTO_ICMP
    head[12:20] = socket.inet_aton("127.0.0.1") * 2
    return [summed(4, b"\3\1\0\0" + bytes(4) + bytes(head) + asked)]


@contextmanager
def peer(version: int, answer: Answer, after: float = 0.0) -> Iterator[None]:
    """Answers echoes to this machine so, `after` so many seconds."""
    over = Event()
    family, protocol = (
        (socket.AF_INET, socket.IPPROTO_ICMP) if version == 4 else (socket.AF_INET6, socket.IPPROTO_ICMPV6)
    )
    with socket.socket(family, socket.SOCK_RAW, protocol) as sock:
        sock.settimeout(0.05)

        def serve() -> None:
            while not over.is_set():
                try:
                    heard, sender = sock.recvfrom(4096)
                except TimeoutError:
                    continue
                asked = heard[IP_HEAD:] if version == 4 else heard
                if asked[0] != (8 if version == 4 else 128):
                    continue
                over.wait(after)
                for each in answer(version, asked):
                    sock.sendto(each, sender)

        thread = Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def look(*, timeout: float = 5.0, place: Place | None = None, **given: Any) -> dict[str, Any]:
    check = checks()["ping"]
    opened.clear()
    worked = time.process_time()
    config = check.config({"host": "127.0.0.1", "spacing_seconds": 0.02, "wait_seconds": 0.1, **given})
    seen = check.observe(config, place or Place(), timeout)
    told = {"verdict": seen.verdict, "reason": seen.reason, "parameters": seen.parameters, "measured": seen.measured}
    return told | {"raw": opened[-1].raw if opened else None, "worked": time.process_time() - worked}


def answered(version: int, answer: Answer, after: float = 0.0, **given: Any) -> dict[str, Any]:
    with peer(version, answer, after):
        return look(**{"host": "127.0.0.1" if version == 4 else "::1", **given})


def privileged() -> dict[str, Any]:
    both = ({}, {})
    return {
        "silent": look(),
        "silent6": look(host="::1"),
        "silent_cut": look(wait_seconds=5, timeout=0.3),
        "silent_unsent": look(count=50, wait_seconds=5, timeout=0.5),
        "one_lost": answered(4, every(5, 2)),
        "half_lost": answered(4, every(2), count=4),
        "half_allowed": answered(4, every(2), count=4, max_loss_percent=50),
        "twice": answered(4, always(*both)),
        "twice6": answered(6, always(*both)),
        "twice_half": answered(4, twice_every_second(), count=4),
        "late_in_time": answered(4, always({}), after=LATE_S, count=8, spacing_seconds=0.05),
        "late": answered(4, always({}), after=LATE_S, count=2),
        "wrong_payload": answered(4, always({"payload": bytes(56)}), count=2),
        "wrong_identifier": answered(4, always({"identifier": 1}), count=2),
        "wrong_number": answered(4, always({"number": 2}, {"number": 9}), count=2),
        "wrong_checksum": answered(4, wrong_checksum, count=2),
        "garbage": answered(4, garbage, count=2),
        "unreachable": answered(4, unreachable, count=2, wait_seconds=0.4),
        "no_route": look(host="192.0.2.1"),
        "second_address": answered(
            4, always({}), place=Place(lookup=lambda _: ["2001:db8::1", "127.0.0.1"]), host="site.example"
        ),
    } | unprivileged()


def unprivileged() -> dict[str, Any]:
    """The last scenes of a namespace: from here on its root needs no rights to ping."""
    Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 0")
    return {"unprivileged": answered(4, always({})), "unprivileged6": answered(6, always({}))}


def open_and_note(version: int) -> Line:
    opened.append(open_line(version))
    return opened[-1]


def main(rights: str) -> None:
    ping.open_line = open_and_note
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    Path("/proc/sys/net/ipv4/icmp_echo_ignore_all").write_text("1")
    Path("/proc/sys/net/ipv6/icmp/echo_ignore_all").write_text("1")
    told = privileged() if rights == "with" else {"forbidden": look(), "forbidden6": look(host="::1")}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
