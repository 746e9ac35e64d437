# SPDX-License-Identifier: Apache-2.0
"""A key that two share: what both come to, and what each part of a request changes."""

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.sessions import (
    Session,
    SessionAnswer,
    checked_ticket,
    decode_answer,
    encode_answer,
    half_of,
    is_mac,
    mac,
    shared_key,
)
from steward_agent.protocol.signing import NonceMemory, read_signature, session_headers, verify_in_session

from tests.agent.protocol.garbage import campaign

NOW = 1_767_225_600_000
TICKET = "t" * 40
KEY = secrets.token_bytes(32)
# Points of small order: whoever sends one would know the key without knowing anything (RFC 7748, section 6.1).
SMALL = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


def key_between(agent: X25519PrivateKey, gateway: X25519PrivateKey, number: int = 17) -> tuple[bytes, bytes]:
    halves = {"agent_half": half_of(agent), "gateway_half": half_of(gateway)}
    return (
        shared_key(agent, half_of(gateway), number, **halves),
        shared_key(gateway, half_of(agent), number, **halves),
    )


def test_both_come_to_the_same_key_and_nobody_else_does():
    agent, gateway, other = (X25519PrivateKey.generate() for _ in range(3))
    ours, theirs = key_between(agent, gateway)
    assert ours == theirs
    assert len(ours) == 32
    assert ours not in key_between(other, gateway)
    assert ours not in key_between(agent, gateway, 18), "bound to the agent"


@pytest.mark.parametrize("half", [*SMALL, b"short"])
def test_a_half_that_gives_everybody_the_same_key_is_refused(half):
    own = X25519PrivateKey.generate()
    with pytest.raises(ProtocolError, match="half"):
        shared_key(own, half, 17, agent_half=half, gateway_half=half_of(own))


@given(st.sampled_from(["method", "path", "time_ms", "nonce", "body", "key"]))
def test_each_part_of_a_request_is_covered(part):
    asked = {"method": "POST", "path": "/v1/samples", "time_ms": NOW, "nonce": "n" * 22, "body": b"body", "key": KEY}
    changed = {
        "method": "GET", "path": "/v1/results", "time_ms": NOW + 1, "nonce": "m" * 22, "body": b"bodz",
        "key": bytes(32),
    }  # fmt: skip
    assert is_mac(mac(**asked), **asked)
    assert not is_mac(mac(**asked), **asked | {part: changed[part]})


def test_nothing_of_a_body_can_be_taken_for_the_head():
    assert mac(KEY, "POST", "/v1/samples", NOW, "n", b"x\n") != mac(KEY, "POST", "/v1/samples", NOW, "n\nx", b"")


def test_a_request_within_a_session_holds_once_and_in_its_time():
    made = session_headers(Session(TICKET, KEY, 0.0), 17, "POST", "/v1/samples", b"body", time_ms=NOW)
    signature = read_signature({name.lower(): text for name, text in made.items()})
    assert (signature.agent_id, signature.ticket) == (17, TICKET)
    nonces, asked = NonceMemory(), (KEY, "POST", "/v1/samples", b"body")
    assert verify_in_session(signature, *asked, now_ms=NOW + 200_000, nonces=nonces) is Refusal.CLOCK
    assert verify_in_session(signature, bytes(32), *asked[1:], now_ms=NOW, nonces=nonces) is Refusal.SIGNATURE
    assert verify_in_session(signature, *asked, now_ms=NOW, nonces=nonces) is None
    assert verify_in_session(signature, *asked, now_ms=NOW, nonces=nonces) is Refusal.REPLAY


@pytest.mark.parametrize("ticket", ["", "short", "t" * 401, "t" * 20 + "\r\nX-Evil: 1", "ä" * 20, "t" * 20 + "="])
def test_a_ticket_is_letters_and_nothing_else(ticket):
    with pytest.raises(ProtocolError):
        checked_ticket(ticket)


def test_an_answer_comes_back_as_it_was_and_garbage_is_refused():
    answer = SessionAnswer(b"h" * 32, TICKET, 3600)
    assert decode_answer(encode_answer(answer)) == answer
    for bad in (
        SessionAnswer(b"h" * 31, TICKET, 3600),
        SessionAnswer(b"h" * 32, "x\n" * 20, 3600),
        SessionAnswer(b"h" * 32, TICKET, 0),
    ):
        with pytest.raises(ProtocolError):
            decode_answer(encode_answer(bad))
    campaign("session", decode_answer, [encode_answer(answer)], 1_000)
