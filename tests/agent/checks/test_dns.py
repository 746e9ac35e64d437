# SPDX-License-Identifier: Apache-2.0
"""Records are asked of a real server (Knot DNS) and of scripted ones; what is said is told apart, garbage never raises."""

import shutil
import socket
import struct
import subprocess
from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from steward_agent.checks.dns import plain
from steward_agent.checks.dns_message import MAX_RECORDS, TYPES, Malformed, query, read_reply
from steward_agent.checks.place import Place, system_resolvers
from steward_agent.checks.registry import BadConfig, checks

from tests.agent.checks.datagram_peers import datagram_peer
from tests.agent.checks.peers import peer
from tests.waiting import eventually

KNOTD = shutil.which("knotd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
HERE = ip_address("127.0.0.1")
LONG = "x" * 200
ZONE = f"""
$TTL 300
@ SOA ns.site.example. admin.site.example. 7 3600 600 86400 60
@ NS ns
@ NS ns2.other.example.
@ MX 10 Mail
@ MX 20 mail2.other.example.
@ TXT "v=spf1 " "-all"
@ TXT "second, with \\"quotes\\" and \\195\\188"
@ CAA 0 issue "letsencrypt.org"
ns A 192.0.2.1
www 60 A 192.0.2.10
www 60 A 192.0.2.11
www AAAA 2001:db8::10
alias CNAME alias2
alias2 30 CNAME www
away CNAME www.other.example.
loop1 CNAME loop2
loop2 CNAME loop1
_sip._tcp SRV 10 60 5060 sip
long TXT {" ".join(f'"{number}{LONG}"' for number in range(10))}
*.wild A 192.0.2.99
"""
REVERSE = "$TTL 60\n@ SOA ns.site.example. a.site.example. 1 1 1 1 1\n@ NS ns.site.example.\n10 PTR www.site.example.\n"
CONFIG = """
server:
    rundir: "{folder}"
    pidfile: "{folder}/pid"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{folder}"
template:
  - id: default
    storage: "{folder}"
    file: "%s.zone"
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
zone:
  - domain: site.example
  - domain: 2.0.192.in-addr.arpa
  - domain: empty.example
"""


@pytest.fixture(scope="module")
def knot(tmp_path_factory):
    """The port of a name server that has ZONE and REVERSE, and of a third zone nothing at all."""
    if KNOTD is None:
        pytest.skip("Knot DNS is missing: apt-get install --no-install-recommends knot")
    folder = tmp_path_factory.mktemp("knot")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (folder / "site.example.zone").write_text(ZONE)
    (folder / "2.0.192.in-addr.arpa.zone").write_text(REVERSE)
    (folder / "knot.conf").write_text(CONFIG.format(folder=folder, port=port))
    with subprocess.Popen([KNOTD, "-c", str(folder / "knot.conf")], stderr=subprocess.PIPE) as process:
        try:
            eventually(lambda: answers(port), seconds=10, what="a name server that answers")
            yield port
        finally:
            process.terminate()


def answers(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        sock.connect(("127.0.0.1", port))
        try:
            sock.send(query(1, "site.example", TYPES["SOA"]))
            return read_reply(sock.recv(4096)).records
        except OSError:
            return None


@pytest.fixture
def look(ask, knot):
    def run(name, record="A", **given):
        return ask("dns", **{"name": name, "record": record, "server": "127.0.0.1", "port": knot, **given})

    return run


@pytest.mark.parametrize(
    ("name", "record", "expect"),
    [
        ("www.site.example", "A", ["192.0.2.10", "192.0.2.11"]),
        ("WWW.Site.Example.", "A", ["192.0.2.11"]),
        ("www.site.example", "AAAA", ["2001:0DB8:0::10"]),
        ("alias.site.example", "A", ["192.0.2.10", "192.0.2.11"]),
        ("alias.site.example", "CNAME", ["alias2.site.example."]),
        ("away.site.example", "CNAME", ["WWW.other.example"]),
        ("site.example", "MX", ["10 mail.site.example", "20  mail2.other.example."]),
        ("site.example", "NS", ["ns.site.example", "ns2.other.example"]),
        ("site.example", "TXT", ["v=spf1 -all", 'second, with "quotes" and ü']),
        ("site.example", "CAA", ["0 issue letsencrypt.org", '0 issue "letsencrypt.org"']),
        ("site.example", "SOA", ["ns.site.example admin.site.example 7 3600 600 86400 60"]),
        ("_sip._tcp.site.example", "SRV", ["10 60 5060 sip.site.example"]),
        ("10.2.0.192.in-addr.arpa", "PTR", ["www.site.example"]),
        ("192.0.2.10", "PTR", ["www.site.example"]),
        ("what.ever.wild.site.example", "A", ["192.0.2.99"]),
    ],
)
def test_records_of_every_type_are_read_and_compared(look, name, record, expect):
    seen = look(name, record, expect=expect)
    assert (seen.verdict, seen.reason, seen.parameters) == ("ok", "ok", {})
    assert seen.measured["check.dns.records"] >= 1
    assert 0 < seen.measured["check.dns.answer_seconds"] <= seen.measured["check.seconds"]


def test_what_is_measured_is_of_the_records_found(look):
    measured = look("www.site.example").measured
    assert (measured["check.dns.records"], measured["check.dns.ttl_seconds"]) == (2, 60)


def test_what_does_not_fit_comes_by_tcp(look):
    seen = look("long.site.example", "TXT", expect=["".join(f"{number}{LONG}" for number in range(10))[:1024]])
    assert (seen.verdict, seen.reason) == ("failing", "value_missing")
    assert str(seen.parameters["found"]).startswith("0xxx")
    assert len(str(seen.parameters["found"])) == 256
    assert seen.measured["check.dns.records"] == 1


TWO = ["192.0.2.10", "192.0.2.11"]


@pytest.mark.parametrize(
    ("match", "expect", "reason", "told"),
    [
        ("all", [*TWO, "192.0.2.12"], "value_missing", "192.0.2.12"),
        ("any", ["192.0.2.12", "192.0.2.11"], "ok", None),
        ("any", ["192.0.2.12", "192.0.2.13"], "value_missing", "192.0.2.12, 192.0.2.13"),
        ("any", [], "ok", None),
        ("none", ["192.0.2.12"], "ok", None),
        ("none", ["192.0.2.12", "192.0.2.10"], "value_present", "192.0.2.10"),
        ("all", ["nonsense"], "value_missing", "nonsense"),
    ],
)
def test_expected_values_are_all_any_or_none_of_those_found(look, match, expect, reason, told):
    seen = look("www.site.example", expect=expect, match=match)
    assert seen.reason == reason
    if told is not None:
        assert seen.verdict == "failing"
        which = "missing" if reason == "value_missing" else "present"
        assert seen.parameters == {which: told, "found": ", ".join(TWO)}


@pytest.mark.parametrize(
    ("name", "record", "reason"),
    [
        ("nobody.site.example", "A", "nxdomain"),
        ("www.site.example", "MX", "no_record"),
        ("away.site.example", "A", "no_record"),
        ("loop1.site.example", "A", "no_record"),
        ("empty.example", "A", "servfail"),
        ("www.other.example", "A", "query_refused"),
    ],
)
def test_errors_of_a_given_server_are_told_apart(look, name, record, reason):
    seen = look(name, record)
    told = {"name": name, "record": record, "server": "127.0.0.1"}
    if reason == "nxdomain":
        told.pop("record")
    assert (seen.verdict, seen.reason, seen.parameters) == ("failing", reason, told)


def test_what_must_not_be_there_is_well_when_it_is_not(look):
    assert look("nobody.site.example", absent=True).verdict == "ok"
    assert look("www.site.example", "MX", absent=True).verdict == "ok"
    seen = look("www.site.example", absent=True)
    assert (seen.verdict, seen.reason) == ("failing", "record_present")
    assert seen.parameters == {"name": "www.site.example", "record": "A", "found": ", ".join(TWO)}
    assert look("empty.example", absent=True).reason == "servfail"


# ── whose fault it is ──


def own(*ports):
    return Place(resolvers=lambda: [(HERE, port) for port in ports])


def test_the_places_own_resolvers_are_asked_in_turn(ask, knot):
    with datagram_peer(lambda _: []) as mute:
        seen = ask("dns", name="www.site.example", place=own(mute.port, knot), timeout=1.0)
        assert (seen.verdict, len(mute.heard)) == ("ok", 2)
    assert ask("dns", name="www.site.example", place=own(closed(), knot)).verdict == "ok"
    assert ask("dns", name="www.site.example", expect=TWO, place=own(knot)).verdict == "ok"
    with datagram_peer(lambda asked: [reply(asked, flags=0x8182)]) as lost:
        assert ask("dns", name="www.site.example", expect=TWO, place=own(lost.port, knot)).verdict == "ok"
        seen = ask("dns", name="www.site.example", place=own(lost.port, lost.port))
        assert (seen.reason, seen.parameters["rcode"]) == ("resolver_error", "SERVFAIL")
    seen = ask("dns", name="nobody.site.example", place=own(knot))
    assert (seen.verdict, seen.reason) == ("failing", "nxdomain")
    seen = ask("dns", name="www.other.example", place=own(knot, knot))
    assert (seen.verdict, seen.reason) == ("unknown", "resolver_error")
    assert seen.parameters == {"name": "www.other.example", "rcode": "REFUSED"}


def closed():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.mark.parametrize("ports", [[], ["closed"], ["mute"], ["noise"], ["mute", "closed"]])
def test_a_resolver_of_the_place_that_does_not_answer_is_unknown(ask, ports):
    with datagram_peer(lambda _: []) as mute, datagram_peer(lambda _: [b"\xff" * 40] * 100) as noise:
        known = {"mute": mute.port, "noise": noise.port}
        place = own(*(known.get(each) or closed() for each in ports))
        seen = ask("dns", name="www.site.example", place=place, timeout=0.4)
    assert (seen.verdict, seen.reason, seen.parameters) == ("unknown", "resolver_trouble", {"host": "www.site.example"})


def test_a_given_server_that_does_not_answer_is_failing(ask):
    with datagram_peer(lambda _: []) as mute:
        seen = ask("dns", name="a.example", server="127.0.0.1", port=mute.port, timeout=0.4)
        assert (seen.verdict, seen.reason) == ("failing", "timeout")
        assert seen.parameters == {"phase": "answer", "seconds": 0.4}
        assert len(mute.heard) == 2
    port = closed()
    seen = ask("dns", name="a.example", server="127.0.0.1", port=port)
    assert (seen.verdict, seen.reason) == ("failing", "refused")
    assert seen.parameters == {"address": "127.0.0.1", "port": port}


def test_of_a_servers_addresses_the_next_is_asked(ask, knot):
    place = Place(lookup=lambda _: ["::1", "127.0.0.1"])
    assert ask("dns", name="www.site.example", server="ns.example", port=knot, place=place).verdict == "ok"


def test_a_given_server_is_asked_only_where_the_place_may_go(ask):
    with datagram_peer(lambda _: []) as mute:
        place = Place(allows=lambda address: not address.is_loopback)
        seen = ask("dns", name="a.example", server="127.0.0.1", port=mute.port, place=place)
        assert (seen.verdict, seen.reason, mute.heard) == ("unknown", "address_forbidden", [])


def test_the_systems_own_resolvers_are_those_of_resolv_conf(monkeypatch, tmp_path):
    conf = tmp_path / "resolv.conf"
    monkeypatch.setattr("steward_agent.checks.place.RESOLV_CONF", conf)
    assert system_resolvers() == []
    conf.write_bytes(
        b"# x\nnameserver\nsearch a.example\nnameserver 192.0.2.1 # first\nnameserver fe80::1%eth0\n"
        b"nameserver nonsense\n\xff\nnameserver ::1\nnameserver 192.0.2.4\n"
    )
    assert [(str(address), port) for address, port in system_resolvers()] == [
        ("192.0.2.1", 53),
        ("fe80::1", 53),
        ("::1", 53),
    ]


# ── scripted ──


def reply(asked, *, flags=0x8180, records=b"", count=0, identifier=0, question=None):
    head = struct.pack("!6H", int.from_bytes(asked[:2], "big") ^ identifier, flags, 1, count, 0, 0)
    body = asked[12 : asked.index(b"\0", 12) + 5] if question is None else question
    return head + body + records


ADDRESS = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 5])


