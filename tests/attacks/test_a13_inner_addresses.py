# SPDX-License-Identifier: Apache-2.0
"""A13: an address that somebody typed leads nowhere inwards, in whatever notation, by redirect or by a name that changes."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from steward_agent.checks.reach import is_public

from steward.core.notify.outside import tell
from steward.core.outward.public import Question, Unreached, ask
from steward.settings.env import get_settings
from tests.agent.checks.peers import Peer, peer, saying

SECRET = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")


@pytest.fixture
def inner() -> Iterator[Peer]:
    """Something that listens on loopback and counts who comes."""
    assert get_settings().outward_allow == []
    with peer(SECRET) as found:
        yield found


def asked(url: str, **how: object) -> str:
    with pytest.raises(Unreached) as raised:
        ask(Question(url, "POST", body=b"{}"), timeout=5.0, **how)  # type: ignore[arg-type]  # a lookup
    return raised.value.code


LOOPBACK = (
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.",
    "0", "0.0.0.0", "localhost", "LOCALHOST", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::7f00:1]",
)  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_of_this_very_machine_is_reached(inner: Peer, scheme: str, host: str) -> None:
    # Not all of them are anybody's spelling of it; what counts is that none of them connects.
    assert asked(f"{scheme}://{host}:{inner.port}/") in (
        "address_forbidden",
        "name_not_found",
        "resolver_trouble",
        "bad_target",
    )
    assert inner.lines == 0


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "10.0.0.7", "100.64.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.1",
        "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.7", "::ffff:169.254.169.254", "::a9fe:a9fe",
        "64:ff9b::a9fe:a9fe", "64:ff9b::a00:7", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:7::1",
        "2002:a9fe:a9fe::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
    ],
)  # fmt: skip
def test_no_inner_special_or_translated_address_is_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert asked("https://a.example/", lookup=lambda _host: [address]) == "address_forbidden"


@pytest.mark.parametrize("address", ["1.1.1.1", "192.0.1.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_public_addresses_stay_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_name_that_changes_its_meaning_is_resolved_once_and_leads_nowhere(inner: Peer) -> None:
    # A public address first, this machine from the second question on: what is looked at is what is connected to.
    told = iter([["192.0.2.1"], ["127.0.0.1"], ["127.0.0.1"]])
    questions = []

    def rebinding(host: str) -> list[str]:
        questions.append(host)
        return next(told)

    assert asked(f"https://a.example:{inner.port}/", lookup=rebinding) == "address_forbidden"
    assert (len(questions), inner.lines) == (1, 0)


def test_of_a_name_with_two_addresses_the_inner_one_is_left_out(inner: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.2/32"])
    with socket.create_server(("127.0.0.2", 0)) as nobody:
        port = nobody.getsockname()[1]
    # Nothing listens at the one that is allowed; the other is not tried in its place.
    assert asked(f"http://a.example:{port}/", lookup=lambda _host: ["127.0.0.1", "127.0.0.2"]) == "refused"
    assert inner.lines == 0


def test_a_redirect_inwards_is_not_followed(inner: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", ["127.0.0.2/32"])
    away = f"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:{inner.port}/\r\nContent-Length: 0\r\n\r\n".encode()
    with peer(saying(away), host="127.0.0.2") as outer:
        assert ask(Question(f"http://127.0.0.2:{outer.port}/", "POST", body=b"{}")).status == 307
    assert (outer.lines, inner.lines) == (1, 0)


@pytest.mark.parametrize(
    "url",
    [
        "json://{}/x",
        "xml://{}/x",
        "mailto://user:word@a.example?smtp={host}&port={port}",
        "rsyslog://{}/",
        "mqtt://{}/topic",
    ],
)
def test_no_service_of_a_channel_connects_inwards_whatever_library_it_uses(inner: Peer, url: str) -> None:
    place = f"127.0.0.1:{inner.port}"
    said = tell(url.format(place, host="localhost", port=inner.port), title="t", body="b")
    assert said.outcome != "sent"
    assert inner.lines == 0


def test_a_channel_that_is_vetoed_says_so(inner: Peer) -> None:
    said = tell(f"json://127.0.0.1:{inner.port}/x", title="t", body="b")
    assert (said.outcome, said.code, said.params) == ("later", "inner_address", {"address": "127.0.0.1"})


def test_plain_http_goes_to_listed_networks_alone() -> None:
    assert asked("http://a.example/", lookup=lambda _host: ["1.1.1.1"]) == "address_forbidden"
