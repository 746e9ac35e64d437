# SPDX-License-Identifier: Apache-2.0
"""What holds for every check there is or will be; nobody can opt out: a check without a specimen here fails the first test."""

import json
import re
import socket
import time
import tracemalloc
from collections.abc import Callable
from types import ModuleType
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from steward_agent.checks.observation import (
    COMMON_METRICS,
    COMMON_REASONS,
    OK,
    PLACE_TROUBLE,
    Observation,
    Reason,
    end,
    observed,
)
from steward_agent.checks.place import Place
from steward_agent.checks.registry import BadCheck, BadConfig, Check, capabilities, checks, registered
from steward_agent.collectors.metrics import METRICS, Metric, MetricKind, Unit
from steward_agent.protocol.results import CheckResult, Verdict, decode_results, encode_result, encode_results

from tests.agent.checks.datagram_peers import DatagramPeer, hostile_datagrams
from tests.agent.checks.own_machine import OWN, THROUGH
from tests.agent.checks.peers import HOSTILE, SYSTEM_BUFFERS, Peer, gone, peer, silent
from tests.agent.checks.specimens_net import DATAGRAMS, HOSTILE_BY_DATAGRAMS, NET, SILENT_TO_PEERS, skip_unless_pings
from tests.waiting import bar

# Where each check's specimen looks, given the port of a peer on 127.0.0.1; the bus leads to the same peer.
SPECIMENS: dict[str, Callable[[int], dict[str, Any]]] = {
    "http": lambda port: {"url": f"http://127.0.0.1:{port}/", "body_contains": "never there"},
    "tcp": lambda port: {"host": "127.0.0.1", "port": port, "expect": "never there"},
    "service": lambda port: {"unit": "cron.service"},
    **OWN,
    **NET,
}
TIMEOUT_S = 0.4
# What a check may hold at once, beside what Python itself allocates on the way.
MEMORY = 4 * 1024 * 1024
# A head, a body and what is around it; no check reads more of a peer by default.
RECEIVED = 448 * 1024

# What is imported and read once is not counted to a look.
loaded: set[str] = set()

every_check = pytest.mark.parametrize("check", checks().values(), ids=lambda one: one.slug)
# The others ask their own machine; what holds for those instead stands in test_contract_own.py.
with_peer = pytest.mark.parametrize(
    "check", [one for one in checks().values() if one.slug not in THROUGH], ids=lambda one: one.slug
)


def specimen(check: Check, port: int) -> msgspec.Struct:
    return check.config(SPECIMENS[check.slug](port))


@pytest.fixture
def look(tmp_path):
    """Runs a check against a peer that talks so: its observation, the seconds it took, the peer."""

    def run(check: Check, talk: Any) -> tuple[Observation, float, Peer | DatagramPeer]:
        if check.slug == "ping":
            skip_unless_pings()
        at = tmp_path / "bus"
        at.unlink(missing_ok=True)
        uses_bus = check.slug == "service"
        hears = hostile_datagrams(talk) if check.slug in DATAGRAMS else peer(talk, at=at if uses_bus else None)
        with hears as other:
            config = specimen(check, 1 if uses_bus else other.port)
            started = time.monotonic()
            seen = check.observe(config, Place(system_bus=f"unix:path={at}"), TIMEOUT_S)
            return seen, time.monotonic() - started, other

    return run


@pytest.fixture
def received(monkeypatch):
    """The bytes of every read from a socket, by whichever side."""
    counts: list[int] = []
    into, whole = socket.socket.recv_into, socket.socket.recv

    def recv_into(self, *given):
        counts.append(into(self, *given))
        return counts[-1]

    def recv(self, *given):
        part = whole(self, *given)
        counts.append(len(part))
        return part

    monkeypatch.setattr(socket.socket, "recv_into", recv_into)
    monkeypatch.setattr(socket.socket, "recv", recv)
    return counts


def test_the_checks_are_these_and_each_has_a_specimen():
    assert set(checks()) == set(SPECIMENS) == {"http", "tcp", "service"} | set(OWN) | set(NET)
    assert set(OWN) == set(THROUGH) == {"backup_age", "file", "plugin", "process", "reboot"}
    assert capabilities() == dict.fromkeys(SPECIMENS, 1)