def good(asked):
    return reply(asked, records=ADDRESS, count=1)


def scripted(ask, answer, **given):
    with datagram_peer(answer) as other:
        given = {"name": "a.example", "server": "127.0.0.1", "port": other.port, "timeout": 0.5, **given}
        return ask("dns", **given), other


def test_only_the_answer_to_this_question_counts(ask):
    def lies(asked):
        foreign = query(int.from_bytes(asked[:2], "big"), "b.example", 1)
        return [
            b"",
            asked,
            reply(asked, flags=0x8183, identifier=1),
            reply(foreign, flags=0x8183),
            reply(asked, flags=0x0003),
            good(asked),
        ]

    seen, _ = scripted(ask, lies, expect=["192.0.2.5"])
    assert (seen.verdict, seen.reason) == ("ok", "ok")


def test_a_question_that_was_lost_is_asked_again(ask):
    heard = []

    def second(asked):
        heard.append(asked)
        return [good(asked)] if len(heard) == 2 else []

    seen, other = scripted(ask, second)
    assert (seen.verdict, len(other.heard)) == ("ok", 2)
    assert seen.measured["check.dns.answer_seconds"] >= 0.2


def test_a_server_that_does_not_know_edns_is_asked_without(ask):
    def old(asked):
        if asked[11]:
            return [struct.pack("!6H", int.from_bytes(asked[:2], "big"), 0x8181, 0, 0, 0, 0)]
        return [good(asked)]

    seen, other = scripted(ask, old)
    assert seen.verdict == "ok"
    assert [asked[11] for asked in other.heard] == [1, 0]


