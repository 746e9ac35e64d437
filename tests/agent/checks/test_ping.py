# SPDX-License-Identifier: Apache-2.0
"""Echoes for real: of this machine's own addresses, and in a network namespace of a peer that loses, mixes up and lies."""

import json
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.checks.icmp import ECHO_REPLY, checksum, reply, request
from steward_agent.checks.ping import measured
from steward_agent.checks.place import Place
from steward_agent.checks.registry import BadConfig, checks

from tests.agent.checks.specimens_net import skip_unless_pings

FAST = {"spacing_seconds": 0.02}
NAMESPACE = ["unshare", "--map-root-user", "--net"]
BARE = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"]


@pytest.fixture
def may_ping():
    skip_unless_pings()


pings = pytest.mark.usefixtures("may_ping")


@pings
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_that_answers_is_ok_and_measured(ask, host):
    seen = ask("ping", host=host, **FAST)
    assert (seen.verdict, seen.reason, seen.parameters) == ("ok", "ok", {})
    assert seen.measured["check.ping.loss_percent"] == 0
    least, mean, most = (seen.measured[f"check.ping.rtt_{each}_seconds"] for each in ("min", "average", "max"))
    assert 0 < least <= mean <= most < 1
    assert 0 <= seen.measured["check.ping.jitter_seconds"] <= most - least + 0.00001
    assert seen.measured["check.seconds"] >= 4 * 0.02


@pings
def test_one_echo_has_no_jitter(ask):
    seen = ask("ping", host="127.0.0.1", count=1)
    assert seen.verdict == "ok"
    assert "check.ping.jitter_seconds" not in seen.measured


@pings
def test_the_average_is_judged(ask):
    seen = ask("ping", host="127.0.0.1", max_average_seconds=0.0001, count=3, **FAST)
    mean = seen.measured["check.ping.rtt_average_seconds"]
    if mean <= 0.0001:
        assert seen.verdict == "ok"
        return
    assert (seen.verdict, seen.reason) == ("failing", "slow")
    assert seen.parameters == {"address": "127.0.0.1", "seconds": pytest.approx(mean, abs=1e-6), "limit": 0.0001}


@pings
@pytest.mark.parametrize(("family", "asked"), [("any", "192.0.2.9"), ("ipv4", "127.0.0.1"), ("ipv6", "::1")])
def test_the_family_chooses_among_the_names_addresses(ask, family, asked):
    vetoed = []

    def allows(address):
        vetoed.append(str(address))
        return str(address) == asked

    place = Place(allows=allows, lookup=lambda _: ["127.0.0.1", "::1"])
    seen = ask("ping", host="site.example", family=family, count=1, place=place)
    assert vetoed == ["127.0.0.1", "::1"]
    assert (seen.verdict, seen.reason) == (("unknown", "address_forbidden") if family == "any" else ("ok", "ok"))


def test_a_name_without_such_an_address_is_failing(ask):
    seen = ask("ping", host="site.example", family="ipv6", place=Place(lookup=lambda _: ["127.0.0.1"]))
    assert (seen.verdict, seen.reason, seen.parameters) == ("failing", "name_not_found", {"host": "site.example"})


@pings
def test_where_time_is_over_before_all_are_sent_nothing_is_said_of_the_peer(ask):
    seen = ask("ping", host="127.0.0.1", count=50, spacing_seconds=0.05, timeout=0.3)
    assert (seen.verdict, seen.reason) == ("unknown", "cut_short")
    assert 1 <= seen.parameters.pop("sent") <= 7
    assert seen.parameters == {"count": 50, "seconds": 0.3}
    assert seen.measured["check.ping.loss_percent"] == 0


# ── in a namespace ──


@pytest.fixture(scope="module")
def scenes():
    """What the looks of ping_scenes.py ended with, by name."""
    missing = [tool for tool in ("unshare", "ip", "setpriv") if shutil.which(tool) is None]
    if missing or subprocess.run([*NAMESPACE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no network namespace here: apt-get install util-linux iproute2, and allow user namespaces")
    script = [sys.executable, "-W", "error", str(Path(__file__).parent / "ping_scenes.py")]
    told = {}
    for words in ([*NAMESPACE, *script, "with"], [*NAMESPACE, *BARE, *script, "without"]):
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        told |= json.loads(done.stdout)
    return told


def scene(verdict, reason, **parameters):
    return {"verdict": verdict, "reason": reason} | {"parameters": parameters}


LOST = {"address": "127.0.0.1", "limit": 20.0, "error": ""}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("silent", scene("failing", "loss", sent=5, received=0, percent=100.0, **LOST)),
        ("silent6", scene("failing", "loss", sent=5, received=0, percent=100.0, **LOST | {"address": "::1"})),
        ("silent_cut", scene("failing", "loss", sent=5, received=0, percent=100.0, **LOST)),
        ("silent_unsent", scene("failing", "loss", sent=None, received=0, percent=None, **LOST)),
        ("one_lost", scene("ok", "ok")),
        ("half_lost", scene("failing", "loss", sent=4, received=2, percent=50.0, **LOST)),
        ("half_allowed", scene("ok", "ok")),
        ("twice", scene("ok", "ok")),
        ("twice6", scene("ok", "ok")),
        ("twice_half", scene("failing", "loss", sent=4, received=2, percent=50.0, **LOST)),
        ("late_in_time", scene("failing", "loss", sent=8, received=0, percent=100.0, **LOST)),
        ("late", scene("failing", "loss", sent=2, received=0, percent=100.0, **LOST)),
        ("wrong_payload", scene("failing", "loss", sent=2, received=0, percent=100.0, **LOST)),
        ("wrong_identifier", scene("failing", "loss", sent=2, received=0, percent=100.0, **LOST)),
        ("wrong_number", scene("failing", "loss", sent=2, received=0, percent=100.0, **LOST)),
        ("wrong_checksum", scene("failing", "loss", sent=2, received=0, percent=100.0, **LOST)),
        ("garbage", scene("failing", "loss", sent=2, received=0, percent=100.0, **LOST)),
        ("unreachable", scene("failing", "loss", sent=2, received=0, percent=100.0, **LOST | {"error": "EHOSTUNREACH"})),
        ("no_route", scene("unknown", "no_route", address="192.0.2.1", port=0)),
        ("second_address", scene("ok", "ok")),
        ("unprivileged", scene("ok", "ok")),
        ("unprivileged6", scene("ok", "ok")),
        ("forbidden", scene("unknown", "ping_forbidden")),
        ("forbidden6", scene("unknown", "ping_forbidden")),
    ],
)  # fmt: skip
def test_what_comes_back_is_judged(scenes, name, expected):
    seen = scenes[name]
    for parameter, value in expected["parameters"].items():
        if value is None:
            expected["parameters"][parameter] = seen["parameters"][parameter]
    assert {key: seen[key] for key in expected} == expected