@pytest.mark.parametrize(
    ("check", "talk"),
    [
        pytest.param(one, talk, id=f"{talk.__name__}-{one.slug}")
        for one in checks().values()
        if one.slug not in {*THROUGH, *SILENT_TO_PEERS}
        for talk in (HOSTILE_BY_DATAGRAMS if one.slug in DATAGRAMS else HOSTILE)
    ],
)
def test_a_hostile_peer_costs_no_more_than_its_bounds(check, talk, look, received):
    if check.slug not in loaded:
        look(check, gone)
        loaded.add(check.slug)
    received.clear()
    tracemalloc.start()
    try:
        seen, took, other = look(check, talk)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen.verdict is not Verdict.OK
    assert took < bar(TIMEOUT_S + 0.5)
    assert peak < MEMORY
    assert other.sent < SYSTEM_BUFFERS
    assert sum(received) <= RECEIVED
    assert_declared(check, seen)
    assert_fit_to_travel(check, seen)


@with_peer
def test_its_time_is_kept_and_measured(check, look):
    seen, took, _ = look(check, silent)
    assert TIMEOUT_S - 0.05 <= took < bar(TIMEOUT_S + 0.3)
    # It travels in tenths of a millisecond, rounded.
    assert TIMEOUT_S - 0.05 <= seen.measured["check.seconds"] <= took + 0.0001


@with_peer
def test_what_the_place_lacks_is_unknown_and_never_failing(check, look, monkeypatch):
    monkeypatch.setattr("steward_agent.checks.visit.socket.socket", no_more_sockets)
    monkeypatch.setattr("steward_agent.checks.dbus.socket.socket", no_more_sockets)
    seen = check.observe(specimen(check, 1), Place(), TIMEOUT_S)
    assert (seen.verdict, seen.reason) == (Verdict.UNKNOWN, PLACE_TROUBLE.code)
    assert seen.parameters == {"error": "EMFILE"}


def no_more_sockets(*_: object) -> None:
    raise OSError(24, "Too many open files")


@with_peer
def test_a_fault_of_its_own_is_unknown_and_never_raised(check, monkeypatch):
    place = Place()
    for name in ("addresses", "system_bus"):
        monkeypatch.setattr(Place, name, property(lambda _: 1 / 0))
    seen = check.observe(specimen(check, 1), place, TIMEOUT_S)
    assert (seen.verdict, seen.reason, seen.parameters) == (Verdict.UNKNOWN, "crashed", {"error": "ZeroDivisionError"})


@every_check
def test_a_wrong_field_is_named(check):
    given = SPECIMENS[check.slug](1)
    for name in check.config_type.__struct_fields__:
        with pytest.raises(BadConfig) as caught:
            check.config(given | {name: {"\n": {"deep": []}}})
        assert caught.value.field == name
        assert caught.value.reason.isprintable()
    for name in given:
        if name in check.schema().get("required", ()):
            with pytest.raises(BadConfig) as caught:
                check.config({key: value for key, value in given.items() if key != name})
            assert caught.value.field == name
    with pytest.raises(BadConfig) as caught:
        check.config(given | {"surprise": 1})
    assert caught.value.field == "surprise"


@every_check
def test_a_nest_too_deep_is_refused(check):
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for name in check.config_type.__struct_fields__:
        with pytest.raises(BadConfig):
            check.config(SPECIMENS[check.slug](1) | {name: deep})
    while deep:
        deep = deep.pop()


@every_check
def test_every_field_is_described_and_bounded(check):
    schema = check.schema()
    assert set(schema["properties"]) == set(check.config_type.__struct_fields__)
    assert schema["additionalProperties"] is False
    for name, part in schema["properties"].items():
        assert part.get("description", "")[:1].isupper(), name
        assert not part["description"].endswith("."), name
        assert_bounded(name, part)


def assert_bounded(name: str, part: dict[str, Any]) -> None:
    for each in part.get("anyOf", [part]):
        kind = each.get("type")
        if "enum" in each or kind in ("boolean", "null"):
            continue
        assert kind in ("string", "integer", "number", "array", "object"), (name, each)
        if kind == "string":
            assert each["maxLength"] <= 4096, name
        elif kind in ("integer", "number"):
            assert {"minimum", "maximum"} <= set(each), name
        elif kind == "array":
            assert each["maxItems"] <= 100, name
            assert_bounded(name, each["items"])
        else:
            assert each["maxProperties"] <= 100, name
            assert_bounded(name, each["additionalProperties"])
            assert_bounded(name, {"type": "string", **each["propertyNames"]})


@every_check
def test_its_schema_is_valid_and_takes_what_the_check_takes(check):
    schema = check.schema()
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.validator_for(schema)
    given = SPECIMENS[check.slug](8080)
    assert validator.is_valid(given)
    assert validator.is_valid(msgspec.to_builtins(check.config(given)))
    assert not validator.is_valid(given | {"surprise": 1})
    assert r"\A" not in json.dumps(schema)