@pytest.mark.parametrize(("rcode", "name"), [(1, "FORMERR"), (4, "NOTIMP"), (9, "NOTAUTH"), (11, "11")])
def test_other_errors_are_named(ask, rcode, name):
    seen, _ = scripted(ask, lambda asked: [reply(asked, flags=0x8180 | rcode)])
    assert (seen.verdict, seen.reason) == ("failing", "bad_rcode")
    assert seen.parameters == {"server": "127.0.0.1", "rcode": name}


def test_too_slow_an_answer_is_failing(ask):
    seen, _ = scripted(ask, lambda asked: [good(asked)], max_seconds=0.001, timeout=2)
    assert seen.reason in ("too_slow", "ok")
    assert (seen.reason == "too_slow") == (seen.measured["check.seconds"] > 0.001)


def test_noise_without_an_end_is_not_dns(ask):
    seen, _ = scripted(ask, lambda _: [b"\xff" * 100] * 1000)
    assert (seen.verdict, seen.reason, seen.parameters) == ("failing", "not_dns", {"server": "127.0.0.1"})


def tcp_after(ask, said, **given):
    """A look at a server that says "too long" by UDP and `said` by TCP to whoever asks."""

    def talk(line):
        asked = line.sock.recv(2048)[2:]
        line.say(said(asked))
        line.wait(2)

    with peer(talk) as other, datagram_peer(lambda asked: [reply(asked, flags=0x8380)], port=other.port):
        return ask("dns", name="a.example", server="127.0.0.1", port=other.port, timeout=0.5, **given)


