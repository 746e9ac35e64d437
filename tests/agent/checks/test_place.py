# SPDX-License-Identifier: Apache-2.0
"""A place says what may be reached: asked about every address, before every connection, whatever names and peers say."""

import socket
import time
from ipaddress import ip_address
from threading import Event

import pytest
from steward_agent.checks.place import Lookups, NameUnknown, NoAnswer, Place, system_lookup

from tests.agent.checks.peers import answering, peer, saying, silent
from tests.waiting import bar


class Resolver:
    """Answers each question about a name with the next of its answers, as a rebinding one does."""

    def __init__(self, **answers):
        self.answers = {name.replace("_", "."): list(told) for name, told in answers.items()}
        self.asked = []

    def __call__(self, host):
        self.asked.append(host)
        told = self.answers.get(host)
        if told is None:
            raise NameUnknown(host)
        return told.pop(0) if len(told) > 1 else told[0]


def no_loopback(address):
    return not address.is_loopback


def public(address):
    return address.is_global


def only(*texts):
    allowed = {ip_address(text) for text in texts}
    return lambda address: address in allowed


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "::1",
        "::ffff:127.0.0.1",
        "::",
        "localhost",
        "169.254.169.254",
        "10.0.0.7",
        "fe80::1",
        "fd00::1",
    ],
)
@pytest.mark.parametrize("slug", ["http", "tcp"])
def test_no_spelling_of_an_inner_address_gets_past_the_veto(ask, slug, host):
    with peer(answering()) as other:
        given = {"host": host, "port": other.port}
        if slug == "http":
            shown = f"[{host}]" if ":" in host else host
            given = {"url": f"http://{shown}:{other.port}/"}
        seen = ask(slug, place=Place(allows=public), timeout=5, **given)
        assert (seen.verdict, seen.reason) == ("unknown", "address_forbidden")
        assert other.lines == 0


def test_a_name_is_asked_for_once_and_what_it_means_later_leads_nowhere(ask):
    resolver = Resolver(a_example=[["127.0.0.2"], ["127.0.0.1"]])
    with socket.create_server(("127.0.0.2", 0)) as allowed, peer(silent) as forbidden:
        # Nobody answers at the allowed address: a second question would lead to the other.
        allowed.listen(1)
        port = allowed.getsockname()[1]
        place = Place(allows=only("127.0.0.2"), lookup=resolver)
        seen = ask("tcp", host="a.example", port=port, place=place)
        assert seen.verdict == "ok"
        assert forbidden.lines == 0
    assert resolver.asked == ["a.example"]


def test_a_rebinding_name_is_not_asked_again_after_a_redirect_to_itself(ask):
    resolver = Resolver(a_example=[["127.0.0.2"], ["127.0.0.1"]])
    with peer(saying(b"HTTP/1.1 302 Found\r\nLocation: /next\r\n\r\n"), host="127.0.0.2") as allowed:
        place = Place(allows=only("127.0.0.2"), lookup=resolver)
        seen = ask("http", url=f"http://a.example:{allowed.port}/", redirects=3, place=place)
    assert seen.reason == "too_many_redirects"
    assert allowed.lines == 4
    assert resolver.asked == ["a.example"]


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/", "http://inner.example:{port}/", "http://[::1]:{port}/"])
def test_a_redirect_inwards_is_vetoed_before_it_connects(ask, target):
    resolver = Resolver(a_example=[["127.0.0.2"]], inner_example=[["127.0.0.1"]])
    with peer(answering(b"secret")) as inner:
        location = target.format(port=inner.port)
        with peer(saying(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode()), host="127.0.0.2") as outer:
            place = Place(allows=only("127.0.0.2"), lookup=resolver)
            seen = ask("http", url=f"http://a.example:{outer.port}/", body_contains="secret", place=place)
        assert (seen.verdict, seen.reason) == ("unknown", "address_forbidden")
        assert seen.measured["check.http.status"] == 302
        assert (outer.lines, inner.lines) == (1, 0)


def test_of_several_addresses_only_those_allowed_are_tried(ask):
    resolver = Resolver(a_example=[["127.0.0.1", "::1", "127.0.0.2"]])
    with peer(silent, host="127.0.0.2") as allowed:
        place = Place(allows=only("127.0.0.2"), lookup=resolver)
        assert ask("tcp", host="a.example", port=allowed.port, place=place).verdict == "ok"


def test_the_next_address_is_tried_and_a_refusal_counts_for_more_than_no_route(ask):
    with peer(silent) as other:
        resolver = Resolver(a_example=[["127.0.0.9", "127.0.0.1"]])
        assert ask("tcp", host="a.example", port=other.port, place=Place(lookup=resolver)).verdict == "ok"
    resolver = Resolver(b_example=[["127.0.0.9", "2001:db8::1"]])
    seen = ask("tcp", host="b.example", port=1, place=Place(lookup=resolver), timeout=2)
    assert (seen.verdict, seen.reason, seen.parameters["address"]) == ("failing", "refused", "127.0.0.9")


@pytest.mark.parametrize("hosts", [["nobody.example"]])
def test_a_name_that_does_not_exist_is_failing_and_a_silent_resolver_unknown(ask, hosts):
    seen = ask("tcp", host=hosts[0], port=80, place=Place(lookup=Resolver()))
    assert (seen.verdict, seen.reason, seen.parameters) == ("failing", "name_not_found", {"host": hosts[0]})

    def broken(host):
        raise NoAnswer(host)

    seen = ask("tcp", host=hosts[0], port=80, place=Place(lookup=broken))
    assert (seen.verdict, seen.reason) == ("unknown", "resolver_trouble")


def test_a_resolver_that_hangs_holds_nobody_up(ask):
    release = Event()
    asked = []

    def hanging(host):
        asked.append(host)
        release.wait(20)
        return ["127.0.0.1"]

    place = Place(lookup=hanging, lookups=Lookups(most=2))
    started = time.monotonic()
    for host in ("a.example", "a.example", "b.example", "c.example"):
        seen = ask("tcp", host=host, port=80, place=place, timeout=0.2)
        assert (seen.verdict, seen.reason, seen.parameters) == ("unknown", "resolver_trouble", {"host": host})
    assert time.monotonic() - started < bar(1)
    assert asked == ["a.example", "b.example"]
    release.set()


def test_the_systems_resolver_tells_a_name_from_none():
    assert "127.0.0.1" in system_lookup("localhost")
    with pytest.raises((NameUnknown, NoAnswer)):
        system_lookup("no-such-name.invalid")
    with pytest.raises((NameUnknown, NoAnswer)):
        system_lookup("a" * 64 + ".example")


def test_an_answer_that_is_no_address_is_passed_over():
    assert [str(one) for one in Place(lookup=lambda _: ["x", "::ffff:10.0.0.1", "fe80::1%eth0"]).addresses("a", 1)] == [
        "10.0.0.1",
        "fe80::1",
    ]
    with pytest.raises(NameUnknown):
        Place(lookup=lambda _: ["x"]).addresses("a", 1)
