# SPDX-License-Identifier: Apache-2.0
"""Asking strangers: what answers is read within bounds, and what misbehaves is told by its code."""

import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from steward.core.outward import asking
from steward.core.outward.public import Question, Unreached, ask, origin_of, reach_words, refusal_of
from steward.core.outward.sayings import BAD_ADDRESS, SAYINGS
from steward.settings.env import Settings, get_settings
from tests.agent.checks.certificates import authority
from tests.agent.checks.peers import Line, peer, saying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Seen: Yes\r\n\r\nok"


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator lists loopback."""
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.0/8"])


def why(url: str, **how: Any) -> Unreached:
    with pytest.raises(Unreached) as raised:
        ask(Question(url), **how)
    return raised.value


def test_a_whole_request_goes_out_and_a_whole_answer_comes_back() -> None:
    with peer(saying(OK)) as other:
        url = f"http://127.0.0.1:{other.port}/hook?a=1"
        reply = ask(Question(url, "POST", {"X-Mine": "1", "Host": "else", "Content-Length": "9"}, b"{}"))
    assert (reply.status, reply.body, reply.headers["x-seen"]) == (200, b"ok", "Yes")
    head = other.heard[0]
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert head.count(b"Host:") == head.count(b"Content-Length:") == 1
    assert b"Content-Length: 2\r\n" in head
    assert b"X-Mine: 1\r\n" in head


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with (
        peer(saying(OK)) as inner,
        peer(
            saying(
                f"HTTP/1.1 {status} Go\r\nLocation: http://127.0.0.1:{inner.port}/\r\nContent-Length: 0\r\n\r\n".encode()
            )
        ) as outer,
    ):
        assert ask(Question(f"http://127.0.0.1:{outer.port}/")).status == status
    assert inner.lines == 0


def endless(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\n\r\n")
    while line.goes_on:
        line.say(b"x" * 65536)


def long_head(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\n")
    while line.goes_on:
        line.say(b"X-A: " + b"x" * 1000 + b"\r\n")


def dripping(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
    line.wait(10)


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (endless, "too_large"),
        (long_head, "too_large"),
        (dripping, "timeout"),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "not_http"),
        (saying(b""), "closed"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxx"), "not_http"),
    ],
)
def test_who_answers_badly_is_told_by_a_code_in_bounded_time_and_size(talk: Any, code: str) -> None:
    with peer(talk) as other:
        unreached = why(f"http://127.0.0.1:{other.port}/", timeout=0.4)
    assert unreached.code == code
    assert reach_words(unreached.code, unreached.params) != code


@pytest.mark.parametrize("talk", [endless, dripping])
def test_where_the_status_is_enough_a_bad_body_takes_nothing_of_it_away(talk: Any) -> None:
    with peer(talk) as other:
        reply = ask(Question(f"http://127.0.0.1:{other.port}/"), whole=False, timeout=0.4, body_max=64)
    assert reply.status == 200
    assert len(reply.body) <= 64


@pytest.fixture
def trusted(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An authority that this process trusts."""
    made = authority(tmp_path)
    context = ssl.create_default_context(cafile=made.file)
    monkeypatch.setattr(asking, "_trusting", lambda: context)
    return made


def test_a_certificate_must_hold_for_the_name_that_was_asked(trusted: Any) -> None:
    names = {"a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"]}
    with peer(saying(OK), context=trusted.server("a.example")) as other:
        assert ask(Question(f"https://a.example:{other.port}/"), lookup=names.__getitem__).status == 200
        assert why(f"https://b.example:{other.port}/", lookup=names.__getitem__).code == "tls_certificate"
    with peer(lambda line: line.say(OK)) as plain:
        assert why(f"https://a.example:{plain.port}/", lookup=names.__getitem__).code == "tls_failed"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://a.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://a.example/", "scheme"),
        ("https://user:word@a.example/", "user"),
        ("https:///x", "host"),
        ("https://a.example:0/", "port"),
        ("https://a.example/\r\nX: y", "form"),
        ("https://kuzeyışık.example/", "form"),
    ],
)
def test_an_address_that_is_none_is_refused_with_a_remedy(url: str, code: str) -> None:
    assert refusal_of(url) == code
    assert str(BAD_ADDRESS[code])
    assert why(url).code == "bad_target"


def test_of_an_address_the_origin_alone_is_shown() -> None:
    assert origin_of("https://a.example:8443/T0/secret?key=1") == "https://a.example:8443"
    assert "secret" not in repr(Question("https://a.example/secret", headers={"a": "secret"}, body=b"secret"))


def test_a_header_can_not_be_split() -> None:
    for text in ("a\r\nb: c", "a\nb", "ü"):
        with pytest.raises(ValueError, match="one line"):
            Question("https://a.example/", headers={"X": text})


def test_every_reason_has_words_with_its_own_parameters() -> None:
    params = dict.fromkeys(("host", "address", "port", "why", "seconds", "error", "phase"), "x")
    for code in SAYINGS:
        assert "x" in reach_words(code, params) or code == "closed"
    assert reach_words("of_a_later_version", {}) == "of_a_later_version"


@pytest.mark.parametrize("listed_wrong", ['["inner.example"]', '["10.0.0.0/33"]', '["10.1.2.3/8"]'])
def test_the_operators_list_takes_networks_alone(monkeypatch: pytest.MonkeyPatch, listed_wrong: str) -> None:
    monkeypatch.setenv("STEWARD_OUTWARD_ALLOW", listed_wrong)
    with pytest.raises(ValueError, match="write networks"):
        Settings()
    monkeypatch.setenv("STEWARD_OUTWARD_ALLOW", '["10.1.2.0/24", "fd00:1::5"]')
    assert Settings().outward_allow == ["10.1.2.0/24", "fd00:1::5/128"]