def framed(message):
    return len(message).to_bytes(2, "big") + message


def test_what_comes_by_tcp_is_held_to_the_same(ask):
    assert tcp_after(ask, lambda asked: framed(good(asked)), expect=["192.0.2.5"]).verdict == "ok"
    assert tcp_after(ask, lambda asked: framed(reply(asked, identifier=1))).reason == "not_dns"
    assert tcp_after(ask, lambda _: framed(b"\xff" * 50)).reason == "not_dns"
    assert tcp_after(ask, lambda _: b"\0\0").reason == "closed"
    seen = tcp_after(ask, lambda _: b"\xff\xff" + b"x")
    assert (seen.reason, seen.parameters["phase"]) == ("timeout", "answer")


def test_a_server_without_tcp_is_refused_there(ask):
    with datagram_peer(lambda asked: [reply(asked, flags=0x8380)]) as other:
        seen = ask("dns", name="a.example", server="127.0.0.1", port=other.port, timeout=0.5)
    assert (seen.verdict, seen.reason) == ("failing", "refused")


# ── messages ──


@given(st.binary(max_size=600))
@example(struct.pack("!6H", 1, 0x8180, 1, 1, 0, 0) + b"\xc0\x0c")
@example(struct.pack("!6H", 1, 0x8180, 1, 0, 0, 0) + b"\x3f" * 40)
def test_garbage_is_malformed_and_never_raises_anything_else(noise):
    for message in (noise, struct.pack("!6H", 7, 0x8180, 1, 3, 0, 0) + noise):
        try:
            read_reply(message)
        except Malformed:
            continue


