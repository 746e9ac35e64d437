# SPDX-License-Identifier: Apache-2.0
"""What each answer means, what is sent in the clear, how long the agent leaves a server alone."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.channel import (
    MAX_ANSWER_BYTES,
    SESSION_AGAIN_S,
    SESSION_SPARE_S,
    Backoff,
    Channel,
    Outcome,
    checked_url,
    retry_after,
)
from steward_agent.clock import ServerClock
from steward_agent.errors import AgentError
from steward_agent.identity import read_key
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.results import CheckResult, encode_result, encode_results
from steward_agent.protocol.samples import Codec
from steward_agent.protocol.sessions import SESSION_PATH

from tests.agent.memory_gateway import Trouble

NOW = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = "/v1/policy"


@pytest.fixture
def clock():
    return ServerClock()


@pytest.fixture
def channel(gateway, state, enrolment, clock):
    made = Channel(read_key(state), enrolment.agent_id, enrolment.gateway_url, clock)
    yield made
    made.close()


def test_a_signed_request_is_answered(channel, clock):
    answer = channel.call("GET", POLICY)
    assert (answer.outcome, answer.status) == (Outcome.DONE, 200)
    assert abs(clock.offset_s) <= 1


def test_one_connection_carries_many_requests(channel, gateway):
    before = len(gateway.requests)
    for _ in range(5):
        assert channel.call("GET", POLICY).outcome is Outcome.DONE
    assert len(gateway.requests) == before + 5


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (Refusal.MALFORMED, Outcome.REFUSED),
        (Refusal.VERSION, Outcome.ODD),
        (Refusal.SIGNATURE, Outcome.UNKNOWN),
        (Refusal.UNKNOWN_AGENT, Outcome.UNKNOWN),
        (Refusal.REPLAY, Outcome.WAIT),
        (Refusal.PENDING, Outcome.PENDING),
        (Refusal.REVOKED, Outcome.REVOKED),
        (Refusal.UNKNOWN_SERIES, Outcome.REGISTER),
        (Refusal.TOO_LARGE, Outcome.SPLIT),
        (Refusal.BUSY, Outcome.WAIT),
        (Refusal.STORE_DOWN, Outcome.WAIT),
        (Refusal.DISK_FULL, Outcome.WAIT),
    ],
)
def test_every_refusal_has_its_consequence(channel, gateway, code, expected):
    gateway.refuse_next(POLICY, code)
    answer = channel.call("GET", POLICY)
    assert answer.outcome is expected
    assert answer.message == f"because of {code.value}"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Outcome.DONE),
        (302, Outcome.ODD),
        (400, Outcome.ODD),
        (401, Outcome.UNKNOWN),
        (403, Outcome.UNKNOWN),
        (404, Outcome.ODD),
        (413, Outcome.SPLIT),
        (429, Outcome.WAIT),
        (500, Outcome.WAIT),
        (502, Outcome.WAIT),
        (507, Outcome.WAIT),
    ],
)
def test_a_page_of_something_in_between_is_never_taken_for_the_servers_word(channel, gateway, status, expected):
    gateway.troubles.append(Trouble(POLICY, status, b"<html>\x1b[31mproxy</html>", {"Location": "http://elsewhere/"}))
    answer = channel.call("GET", POLICY)
    assert answer.outcome is expected
    assert answer.code is None
    assert len(gateway.requests) == 2


def test_a_clock_that_is_a_day_off_is_let_in_at_the_second_try(channel, gateway, clock):
    gateway.clock_shift_s = 86_400
    assert channel.call("GET", POLICY).outcome is Outcome.DONE
    assert gateway.paths().count(POLICY) == 2
    assert clock.offset_s == pytest.approx(86_400, abs=1.5)
    assert channel.call("GET", POLICY).outcome is Outcome.DONE
    assert gateway.paths().count(POLICY) == 3


def test_a_server_that_is_gone_is_waited_for_and_found_again(channel, gateway):
    gateway.stop()
    answer = channel.call("GET", POLICY)
    assert (answer.outcome, answer.status) == (Outcome.WAIT, 0)
    assert "127.0.0.1" in answer.message
    gateway.start()
    assert channel.call("GET", POLICY).outcome is Outcome.DONE


def test_an_answer_that_never_ends_is_cut(channel, gateway):
    gateway.troubles.append(Trouble(POLICY, 200, bytes(MAX_ANSWER_BYTES + 1)))
    assert channel.call("GET", POLICY).outcome is Outcome.WAIT
    assert channel.call("GET", POLICY).outcome is Outcome.DONE


def test_the_wish_of_the_server_is_read(channel, gateway):
    gateway.refuse_next(POLICY, Refusal.BUSY, Retry_After="7")
    assert channel.call("GET", POLICY).retry_after_s == 7


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("120", 120),
        ("999999", 3600),
        ("-5", None),
        ("soon", None),
        ("9" * 50, None),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 00:01:00", None),
    ],
)
def test_retry_after_in_both_its_forms(text, seconds):
    assert retry_after(text, NOW) == seconds


@settings(deadline=None)
@given(st.text())
def test_retry_after_of_any_text_is_bounded_or_nothing(text):
    wish = retry_after(text, NOW)
    assert wish is None or 0 <= wish <= 3600


def test_pauses_double_to_a_cap_and_are_spread():
    backoff = Backoff(1, 60)
    pauses = [backoff.pause() for _ in range(40)]
    for number, pause in enumerate(pauses):
        top = min(60, 2**number)
        assert top / 2 <= pause <= top
    assert len({round(pause, 6) for pause in pauses[10:]}) > 25
    backoff.reset()
    assert backoff.pause() <= 1
    assert 100 <= backoff.pause(100) <= 110


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host",
        "ftp://host",
        "http://",
        "https://user:secret@host",
        "https://host/?a=1",
        "http://\x00",
        "https://[::1",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(AgentError, match="give it as https://host"):
        checked_url(text)


@pytest.mark.parametrize(
    "text", ["http://steward.example", "http://10.0.0.5:8080", "http://[2001:db8::1]", "http://127.0.0.1.example"]
)
def test_nothing_goes_in_the_clear_over_a_network(text):
    with pytest.raises(AgentError, match="in the clear"):
        checked_url(text)


@pytest.mark.parametrize(
    "text", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:8080", "https://steward.example/x"]
)
def test_this_host_and_https_are_fine(text):
    assert checked_url(text).host


def test_near_gateways_get_the_cheap_codec(state, enrolment):
    key = read_key(state)
    codecs = {
        url: Channel(key, 1, url, ServerClock()).codec
        for url in ("http://localhost", "https://10.1.2.3", "https://a.example")
    }
    assert list(codecs.values()) == [Codec.LZ4, Codec.LZ4, Codec.ZSTD]


RESULTS = "/v1/results"
ONE = encode_results([encode_result(CheckResult("web", "http", 1_000, 1_000, 0.1, "ok", "ok"))])


def test_what_comes_often_goes_by_one_session(channel, gateway):
    for _ in range(4):
        assert channel.call("POST", RESULTS, ONE).outcome is Outcome.DONE
    assert gateway.paths().count(SESSION_PATH) == 1
    assert gateway.within_sessions == 4
    assert channel.call("GET", POLICY).outcome is Outcome.DONE
    assert gateway.within_sessions == 4, "what is rare is signed"


def test_a_session_that_the_gateway_knows_no_more_costs_a_signature_and_no_more(channel, gateway):
    channel.call("POST", RESULTS, ONE)
    gateway.sessions.clear()
    for _ in range(3):
        assert channel.call("POST", RESULTS, ONE).outcome is Outcome.DONE
    assert gateway.paths().count(SESSION_PATH) == 1, "asked for again later, not at once"
    assert gateway.paths().count(RESULTS) == 5


def test_a_gateway_of_before_gives_no_sessions_and_is_asked_again_now_and_then(channel, gateway, monkeypatch):
    gateway.gives_sessions = False
    for _ in range(3):
        assert channel.call("POST", RESULTS, ONE).outcome is Outcome.DONE
    assert gateway.paths().count(SESSION_PATH) == 1
    gateway.gives_sessions = True
    now = time.monotonic()
    monkeypatch.setattr("steward_agent.channel.time.monotonic", lambda: now + SESSION_AGAIN_S + 1)
    assert channel.call("POST", RESULTS, ONE).outcome is Outcome.DONE
    assert gateway.within_sessions == 1


def test_a_session_is_renewed_before_it_ends(channel, gateway, monkeypatch):
    channel.call("POST", RESULTS, ONE)
    now = time.monotonic()
    monkeypatch.setattr("steward_agent.channel.time.monotonic", lambda: now + 3600 - SESSION_SPARE_S + 1)
    assert channel.call("POST", RESULTS, ONE).outcome is Outcome.DONE
    assert (gateway.paths().count(SESSION_PATH), gateway.within_sessions) == (2, 2)


def test_nonsense_for_a_session_is_passed_over(channel, gateway):
    gateway.troubles.append(Trouble(SESSION_PATH, 200, b"nonsense"))
    assert channel.call("POST", RESULTS, ONE).outcome is Outcome.DONE
    assert gateway.within_sessions == 0