@every_check
def test_what_it_measures_and_says_is_declared(check):
    for metric in check.metrics:
        assert metric.name not in METRICS
        assert metric.description[0].isupper() or metric.description[0].isdigit()
        assert not metric.description.endswith(".")
    for reason in check.reasons:
        assert reason.verdict is not Verdict.OK
        assert not reason.meaning.endswith(".")


@every_check
def test_it_needs_nothing_but_its_file(check):
    """The registry's answer is made of the module alone: scanned, checked, frozen."""
    with pytest.raises(TypeError):
        checks()["other"] = check  # type: ignore[index]
    with pytest.raises(AttributeError):
        check.slug = "other"


def assert_declared(check: Check, seen: Observation) -> None:
    declared = {reason.code: reason for reason in (*COMMON_REASONS, *check.reasons)}
    reason = declared[seen.reason]
    assert seen.verdict is reason.verdict
    assert set(seen.parameters) == set(reason.parameters)
    decimals = {metric.name: metric.decimals for metric in (*COMMON_METRICS, *check.metrics)}
    for name, value in seen.measured.items():
        assert value == round(value, decimals[name])


def assert_fit_to_travel(check: Check, seen: Observation) -> None:
    json.dumps({"parameters": seen.parameters, "measured": seen.measured}, allow_nan=False)
    result = CheckResult(
        "c-1", check.slug, 1, 1, 0.5, seen.verdict, seen.reason, dict(seen.parameters), dict(seen.measured)
    )
    assert decode_results(encode_results([encode_result(result)])) == [result]


# ── the registry ──


def module(**changes: Any) -> ModuleType:
    class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        pass

    made = ModuleType("made", "Observes something.")
    parts = {"SLUG": "made", "VERSION": 1, "METRICS": (), "REASONS": (), "Config": Config}
    parts["run"] = lambda config, visit: observed(OK)
    for name, part in (parts | changes).items():
        setattr(made, name, part)
    return made


class _Loose(msgspec.Struct):
    pass


_FOREIGN = Metric("other.value", Unit.COUNT, MetricKind.GAUGE, "Something", ("check",))
_WIDE = Metric("check.made.value", Unit.COUNT, MetricKind.GAUGE, "Something", ("check", "one", "two"))
_BARE = Metric("check.made.value", Unit.COUNT, MetricKind.GAUGE, "Something")


def test_a_module_that_keeps_the_rules_is_taken():
    assert registered([module()])["made"].summary == "Observes something."


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"SLUG": "Not A Slug"}, "SLUG"),
        ({"SLUG": "x" * 49}, "SLUG"),
        ({"VERSION": 0}, "VERSION"),
        ({"VERSION": "1"}, "VERSION"),
        ({"Config": dict}, "Config"),
        ({"Config": _Loose}, "frozen"),
        ({"METRICS": ("check.made.x",)}, "METRICS"),
        ({"METRICS": (_FOREIGN,)}, "must begin with"),
        ({"METRICS": (_BARE,)}, "label"),
        ({"METRICS": (_WIDE,)}, "one more at most"),
        ({"REASONS": ("late",)}, "REASONS"),
        ({"REASONS": (Reason("timeout", Verdict.FAILING, "Again"),)}, "same code"),
        ({"REASONS": (Reason("fine", Verdict.OK, "All is well"),)}, "may be ok"),
        ({"run": None}, "run"),
        ({"__doc__": ""}, "docstring"),
    ],
)
def test_a_module_that_breaks_a_rule_is_refused_by_name(changes, rule):
    with pytest.raises(BadCheck, match=f"made: .*{rule}"):
        registered([module(**changes)])


def test_two_with_one_slug_are_refused():
    with pytest.raises(BadCheck, match="is taken"):
        registered([module(), module()])


def test_a_reason_with_the_wrong_parameters_is_a_fault_and_not_an_outage():
    wrong = Reason("wrong", Verdict.FAILING, "Something", ("one",))
    made = registered([module(REASONS=(wrong,), run=lambda config, visit: end(wrong, other=1))])["made"]
    seen = made.observe(made.config({}), Place(), 1)
    assert (seen.verdict, seen.reason) == (Verdict.UNKNOWN, "crashed")


def test_text_of_a_peer_is_made_fit_and_numbers_are_bounded():
    wrong = Reason("wrong", Verdict.FAILING, "Something", ("text", "number", "share"))
    seen = observed(wrong, {"text": "\x1b[2J\ud800" + "x" * 999, "number": 10**30, "share": float("nan")})
    assert re.fullmatch(r"\?\[2J\?x{250,}", str(seen.parameters["text"]))
    assert len(str(seen.parameters["text"])) == 256
    assert seen.parameters["number"] == 2**53
    assert seen.parameters["share"] == 0.0