@given(
    st.lists(st.from_regex(r"\A[a-z0-9_-]{1,63}\Z"), max_size=4),
    st.sampled_from(sorted(TYPES)),
    st.lists(st.binary(max_size=90), max_size=4),
    st.data(),
)
def test_a_reply_cut_or_bent_anywhere_is_read_or_malformed(labels, kind, values, data):
    asked = query(5, ".".join(labels), TYPES[kind], extended=False)
    records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", TYPES[kind], 1, 9, len(value)) + value for value in values)
    whole = bytearray(reply(asked, records=records, count=len(values)))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    for message in (bytes(whole), bytes(whole[:cut])):
        try:
            found = read_reply(message).found()
        except Malformed:
            continue
        assert all(isinstance(each.value, str) for each in found)


def test_pointers_that_lead_forward_or_round_have_an_end():
    head = struct.pack("!6H", 5, 0x8180, 1, 0, 0, 0)
    for name in (b"\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\x01a\xc0\x0c", b"\xc0\x20", b"\x80a\0", b"\x01a" * 130 + b"\0"):
        with pytest.raises(Malformed):
            read_reply(head + name + b"\0\1\0\1")


def test_more_records_than_anybody_has_are_malformed():
    asked = query(5, "a.example", 1, extended=False)
    assert len(read_reply(reply(asked, records=ADDRESS * MAX_RECORDS, count=MAX_RECORDS)).found()) == MAX_RECORDS
    with pytest.raises(Malformed):
        read_reply(reply(asked, records=ADDRESS * (MAX_RECORDS + 1), count=MAX_RECORDS + 1))


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=60))
def test_one_spelling_is_one_spelling(record, text):
    assert plain(record, plain(record, text)) == plain(record, text)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "a..b"}, "name"),
        ({"name": "x" * 64 + ".example"}, "name"),
        ({"name": "münchen.example"}, "name"),
        ({"name": ".".join(["x" * 49] * 5) + ".abcd"}, "name"),
        ({"name": "::1"}, "name"),
        ({"record": "ANY"}, "record"),
        ({"server": "a b"}, "server"),
        ({"port": 0}, "port"),
        ({"match": "some"}, "match"),
        ({"expect": ["x"], "absent": True}, "expect"),
        ({"expect": ["x"] * 21}, "expect"),
    ],
)
def test_a_wrong_configuration_names_its_field(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["dns"].config({"name": "example.com"} | given)
    assert caught.value.field == field
