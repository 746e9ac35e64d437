# SPDX-License-Identifier: Apache-2.0
"""Valid messages spoilt in every way a hostile or broken peer might, and the promise every decoder keeps."""

import os
import random
import time
from collections.abc import Callable, Iterator

from steward_agent.protocol.errors import ProtocolError

SLOWEST_S = 1.0


def spoilt(valid: bytes, rng: random.Random) -> bytes:
    """One mutation of `valid`: cut, bits turned, bytes put in, a part repeated, or nothing but noise."""
    way = rng.randrange(6)
    if way == 0:
        return valid[: rng.randrange(len(valid) + 1)]
    if way == 1:
        return rng.randbytes(rng.randrange(600))
    raw = bytearray(valid)
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(len(raw) + 1)
        if way == 2 and at < len(raw):
            raw[at] ^= 1 << rng.randrange(8)
        elif way == 3:
            raw[at:at] = rng.choice(
                (b"\xff" * 4, b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\x00", b"\x91" * 99)
            )
        elif way == 4 and at < len(raw):
            raw[at] = rng.choice((0, 0x7F, 0x80, 0xC1, 0xDB, 0xFF))
        else:
            end = min(len(raw), at + rng.randrange(1, 64))
            raw[at:at] = raw[at:end]
    return bytes(raw)


def campaign(name: str, decode: Callable[[bytes], object], valid: list[bytes], count: int) -> None:
    """`decode` on `count` spoilt messages: each is taken or refused with ProtocolError, quickly; nothing else happens."""
    seed = int(os.environ.get("STEWARD_TEST_SEED", random.SystemRandom().randrange(2**32)))
    rng = random.Random(seed)
    taken = refused = 0
    for message in _messages(valid, rng, count):
        started = time.perf_counter()
        reason = _refusal(decode, message)
        taken, refused = (taken + 1, refused) if reason is None else (taken, refused + 1)
        assert reason is None or (reason.isprintable() and len(reason) < 1000), f"{name}: {reason!r}, seed {seed}"
        assert time.perf_counter() - started < SLOWEST_S, f"{name}: slow on {message[:64]!r}, seed {seed}"
    print(f"{name}: {count} spoilt messages, {taken} taken, {refused} refused, seed {seed}")
    assert taken + refused == count
    assert refused > count // 3


def _refusal(decode: Callable[[bytes], object], message: bytes) -> str | None:
    try:
        decode(message)
    except ProtocolError as error:
        return str(error)
    return None


def _messages(valid: list[bytes], rng: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield spoilt(rng.choice(valid), rng)
