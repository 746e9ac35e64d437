# SPDX-License-Identifier: Apache-2.0
"""A web address is asked over real sockets and real TLS, and judged by what was asked for."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.checks.http import follows, pieces
from steward_agent.checks.place import Place
from steward_agent.checks.registry import BadConfig, checks
from steward_agent.checks.targets import BadTarget, read_target, redirected

from tests.agent.checks.peers import answering, drip_body, endless, gone, peer, saying, silent
from tests.waiting import bar


def url(other, path="/", scheme="http", host="127.0.0.1"):
    return f"{scheme}://{host}:{other.port}{path}"


def local(*names):
    """A place where these names lead here."""
    return {"lookup": lambda host: ["127.0.0.1"] if host in names else []}


def test_a_page_that_answers_is_ok_and_measured(ask):
    with peer(answering(b"hello there")) as other:
        seen = ask("http", url=url(other, "/status?x=1#part"))
    assert (seen.verdict, seen.reason, seen.parameters) == ("ok", "ok", {})
    assert seen.measured["check.http.status"] == 200
    assert seen.measured["check.http.body_bytes"] == 11
    assert 0 < seen.measured["check.http.connect_seconds"] <= seen.measured["check.http.head_seconds"]
    assert seen.measured["check.http.head_seconds"] <= seen.measured["check.seconds"] < bar(1)
    head = other.heard[0].decode().split("\r\n")
    assert head[0] == "GET /status?x=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{other.port}" in head
    assert {"Accept-Encoding: identity", "Connection: close", "User-Agent: steward-check/1"} <= set(head)


@pytest.mark.parametrize(
    ("status", "expected", "verdict"),
    [
        ("204 No Content", ["200-299"], "ok"),
        ("404 Not Found", ["200-299"], "failing"),
        ("401 Unauthorized", ["200-299", "401"], "ok"),
        ("500 Oops", ["200"], "failing"),
    ],
)
def test_the_status_is_judged(ask, status, expected, verdict):
    with peer(answering(b"", status)) as other:
        seen = ask("http", url=url(other), status=expected)
    assert seen.verdict == verdict
    assert seen.measured["check.http.status"] == int(status[:3])
    if verdict == "failing":
        assert seen.reason == "unexpected_status"
        assert seen.parameters == {"status": int(status[:3]), "expected": ", ".join(expected)}


def test_head_asks_for_no_body(ask):
    with peer(answering(b"hello")) as other:
        seen = ask("http", url=url(other), method="HEAD")
    assert seen.verdict == "ok"
    assert other.heard[0].startswith(b"HEAD / HTTP/1.1\r\n")
    assert seen.measured["check.http.body_bytes"] == 0


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("body_contains", "jobs done", None),
        ("body_contains", "Jobs done", "text_missing"),
        ("body_pattern", "queue: * jobs", None),
        ("body_pattern", "jobs*queue", "pattern_missing"),
        ("body_pattern", r"5\* hotel", None),
        ("body_lacks", "error", None),
        ("body_lacks", "çiçek", "text_present"),
    ],
)
def test_the_body_is_searched_for_plain_text(ask, field, text, reason):
    with peer(answering("queue: 17 jobs done, 5* hotel, çiçek".encode())) as other:
        seen = ask("http", url=url(other), **{field: text})
    assert seen.reason == (reason or "ok")
    if reason:
        assert (seen.verdict, seen.parameters) == ("failing", {"bytes": 38})


def test_the_body_is_read_in_the_charset_it_says(ask):
    body = "Şişli çağrı".encode("windows-1254")
    with peer(answering(body, "200 OK", "Content-Type: text/html; charset=Windows-1254")) as other:
        assert ask("http", url=url(other), body_contains="Şişli").verdict == "ok"
    for odd in ("unicode_escape", "iso-8859-99", "idna", "\xff;\x00"):
        with peer(answering(body, "200 OK", f"Content-Type: text/html; charset={odd}")) as other:
            assert ask("http", url=url(other), body_contains="Şişli").reason == "text_missing"


def test_a_body_in_chunks_is_put_together(ask):
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nqui\r\n4\r\nxote\r\n0\r\n\r\n"
    with peer(saying(chunks)) as other:
        assert ask("http", url=url(other), body_contains="quixote").verdict == "ok"


def test_text_that_may_stand_beyond_what_is_read_is_unknown(ask):
    body = b"a" * 5000 + b"needle"
    with peer(answering(body)) as other:
        assert ask("http", url=url(other), body_contains="needle").verdict == "ok"
        for field in ("body_contains", "body_lacks"):
            seen = ask("http", url=url(other), max_body_bytes=1024, **{field: "needle"})
            assert (seen.verdict, seen.reason, seen.parameters) == ("unknown", "body_cut", {"limit": 1024})
        assert ask("http", url=url(other), max_body_bytes=1024, body_contains="aaa").verdict == "ok"


def test_a_body_without_an_end_is_read_as_far_as_wanted(ask):
    with peer(endless) as other:
        seen = ask("http", url=url(other), max_body_bytes=2048)
        assert (seen.verdict, seen.measured["check.http.body_bytes"]) == ("ok", 2048)
        assert ask("http", url=url(other), max_body_bytes=2048, body_contains="needle").reason == "body_cut"
        assert ask("http", url=url(other), max_body_bytes=2048, body_contains="AAA").verdict == "ok"


def test_a_compressed_body_cant_be_searched_and_is_unknown(ask):
    with peer(answering(b"\x1f\x8b...", "200 OK", "Content-Encoding: gzip")) as other:
        assert ask("http", url=url(other)).verdict == "ok"
        seen = ask("http", url=url(other), body_contains="x")
    assert (seen.verdict, seen.reason, seen.parameters) == ("unknown", "body_encoded", {"encoding": "gzip"})


@pytest.mark.parametrize(
    ("talk", "reason", "parameters"),
    [
        (gone, "closed", {"phase": "head"}),
        (saying(b"220 mail.example ESMTP\r\n"), "not_http", {"phase": "head"}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"), "body_incomplete", {}),
        (saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf"), "body_incomplete", {}),
        (saying(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000 + b"\r\n"), "head_too_large", {"limit": 65536}),
        (saying(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000), "head_too_large", {"limit": 65536}),
    ],
)
def test_an_answer_that_is_none_is_failing(ask, talk, reason, parameters):
    with peer(talk) as other:
        seen = ask("http", url=url(other))
    assert (seen.verdict, seen.reason, seen.parameters) == ("failing", reason, parameters)


@pytest.mark.parametrize(("talk", "phase"), [(silent, "head"), (drip_body, "body")])
def test_an_answer_that_does_not_end_is_a_timeout_that_names_the_phase(ask, talk, phase):
    with peer(talk) as other:
        seen = ask("http", url=url(other), timeout=0.4)
    assert (seen.verdict, seen.reason) == ("failing", "timeout")
    assert seen.parameters == {"phase": phase, "seconds": 0.4}


def test_slower_than_asked_for_is_failing_though_all_held(ask):
    def slow(line):
        line.hear()
        line.peer.over.wait(0.15)
        line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with peer(slow) as other:
        seen = ask("http", url=url(other), max_seconds=0.1)
        assert (seen.verdict, seen.reason) == ("failing", "too_slow")
        assert seen.parameters["limit"] == 0.1
        assert seen.parameters["seconds"] > 0.1
        assert ask("http", url=url(other), max_seconds=30).verdict == "ok"


# ── redirects ──


def hops(count, last=b"arrived"):
    """`/0` leads to `/1` and so on, until `/count`."""

    def talk(line):
        asked = line.hear().split(b" ")[1]
        at = int(asked[1:])
        answer = f"/{at + 1}" if at < count else None
        if answer is None:
            answering(last)(_Again(line))
        else:
            line.say(f"HTTP/1.1 302 Found\r\nLocation: {answer}\r\nContent-Length: 0\r\n\r\n".encode())

    return talk


class _Again:
    """A line whose request was heard already."""

    def __init__(self, line):
        self.say = line.say

    def hear(self):
        return b"GET"


def test_redirects_are_followed_up_to_the_limit(ask):
    with peer(hops(3)) as other:
        assert ask("http", url=url(other, "/0"), redirects=3, body_contains="arrived").verdict == "ok"
        assert other.lines == 4
        seen = ask("http", url=url(other, "/0"), redirects=2)
    assert (seen.verdict, seen.reason, seen.parameters) == ("failing", "too_many_redirects", {"limit": 2})
    assert seen.measured["check.http.status"] == 302


def test_a_redirect_itself_can_be_what_is_asked_for(ask):
    with peer(hops(1)) as other:
        assert ask("http", url=url(other, "/0"), redirects=0).reason == "unexpected_status"
        assert ask("http", url=url(other, "/0"), redirects=0, status=["302"]).verdict == "ok"
        assert other.lines == 2


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("ftp://example.com/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("http://-odd-/", "host"),
        ("http://user:pass@127.0.0.1/", "user"),
        ("http://127.0.0.1:99999/", "port"),
        ("http://a..b/", "host"),
        ("http://[::1/", "form"),
        ("/" + "x" * 3000, "form"),
    ],
)
def test_a_redirect_to_what_cant_be_followed_is_failing(ask, location, why):
    with peer(saying(f"HTTP/1.1 301 Moved\r\nLocation: {location}\r\n\r\n".encode())) as other:
        seen = ask("http", url=url(other))
    assert (seen.verdict, seen.reason, seen.parameters) == ("failing", "bad_redirect", {"why": why})


def test_what_is_confided_to_one_origin_is_not_told_to_another(ask):
    with peer(answering(b"end")) as second:
        first_answer = f"HTTP/1.1 302 Found\r\nLocation: {url(second)}\r\n\r\n".encode()
        with peer(saying(first_answer)) as first:
            given = {"Authorization": "Bearer canary", "X-Key": "canary"}
            assert ask("http", url=url(first), headers=given).verdict == "ok"
    assert b"Authorization: Bearer canary" in first.heard[0]
    assert b"canary" not in second.heard[0]


def test_letters_in_a_location_are_encoded_as_browsers_do():
    base = read_target("http://a.example/x/y?z=1")
    assert redirected(base, "çay?q=ü".encode().decode("latin-1")).path == "/x/%C3%A7ay?q=%C3%BC"
    assert redirected(base, "//b.example/%41?x=%20#f").url == "http://b.example/%41?x=%20"
    assert redirected(base, "/a b\r\n\tX: y").path == "/a%20b%0D%0A%09X:%20y"


# ── TLS ──


def test_a_certificate_that_holds_is_ok_and_its_end_is_measured(ask, ca):
    with peer(answering(), context=ca.server("127.0.0.1", days=10)) as other:
        seen = ask("http", url=url(other, scheme="https"), place=Place(ca_file=ca.file))
    assert seen.verdict == "ok"
    assert seen.measured["check.http.certificate_seconds"] == pytest.approx(10 * 86_400, abs=120)


@pytest.mark.parametrize(
    ("made", "trusted", "why"),
    [
        ({"days": -1}, True, "expired"),
        ({"hosts": ["other.example"]}, True, "other_host"),
        ({"signed": False}, True, "self_signed"),
        ({}, False, "unknown_authority"),
    ],
)
def test_a_certificate_that_does_not_hold_is_failing_unless_that_is_not_asked(ask, ca, made, trusted, why):
    hosts = made.pop("hosts", ["site.example"])
    place = Place(ca_file=ca.file if trusted else None, **local("site.example"))
    with peer(answering(), context=ca.server(*hosts, **made)) as other:
        address = url(other, scheme="https", host="site.example")
        seen = ask("http", url=address, place=place)
        assert (seen.verdict, seen.reason) == ("failing", "tls_certificate")
        assert (seen.parameters["host"], seen.parameters["why"]) == ("site.example", why)
        loose = ask("http", url=address, place=place, verify_tls=False)
    assert loose.verdict == "ok"
    assert (loose.measured["check.http.certificate_seconds"] < 0) == (why == "expired")


def test_what_does_not_speak_tls_is_failing(ask):
    with peer(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as other:
        seen = ask("http", url=url(other, scheme="https"), timeout=3)
    assert (seen.verdict, seen.parameters.get("phase") or seen.reason) in [
        ("failing", "tls_failed"),
        ("failing", "tls"),
    ]


def test_a_handshake_that_drips_is_over_in_time(ask):
    def drip(line):
        while line.goes_on:
            line.say(b"\x16\x03\x03\x40\x00"[:1])
            line.peer.over.wait(0.02)

    with peer(drip) as other:
        started = time.monotonic()
        seen = ask("http", url=url(other, scheme="https"), timeout=0.5)
    assert time.monotonic() - started < bar(1)
    assert seen.verdict == "failing"


# ── the configuration ──


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "http://user@example.com/"}, "url"),
        ({"url": "http://example.com/a b"}, "url"),
        ({"url": "http://example.com/\n"}, "url"),
        ({"url": "http://example.com:0/"}, "url"),
        ({"url": "http://exa mple/"}, "url"),
        ({"url": "http://a.b/" + "x" * 2048}, "url"),
        ({"method": "POST"}, "method"),
        ({"headers": {"Host": "x"}}, "headers"),
        ({"headers": {"transfer-encoding": "chunked"}}, "headers"),
        ({"headers": {"X": "a\r\nY: b"}}, "headers"),
        ({"headers": {"X Y": "a"}}, "headers"),
        ({"status": []}, "status"),
        ({"status": ["2xx"]}, "status"),
        ({"status": ["299-200"]}, "status"),
        ({"redirects": 11}, "redirects"),
        ({"method": "HEAD", "body_contains": "x"}, "body_contains"),
        ({"body_pattern": "***"}, "body_pattern"),
        ({"max_seconds": 0}, "max_seconds"),
        ({"max_body_bytes": 10**9}, "max_body_bytes"),
    ],
)
def test_a_wrong_configuration_names_its_field(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["http"].config({"url": "http://example.com/"} | given)
    assert caught.value.field == field


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_no_address_a_peer_makes_up_raises_anything_else(text):
    base = read_target("http://a.example/")
    for read in (read_target, lambda location: redirected(base, location)):
        with suppress(BadTarget):
            target = read(text)
            assert target.path.isascii()
            assert not set(target.path) & set("\r\n ")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(alphabet="ab", min_size=1, max_size=3), min_size=1, max_size=4), st.text(alphabet="ab"))
def test_a_pattern_matches_as_its_definition_says(wanted, text):
    def slowly(pieces, rest):
        return not pieces or any(
            rest.startswith(pieces[0], at) and slowly(pieces[1:], rest[at + len(pieces[0]) :])
            for at in range(len(rest) + 1)
        )

    assert pieces("*".join(wanted)) == wanted
    assert follows(text, wanted) == slowly(wanted, text)


def test_a_pattern_takes_linear_time_on_what_it_does_not_match():
    started = time.perf_counter()
    assert not follows("a" * 500_000, pieces("*".join(["a"] * 100) + "*b"))
    assert time.perf_counter() - started < bar(0.5)
