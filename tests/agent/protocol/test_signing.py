# SPDX-License-Identifier: Apache-2.0
"""Who signed, what, when, once: each part of a request that is changed makes it nobody's."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.signing import (
    TIME_WINDOW_MS,
    NonceMemory,
    read_public_key,
    read_signature,
    signed_headers,
    signing_string,
    verify,
)

from tests.agent.protocol.garbage import campaign

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key()
NOW = 1_767_225_600_000


def headers(time_ms: int = NOW, body: bytes = b"body", path: str = "/v1/samples") -> dict[str, str]:
    made = signed_headers(KEY, 17, "POST", path, body, time_ms=time_ms)
    return {name.lower(): text for name, text in made.items()}


def check(made: dict[str, str], nonces: NonceMemory | None = None, now_ms: int = NOW, **changes) -> Refusal | None:
    asked = {"method": "POST", "path": "/v1/samples", "body": b"body"} | changes
    return verify(read_signature(made), PUBLIC, **asked, now_ms=now_ms, nonces=nonces or NonceMemory())


def test_what_the_agent_signed_is_the_agents():
    assert check(headers()) is None


def test_the_signed_string_is_the_one_written_down():
    assert signing_string("POST", "/v1/samples", 5, "n", b"") == (
        b"POST\n/v1/samples\n5\nn\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.parametrize("change", [{"method": "GET"}, {"path": "/v1/register"}, {"body": b"other"}])
def test_another_request_with_the_same_headers_is_refused(change):
    assert check(headers(), **change) is Refusal.SIGNATURE


def test_another_time_or_nonce_is_refused():
    assert check(headers() | {"x-steward-time": str(NOW + 1)}) is Refusal.SIGNATURE
    assert check(headers() | {"x-steward-nonce": headers()["x-steward-nonce"]}) is Refusal.SIGNATURE


def test_another_machines_key_is_refused():
    other = Ed25519PrivateKey.generate().public_key()
    signature = read_signature(headers())
    assert (
        verify(signature, other, "POST", "/v1/samples", b"body", now_ms=NOW, nonces=NonceMemory()) is Refusal.SIGNATURE
    )


@pytest.mark.parametrize(("off", "expected"), [(0, None), (1, Refusal.CLOCK)])
@pytest.mark.parametrize("side", [-1, 1])
def test_the_window_has_two_exact_ends(off, expected, side):
    assert check(headers(NOW + side * (TIME_WINDOW_MS + off))) is expected


def test_the_same_request_twice_is_refused():
    nonces, made = NonceMemory(), headers()
    assert check(made, nonces) is None
    assert check(made, nonces) is Refusal.REPLAY


@settings(max_examples=200, deadline=None)
@given(st.integers(-TIME_WINDOW_MS, TIME_WINDOW_MS), st.lists(st.integers(0, TIME_WINDOW_MS), max_size=8))
def test_no_passing_of_time_lets_a_request_in_twice(skew, steps):
    """Whatever the skew and however the server's clock moves on, a request that was let in never is again."""
    nonces, made, now = NonceMemory(), headers(NOW + skew), NOW
    assert check(made, nonces) is None
    for step in steps:
        now += step
        nonces.use(99, "a" * 22, now)
        assert check(made, nonces, now) in (Refusal.REPLAY, Refusal.CLOCK)


def test_a_stranger_cant_fill_the_memory_or_burn_a_nonce():
    nonces, made = NonceMemory(per_agent=1), headers()
    forged = made | {"x-steward-signature": base64.b64encode(bytes(64)).decode()}
    assert check(forged, nonces) is Refusal.SIGNATURE
    assert check(made, nonces) is None


def test_an_agent_that_floods_is_told_and_others_are_not():
    nonces = NonceMemory(per_agent=2)
    assert [nonces.use(1, f"{i}", NOW) for i in range(3)] == [None, None, Refusal.BUSY]
    assert nonces.use(2, "0", NOW) is None


def test_memory_is_forgotten_after_its_time():
    nonces = NonceMemory(per_agent=1)
    nonces.use(1, "a", NOW)
    assert nonces.use(1, "b", NOW) is Refusal.BUSY
    assert nonces.use(1, "b", NOW + 2 * TIME_WINDOW_MS) is None
    assert nonces.use(1, "a", NOW + 4 * TIME_WINDOW_MS) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x-steward-agent", "-1"),
        ("x-steward-agent", "4294967296"),
        ("x-steward-agent", "١٧"),
        ("x-steward-agent", "017"),
        ("x-steward-agent", ""),
        ("x-steward-time", "1e3"),
        ("x-steward-time", "9" * 5000),
        ("x-steward-nonce", "short"),
        ("x-steward-nonce", "\n" * 22),
        ("x-steward-signature", "AAAA"),
        ("x-steward-signature", "ü"),
    ],
)
def test_a_malformed_header_is_named(name, text):
    with pytest.raises(ProtocolError) as caught:
        read_signature(headers() | {name: text})
    assert caught.value.field.lower() == name


def test_a_missing_header_is_named():
    for name in headers():
        with pytest.raises(ProtocolError, match="is missing"):
            read_signature({key: text for key, text in headers().items() if key != name})


def test_a_key_of_another_length_is_refused():
    assert read_public_key(PUBLIC.public_bytes_raw()).public_bytes_raw() == PUBLIC.public_bytes_raw()
    with pytest.raises(ProtocolError):
        read_public_key(b"short")


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.prove)])
def test_garbage_in_the_headers_is_refused(count):
    names, texts = zip(*headers().items(), strict=True)

    def decode(raw: bytes) -> None:
        parts = raw.decode("latin-1").split("\n")
        read_signature(dict(zip(names, parts, strict=False)))

    campaign("headers", decode, ["\n".join(texts).encode()], count)
