# SPDX-License-Identifier: Apache-2.0
"""Handshakes with real servers: what does not hold is told apart, and what ends soon is told in time."""

import datetime as dt
import ssl

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.checks.certificate import MAX_NAMES, read_certificate
from steward_agent.checks.place import Place
from steward_agent.checks.registry import BadConfig, checks

from tests.agent.checks.certificates import below
from tests.agent.checks.peers import garbage, gone, peer, silent

DAY = 86_400
SITE = "site.example"
ISSUER = "CN=authority of a test"


def here(ca=None, **changes):
    return Place(ca_file=ca.file if ca else None, lookup=lambda _: ["127.0.0.1"], **changes)


@pytest.fixture
def shown(ask, ca):
    """One look at a server with this context, as SITE."""

    def look(context, *, place=None, talk=silent, **asked):
        with peer(talk, context=context) as other:
            seen = ask("tls", place=place or here(ca), **{"host": SITE, "port": other.port, **asked})
            return seen, other

    return look


def test_a_certificate_that_holds_is_ok_and_measured(shown, ca):
    seen, other = shown(ca.server(SITE, days=20))
    assert (seen.verdict, seen.reason, seen.parameters) == ("ok", "ok", {})
    assert seen.measured["check.tls.certificate_seconds"] == pytest.approx(20 * DAY, abs=120)
    assert 0 < seen.measured["check.tls.handshake_seconds"] <= seen.measured["check.seconds"]
    assert 0 <= seen.measured["check.tls.connect_seconds"] <= seen.measured["check.seconds"]
    assert other.lines == 1


@pytest.mark.parametrize("days", [14, 15, 400])
def test_what_ends_before_the_limit_is_failing_and_says_when(shown, ca, days):
    seen, _ = shown(ca.server(SITE, days=13.5), days=days)
    told = dict(seen.parameters)
    ends = dt.datetime.fromisoformat(str(told.pop("not_after")))
    assert (seen.verdict, seen.reason) == ("failing", "ends_soon")
    assert told == {"name": SITE, "days": 13, "limit": days, "subject": "CN=server", "issuer": ISSUER}
    assert abs((ends - dt.datetime.now(dt.UTC)).total_seconds() - 13.5 * DAY) < 120


def test_what_ends_after_the_limit_is_ok(shown, ca):
    assert shown(ca.server(SITE, days=13.5), days=13)[0].verdict == "ok"
    assert shown(ca.server(SITE, days=0.1), days=0)[0].verdict == "ok"


def test_an_intermediate_that_ends_first_is_the_one_that_counts(shown, ca):
    seen, _ = shown(below(ca, days=3.2).server(SITE, days=90))
    assert (seen.reason, seen.parameters["days"]) == ("ends_soon", 3)
    assert seen.parameters["subject"] == "CN=intermediate of a test"
    assert seen.measured["check.tls.certificate_seconds"] == pytest.approx(3.2 * DAY, abs=120)


def test_what_is_sent_along_and_not_needed_does_not_count(shown, ca):
    context = ca.server(SITE, days=90)
    spare = ca.folder / "spare.pem"
    leaf = sorted(ca.folder.glob("server-*.pem"), key=lambda path: path.stat().st_mtime_ns)[-1]
    old = below(ca, days=-5).certificate.public_bytes(serialization.Encoding.PEM)
    spare.write_bytes(leaf.read_bytes() + old)
    context.load_cert_chain(spare)
    assert shown(context)[0].verdict == "ok"
    unverified, _ = shown(context, verify=False)
    assert unverified.reason == "expired"


@pytest.mark.parametrize(
    ("made", "trusted", "reason", "told"),
    [
        ({"days": -2}, True, "expired", {"issuer": ISSUER}),
        ({"begins": 3, "days": 60}, True, "not_yet_valid", {"issuer": ISSUER}),
        ({"hosts": ["other.example", "192.0.2.7"]}, True, "wrong_name", {"names": "other.example, 192.0.2.7"}),
        ({"signed": False}, True, "untrusted", {"why": "self_signed", "code": 18, "issuer": "CN=server"}),
        ({}, False, "untrusted", {"why": "unknown_authority", "issuer": ISSUER}),
    ],
)
def test_what_does_not_hold_is_told_apart(shown, ca, made, trusted, reason, told):
    hosts = made.pop("hosts", [SITE])
    seen, other = shown(ca.server(*hosts, **made), place=here(ca if trusted else None))
    assert (seen.verdict, seen.reason) == ("failing", reason)
    assert seen.parameters["name"] == SITE
    assert seen.parameters["subject"] == "CN=server"
    assert {name: seen.parameters[name] for name in told} == told
    assert "check.tls.certificate_seconds" in seen.measured
    assert other.lines == 2
    at = dt.datetime.fromisoformat(str(seen.parameters.get("not_after") or seen.parameters.get("not_before")))
    assert (at < dt.datetime.now(dt.UTC)) == (reason == "expired")