def test_each_kind_of_socket_was_there(scenes):
    assert {name: scenes[name]["raw"] for name in ("twice", "unprivileged", "unprivileged6")} == {
        "twice": True,
        "unprivileged": False,
        "unprivileged6": False,
    }
    assert scenes["one_lost"]["measured"]["check.ping.loss_percent"] == 20
    assert scenes["half_allowed"]["measured"]["check.ping.loss_percent"] == 50
    assert "check.ping.rtt_min_seconds" not in scenes["silent"]["measured"]
    assert scenes["silent_unsent"]["parameters"]["sent"] < 50


def test_what_routers_say_does_not_keep_the_look_busy(scenes):
    """It waits 0.4 s for what may still come; an error that nobody takes off its queue wakes it all the while."""
    assert scenes["unreachable"]["worked"] < 0.2


# ── messages and figures ──


@given(st.sampled_from([4, 6]), st.binary(max_size=120), st.booleans())
def test_garbage_is_no_reply_and_never_raises(version, noise, headed):
    found = reply(version, noise, headed=headed)
    if found is not None:
        assert found.payload in noise


@given(
    st.sampled_from([4, 6]), st.integers(0, 65535), st.integers(0, 65535), st.binary(max_size=80), st.integers(5, 15)
)
def test_a_request_that_is_answered_is_a_reply(version, identifier, number, payload, words):
    asked = request(version, identifier, number, payload)
    assert reply(version, asked, headed=False) is None
    if version == 4:
        assert checksum(asked) == 0
    answered = bytearray(asked)
    answered[0] = ECHO_REPLY[version]
    if version == 4:
        answered[2:4] = bytes(2)
        answered[2:4] = checksum(bytes(answered)).to_bytes(2, "big")
    head = bytes([0x40 | words]) + bytes(words * 4 - 1)
    for datagram, headed in ((bytes(answered), False), (head + answered, True)):
        found = reply(version, datagram, headed=headed)
        assert (found.identifier, found.number, found.payload) == (identifier, number, payload)


@given(st.binary(max_size=200))
def test_the_checksum_is_rfc_1071s(content):
    total = 0
    for at in range(0, len(content), 2):
        total += (content[at] << 8) + (content[at + 1] if at + 1 < len(content) else 0)
    assert checksum(content) == 0xFFFF - (total % 0xFFFF or (0xFFFF if total else 0))


@given(st.lists(st.floats(0.000001, 10), max_size=50), st.integers(0, 20))
def test_figures_are_those_of_the_times(times, lost):
    sent = len(times) + lost
    found = measured(sent, times)
    if not sent:
        assert found == {}
        return
    assert found["check.ping.loss_percent"] == pytest.approx(100 * lost / sent)
    assert ("check.ping.rtt_min_seconds" in found) == bool(times)
    if times:
        assert found["check.ping.rtt_min_seconds"] == sorted(times)[0]
        assert found["check.ping.rtt_max_seconds"] == sorted(times)[-1]
    if len(times) > 1:
        steps = [abs(b - a) for a, b in pairwise(times)]
        assert found["check.ping.jitter_seconds"] == pytest.approx(sum(steps) / len(steps))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"host": "a b"}, "host"),
        ({"host": "fe80::1%eth0"}, "host"),
        ({"host": "::1", "family": "ipv4"}, "family"),
        ({"host": "127.0.0.1", "family": "ipv6"}, "family"),
        ({"count": 51}, "count"),
        ({"count": 0}, "count"),
        ({"spacing_seconds": 0.01}, "spacing_seconds"),
        ({"wait_seconds": 11}, "wait_seconds"),
        ({"max_loss_percent": 100}, "max_loss_percent"),
        ({"max_average_seconds": 0}, "max_average_seconds"),
    ],
)
def test_a_wrong_configuration_names_its_field(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["ping"].config({"host": "example.com"} | given)
    assert caught.value.field == field
