# SPDX-License-Identifier: Apache-2.0
"""The clock is held against a real server (chrony) and against scripted ones that are wrong, lost, tired or no servers at all."""

import shutil
import socket
import struct
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.checks.ntp_message import Reply, between, instant, judged, query, read_reply
from steward_agent.checks.place import Place
from steward_agent.checks.registry import BadConfig, checks

from tests.agent.checks.datagram_peers import datagram_peer
from tests.waiting import eventually, pass_time

CHRONYD = shutil.which("chronyd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
EPOCH = 2_208_988_800
SYNCHRONISED, UNSYNCHRONISED = "local stratum 4\n", ""


@pytest.fixture(scope="module")
def chrony(tmp_path_factory):
    """The ports of two servers: one that is sure of its time, at stratum 4, and one that is not."""
    if CHRONYD is None:
        pytest.skip("chrony is missing: apt-get install --no-install-recommends chrony")
    folder = tmp_path_factory.mktemp("chrony")
    folder.chmod(0o755)
    processes, ports = [], []
    try:
        for number, sure in enumerate((SYNCHRONISED, UNSYNCHRONISED)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
                taken.bind(("127.0.0.1", 0))
                ports.append(taken.getsockname()[1])
            conf = folder / f"{number}.conf"
            conf.write_text(
                f"port {ports[-1]}\nbindaddress 127.0.0.1\nallow 127.0.0.1\ncmdport 0\nbindcmdaddress /\n"
                f"pidfile {folder}/{number}.pid\n{sure}"
            )
            # It serves time and never sets it; as whoever runs the tests.
            words = [CHRONYD, "-d", "-x", "-U", "-u", "root", "-f", str(conf)]
            processes.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        for process, port in zip(processes, ports, strict=True):
            eventually(lambda p=process, at=port: p.poll() is not None or answers(at), seconds=10, what="a time server")
            if process.poll() is not None:
                pytest.skip("chronyd may not run here; AppArmor can forbid it files that are not its own")
        yield ports
    finally:
        for process in processes:
            process.terminate()
            process.wait(10)


def answers(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        sock.connect(("127.0.0.1", port))
        try:
            sock.send(query(7))
            return read_reply(sock.recv(512))
        except OSError:
            return None


def test_a_clock_that_is_right_is_ok_and_measured(ask, chrony):
    seen = ask("ntp", host="127.0.0.1", port=chrony[0])
    assert (seen.verdict, seen.reason, seen.parameters) == ("ok", "ok", {})
    assert seen.measured["check.ntp.stratum"] == 4
    assert 0 <= seen.measured["check.ntp.delay_seconds"] < 1
    # Both clocks are one, so what is found is the error alone.
    assert abs(seen.measured["check.ntp.offset_seconds"]) <= seen.measured["check.ntp.delay_seconds"] / 2 + 0.0001


def test_a_server_that_does_not_know_the_time_is_unknown(ask, chrony):
    seen = ask("ntp", host="127.0.0.1", port=chrony[1])
    assert (seen.verdict, seen.reason) == ("unknown", "unsynchronised")
    assert seen.parameters == {"server": "127.0.0.1", "why": "leap", "stratum": 0}
    assert "check.ntp.offset_seconds" not in seen.measured


# ── scripted ──


def reply(asked, **changes):
    """A good answer but for `changes`; `ahead` and `held` are the server's clock and the seconds it kept the question."""
    told = {
        "first": 0x24,
        "stratum": 2,
        "delay": 0,
        "dispersion": 0,
        "reference": b"\xc0\0\2\1",
        "ahead": 0.0,
    } | changes
    received = instant(time.time() + told["ahead"])
    origin = told.get("origin", asked[40:48])
    sent = told.get("sent", received)
    head = struct.pack(
        "!BBbb2I4s", told["first"], told["stratum"], 3, -20, told["delay"], told["dispersion"], told["reference"]
    )
    return head + bytes(8) + origin + struct.pack("!2Q", told.get("received", received), sent)


def scripted(ask, answer, **given):
    with datagram_peer(answer) as other:
        given = {"host": "127.0.0.1", "port": other.port, "timeout": 0.5, **given}
        return ask("ntp", **given), other


@pytest.mark.parametrize("ahead", [0.6, -0.6, 3600, -86_400 * 365, 86_400 * 365 * 40])
def test_a_clock_that_is_off_is_failing_and_by_how_much_is_told(ask, ahead):
    seen, _ = scripted(ask, lambda asked: [reply(asked, ahead=ahead)])
    assert (seen.verdict, seen.reason) == ("failing", "clock_off")
    assert seen.parameters["offset"] == pytest.approx(ahead, abs=0.1)
    assert seen.measured["check.ntp.offset_seconds"] == pytest.approx(ahead, abs=0.1)
    assert (seen.parameters["server"], seen.parameters["limit"]) == ("127.0.0.1", 0.5)


def test_the_limit_is_to_either_side(ask):
    for ahead in (0.3, -0.3):
        assert scripted(ask, lambda asked, ahead=ahead: [reply(asked, ahead=ahead)])[0].verdict == "ok"
        seen, _ = scripted(ask, lambda asked, ahead=ahead: [reply(asked, ahead=ahead)], max_offset_seconds=0.2)
        assert seen.reason == "clock_off"


def test_an_answer_that_was_long_on_its_way_proves_less(ask):
    def slow(asked):
        answer = reply(asked, ahead=0.05)
        pass_time(0.2, why="the way back takes long")
        return [answer]

    seen, _ = scripted(ask, slow, max_offset_seconds=0.01)
    assert (seen.verdict, seen.reason) == ("unknown", "uncertain")
    assert seen.parameters["delay"] >= 0.2
    assert abs(seen.parameters["offset"]) > 0.01


@pytest.mark.parametrize(
    ("changes", "why", "stratum"),
    [
        ({"first": 0xE4}, "leap", 2),
        ({"first": 0xE4, "stratum": 0, "reference": bytes(4)}, "leap", 0),
        ({"stratum": 0, "reference": bytes(4)}, "stratum", 0),
        ({"stratum": 16}, "stratum", 16),
        ({"stratum": 255}, "stratum", 255),
        ({"dispersion": 2 << 16}, "distance", 2),
        ({"delay": 4 << 16}, "distance", 2),
        ({"sent": 0}, "time", 2),
        ({"received": 0}, "time", 2),
        ({"sent": instant(1)}, "time", 2),
        ({"sent": instant(4_000_000_000)}, "time", 2),
    ],
)
def test_a_server_whose_time_is_worth_nothing_is_unknown(ask, changes, why, stratum):
    seen, _ = scripted(ask, lambda asked: [reply(asked, **changes)])
    assert (seen.verdict, seen.reason) == ("unknown", "unsynchronised")
    assert seen.parameters == {"server": "127.0.0.1", "why": why, "stratum": stratum}


@pytest.mark.parametrize("code", [b"RATE", b"DENY", b"X\0\0\0"])
def test_a_kiss_of_death_is_unknown_with_its_code(ask, code):
    seen, _ = scripted(ask, lambda asked: [reply(asked, first=0xE4, stratum=0, reference=code)])
    assert (seen.verdict, seen.reason) == ("unknown", "kiss")
    assert seen.parameters == {"server": "127.0.0.1", "code": code.rstrip(b"\0").decode()}


def test_only_answers_to_this_question_count(ask):
    def lies(asked):
        return [
            b"",
            asked,
            reply(asked, origin=bytes(8), ahead=99),
            reply(asked, first=0x23, ahead=99),
            reply(asked, first=0x25, ahead=99),
            reply(asked, first=0x04, ahead=99),
            reply(asked, ahead=99)[:47],
            reply(asked) + b"an extension",
        ]

    assert scripted(ask, lies)[0].verdict == "ok"


def test_a_late_answer_to_the_first_question_counts_and_is_timed_from_it(ask):
    heard = []

    def late(asked):
        heard.append(asked)
        return [reply(heard[0])] if len(heard) == 2 else []

    seen, other = scripted(ask, late)
    assert seen.verdict == "ok"
    assert len(other.heard) == 2
    assert other.heard[0][40:] != other.heard[1][40:]
    assert seen.measured["check.ntp.delay_seconds"] >= 0.2


def test_what_is_sent_tells_nothing_of_this_machines_clock(ask):
    _, other = scripted(ask, lambda asked: [reply(asked)])
    assert other.heard[0][:40] == b"\x23" + bytes(39)
    mark = int.from_bytes(other.heard[0][40:], "big")
    assert abs(between(instant(time.time()), mark)) > 60


@pytest.mark.parametrize(("answer", "why"), [(lambda _: [], "timeout"), (lambda _: [b"\xff" * 90] * 99, "not_ntp")])
def test_a_server_that_gives_no_time_says_nothing_of_the_clock(ask, answer, why):
    seen, _ = scripted(ask, answer, timeout=0.3)
    assert (seen.verdict, seen.reason, seen.parameters) == (
        "unknown",
        "server_silent",
        {"server": "127.0.0.1", "why": why},
    )


def test_nor_does_one_that_is_not_there(ask):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    assert ask("ntp", host="127.0.0.1", port=port).parameters["why"] == "refused"
    gone = Place(lookup=lambda _: [])
    assert ask("ntp", host="ntp.example", place=gone).parameters["why"] == "name_not_found"
    seen = ask("ntp", host="127.0.0.1", place=Place(allows=lambda _: False))
    assert (seen.verdict, seen.reason) == ("unknown", "address_forbidden")


def test_of_a_servers_addresses_the_next_is_asked(ask):
    with datagram_peer(lambda asked: [reply(asked)]) as other:
        place = Place(lookup=lambda _: ["::1", "127.0.0.1"])
        assert ask("ntp", host="ntp.example", port=other.port, place=place).verdict == "ok"


# ── messages and arithmetic ──


@given(st.binary(max_size=120))
def test_garbage_never_raises(noise):
    found = read_reply(noise)
    assert found is None or len(noise) >= 48
    if found is not None:
        assert isinstance(found.kiss, str)
        assert found.fault in ("", "leap", "stratum", "distance", "time")


@given(
    asked=st.floats(0, 4e9),
    ahead=st.floats(-1e9, 1e9),
    way=st.floats(0, 5),
    back=st.floats(0, 5),
    held=st.floats(0, 5),
)
def test_the_offset_is_wrong_by_half_the_delay_at_most(asked, ahead, way, back, held):
    received = instant(asked + way + ahead)
    sent = instant(asked + way + held + ahead)
    found = judged(Reply(0, 1, 0.0, b"", 0, received, sent), asked, way + held + back)
    assert found is not None
    offset, delay = found
    assert delay == pytest.approx(way + back, abs=1e-5)
    assert abs(offset - ahead) <= (way + back) / 2 + 1e-5


@given(st.floats(0, 4e9), st.floats(0, 1e9))
def test_differences_hold_over_the_end_of_an_era(start, step):
    assert between(instant(start), instant(start + step)) == pytest.approx(step, abs=1e-5)
    assert between(instant(start + step), instant(start)) == pytest.approx(-step, abs=1e-5)


def test_instants_are_those_of_rfc_5905():
    assert instant(-EPOCH) == 0
    assert instant(0) == EPOCH << 32
    assert instant(0.5) == (EPOCH << 32) + (1 << 31)
    # Its figure 4: the last second of the first era, and the first of the second.
    assert instant(2_085_978_496) == 0
    assert between(instant(2_085_978_495.5), instant(2_085_978_496.25)) == 0.75


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"host": "a b"}, "host"),
        ({"port": 0}, "port"),
        ({"max_offset_seconds": 0}, "max_offset_seconds"),
        ({"max_offset_seconds": 86_401}, "max_offset_seconds"),
    ],
)
def test_a_wrong_configuration_names_its_field(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["ntp"].config({"host": "example.com"} | given)
    assert caught.value.field == field