def test_where_trust_is_not_asked_for_only_times_and_protocol_are_judged(shown, ca):
    assert shown(ca.server("other.example", signed=False), verify=False)[0].verdict == "ok"
    assert shown(ca.server(SITE, signed=False, days=-2), verify=False)[0].reason == "expired"
    assert shown(ca.server(SITE, signed=False, begins=3, days=60), verify=False)[0].reason == "not_yet_valid"
    assert shown(ca.server(SITE, signed=False, days=3), verify=False)[0].reason == "ends_soon"


def test_a_certificate_shown_only_once_is_judged_with_what_is_known(ask, ca):
    context = ca.server(SITE, days=-2)
    lines = []

    def once(line):
        lines.append(line)
        if len(lines) == 1:
            with context.wrap_socket(line.sock, server_side=True):
                return

    with peer(once) as other:
        seen = ask("tls", place=here(ca), host=SITE, port=other.port)
    assert (seen.verdict, seen.reason) == ("failing", "expired")
    assert seen.parameters == {"name": SITE, "subject": "", "issuer": "", "not_after": ""}


def test_the_name_asked_for_may_be_another_than_the_host(shown, ca):
    asked = []
    context = ca.server(SITE)
    context.sni_callback = lambda _sock, name, _context: asked.append(name)
    assert shown(context, host="127.0.0.1", server_name=SITE)[0].verdict == "ok"
    assert asked == [SITE]
    assert shown(context, host="127.0.0.1")[0].reason == "wrong_name"
    assert shown(ca.server("127.0.0.1"), host="127.0.0.1")[0].verdict == "ok"


def old(context, version):
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = version
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("spoken", "minimum", "told"),
    [
        (ssl.TLSVersion.TLSv1, "1.2", "1.0"),
        (ssl.TLSVersion.TLSv1_1, "1.2", "1.1"),
        (ssl.TLSVersion.TLSv1, "1.1", "1.0"),
        (ssl.TLSVersion.TLSv1_2, "1.3", "1.2"),
    ],
)
def test_an_old_protocol_is_named(shown, ca, spoken, minimum, told):
    seen, _ = shown(old(ca.server(SITE), spoken), min_version=minimum)
    assert (seen.verdict, seen.reason) == ("failing", "weak_protocol")
    assert seen.parameters == {"name": SITE, "version": told, "minimum": minimum}
    assert shown(old(ca.server(SITE), spoken), min_version=told)[0].verdict == "ok"


def test_no_agreement_is_failing_with_openssls_word(shown, ca):
    context = ca.server(SITE)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    # No forward secrecy and no encryption: what nobody offers by default.
    context.set_ciphers("ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0")
    seen, _ = shown(context)
    assert (seen.verdict, seen.reason, seen.parameters["name"]) == ("failing", "tls_failed", SITE)
    assert "HANDSHAKE_FAILURE" in str(seen.parameters["why"])


@pytest.mark.parametrize(
    ("talk", "reasons"), [(garbage, {"tls_failed"}), (gone, {"closed", "tls_failed"}), (silent, {"timeout"})]
)
def test_what_is_not_tls_is_failing(ask, talk, reasons):
    with peer(talk) as other:
        seen = ask("tls", host="127.0.0.1", port=other.port, timeout=0.5)
    assert seen.verdict == "failing"
    assert seen.reason in reasons


def test_where_the_place_may_not_go_nothing_is_asked(ask):
    with peer(silent) as other:
        seen = ask("tls", place=here(allows=lambda _: False), host=SITE, port=other.port)
        assert (seen.verdict, seen.reason, other.lines) == ("unknown", "address_forbidden", 0)


def test_authorities_that_cant_be_read_are_the_places_fault(ask):
    with peer(silent) as other:
        seen = ask("tls", place=Place(ca_file="/nowhere.pem"), host="127.0.0.1", port=other.port)
    assert (seen.verdict, seen.reason, seen.parameters) == ("unknown", "place_trouble", {"error": "ENOENT"})


# ── reading ──


@given(st.binary(max_size=400))
def test_garbage_is_no_certificate_and_never_raises(noise):
    assert read_certificate(noise) is None


@given(at=st.integers(min_value=0), byte=st.integers(0, 255), cut=st.integers(min_value=0))
def test_a_damaged_certificate_never_raises(ca, at, byte, cut):
    der = bytearray(ca.certificate.public_bytes(serialization.Encoding.DER))
    der[at % len(der)] = byte
    read_certificate(bytes(der))
    assert read_certificate(bytes(der[: cut % len(der)])) is None


def test_of_many_names_a_few_are_shown_and_the_others_counted(shown, ca):
    seen, _ = shown(ca.server(*(f"n{number}.example" for number in range(MAX_NAMES + 300))))
    assert seen.reason == "wrong_name"
    assert str(seen.parameters["names"]).endswith("n7.example, +300")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"host": "a b"}, "host"),
        ({"server_name": "a/b"}, "server_name"),
        ({"server_name": ""}, "server_name"),
        ({"port": 0}, "port"),
        ({"starttls": "gopher"}, "starttls"),
        ({"days": -1}, "days"),
        ({"min_version": "1.4"}, "min_version"),
        ({"verify": "yes"}, "verify"),
    ],
)
def test_a_wrong_configuration_names_its_field(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["tls"].config({"host": "example.com"} | given)
    assert caught.value.field == field
