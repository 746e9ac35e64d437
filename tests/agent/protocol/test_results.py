# SPDX-License-Identifier: Apache-2.0
"""Results, assigned checks and what is announced: round trips, the version before and after, bounds, garbage."""

from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta
from steward_agent.protocol import enrolment, inventory, policy
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.packing import pack, unpack
from steward_agent.protocol.policy import MAX_CHECKS, MAX_POLICY_BYTES, AssignedCheck, Policy
from steward_agent.protocol.results import (
    MAX_RESULTS,
    MAX_RESULTS_BYTES,
    CheckResult,
    Verdict,
    decode_result,
    decode_results,
    encode_result,
    encode_results,
)
from steward_agent.protocol.text import printable

from tests.agent.protocol.garbage import campaign
from tests.agent.protocol.test_documents import ENROLMENT, INVENTORY

slugs = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
parameters = st.dictionaries(
    slugs,
    st.text(max_size=200).map(printable)
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans(),
    max_size=8,
)
results = st.builds(
    CheckResult,
    check=st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True),
    kind=slugs,
    at=st.integers(0, 2**53),
    began=st.integers(0, 2**53),
    seconds=st.floats(0, 1e6),
    verdict=st.sampled_from(Verdict),
    reason=slugs,
    parameters=parameters,
    measured=st.dictionaries(slugs, st.floats(allow_nan=False, allow_infinity=False), max_size=16),
)
RESULT = CheckResult("c-1", "http", 60_000, 60_010, 0.5, Verdict.OK, "ok", {}, {"check.http.status": 200.0})


@settings(max_examples=150, deadline=None)
@given(st.lists(results, min_size=1, max_size=8, unique_by=lambda one: (one.check, one.at)))
def test_results_come_out_as_they_went_in(made):
    assert decode_results(encode_results([encode_result(each) for each in made])) == made
    assert [decode_result(encode_result(each)) for each in made] == made


def test_the_message_is_a_plain_document():
    raw = unpack(encode_results([encode_result(RESULT)]), 10_000, "results")
    assert msgspec.msgpack.decode(raw) == {
        "results": [
            {
                "check": "c-1", "kind": "http", "at": 60_000, "began": 60_010, "seconds": 0.5, "verdict": "ok",
                "reason": "ok", "parameters": {}, "measured": {"check.http.status": 200.0},
            }
        ],
        "version": 1,
    }  # fmt: skip


def test_verdicts_are_numbers_in_the_series():
    assert [verdict.number for verdict in (Verdict.OK, Verdict.FAILING, Verdict.UNKNOWN)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"check": "a b"}, "results.results[...].check"),
        ({"check": ""}, "results.results[...].check"),
        ({"kind": "Http"}, "results.results[...].kind"),
        ({"verdict": "fine"}, "results.results[...].verdict"),
        ({"seconds": -1}, "results.results[...].seconds"),
        ({"at": 2**60}, "results.results[...].at"),
        ({"reason": "a sentence"}, "results.results[...].reason"),
        ({"parameters": {"x": "\x1b[2J"}}, "results.results[...].parameters[...]"),
        ({"parameters": {f"p{i}": 1 for i in range(9)}}, "results.results[...].parameters"),
        ({"parameters": {"x": [1]}}, "results.results[...].parameters[...]"),
        ({"measured": {f"m{i}": 1.0 for i in range(17)}}, "results.results[...].measured"),
        ({"measured": {"x": float("nan")}}, None),
        ({"parameters": {"x": float("inf")}}, None),
    ],
)
def test_a_result_out_of_bounds_names_the_field(change, field):
    told = msgspec.to_builtins(RESULT) | change
    with pytest.raises(ProtocolError) as caught:
        decode_results(pack(msgspec.msgpack.encode({"results": [told], "version": 1})))
    if field:
        assert caught.value.field.replace("[0]", "[...]") == field


def test_none_or_too_many_or_twice_the_same_are_refused():
    one = encode_result(RESULT)
    with pytest.raises(ProtocolError, match="twice"):
        decode_results(encode_results([one, one]))
    with pytest.raises(ProtocolError):
        decode_results(encode_results([]))
    many = [encode_result(msgspec.structs.replace(RESULT, at=at)) for at in range(MAX_RESULTS + 1)]
    assert len(decode_results(encode_results(many[:-1]))) == MAX_RESULTS
    with pytest.raises(ProtocolError):
        decode_results(encode_results(many))
    with pytest.raises(ProtocolError, match="more than"):
        decode_results(pack(bytes(MAX_RESULTS_BYTES + 1)))


def test_a_field_of_tomorrow_is_passed_over_and_a_version_of_tomorrow_refused():
    told = msgspec.to_builtins(RESULT) | {"soul": {"deep": [1]}}
    assert decode_results(pack(msgspec.msgpack.encode({"results": [told], "version": 1, "more": 1}))) == [RESULT]
    with pytest.raises(ProtocolError, match="version 2"):
        decode_results(pack(msgspec.msgpack.encode({"results": [told], "version": 2})))


# ── the version before ──


class PolicyBefore(msgspec.Struct, frozen=True):
    """As agents read it that know no checks."""

    interval: Annotated[int, Meta(ge=1, le=3600)] = 30
    inventory: Annotated[int, Meta(ge=60, le=7 * 86400)] = 3600
    version: int = 1


class EnrolmentBefore(msgspec.Struct, frozen=True):
    """As servers read it that know no checks: as much of it as tells."""

    token: str
    protocol: int = 1


class InventoryBefore(msgspec.Struct, frozen=True):
    """The same of inventories."""

    collected_at: int
    version: int = 1


ASSIGNED = AssignedCheck("c-1", "http", 60, 10.0, {"url": "https://example.com/", "headers": {"X": "y"}})


def test_checks_come_out_as_they_went_in():
    asked = Policy(checks=[ASSIGNED, AssignedCheck("c-2", "not_yet_known", 1, 0.1)])
    assert policy.decode_policy(policy.encode_policy(asked)) == asked


def test_an_agent_of_before_passes_over_what_it_does_not_know():
    told = policy.encode_policy(Policy(interval=10, checks=[ASSIGNED]))
    assert msgspec.msgpack.decode(told, type=PolicyBefore) == PolicyBefore(interval=10)


def test_a_server_of_before_assigns_nothing():
    assert policy.decode_policy(msgspec.msgpack.encode(PolicyBefore(interval=10))) == Policy(interval=10)


def test_what_is_announced_is_passed_over_by_a_server_of_before_and_absent_from_an_agent_of_before():
    announcing = msgspec.structs.replace(ENROLMENT, checks={"http": 1, "tcp": 2})
    told = enrolment.encode_json(announcing)
    assert enrolment.decode_enrol_request(told) == announcing
    assert msgspec.json.decode(told, type=EnrolmentBefore).token == ENROLMENT.token
    document = msgspec.structs.replace(INVENTORY, checks={"http": 1})
    assert inventory.decode_inventory(inventory.encode_inventory(document)) == document
    plain = unpack(inventory.encode_inventory(document), 10_000, "inventory")
    assert msgspec.msgpack.decode(plain, type=InventoryBefore) == InventoryBefore(1)
    before: dict[str, Any] = msgspec.to_builtins(INVENTORY)
    del before["checks"]
    assert inventory.decode_inventory(pack(msgspec.msgpack.encode(before))).checks is None
    asked = msgspec.to_builtins(ENROLMENT)
    del asked["checks"]
    assert enrolment.decode_enrol_request(msgspec.json.encode(asked)).checks == {}


@pytest.mark.parametrize("checks", [{"Bad Slug": 1}, {"http": 0}, {f"c{i}": 1 for i in range(65)}, ["http"]])
def test_an_announcement_out_of_bounds_is_refused(checks):
    with pytest.raises(ProtocolError):
        enrolment.decode_enrol_request(msgspec.json.encode(msgspec.to_builtins(ENROLMENT) | {"checks": checks}))


def test_a_policy_full_of_checks_fits():
    config = {"url": "https://example.com/" + "x" * 500, "headers": {"Authorization": "y" * 300}}
    full = Policy(checks=[AssignedCheck(f"{at:036d}", "http", 60, 10.0, config) for at in range(MAX_CHECKS)])
    assert len(policy.encode_policy(full)) < MAX_POLICY_BYTES
    with pytest.raises(ProtocolError, match="checks"):
        policy.decode_policy(policy.encode_policy(Policy(checks=[ASSIGNED] * (MAX_CHECKS + 1))))


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.prove)])
def test_garbage_is_refused(count):
    message = encode_results([encode_result(msgspec.structs.replace(RESULT, at=at)) for at in range(20)])
    plain = unpack(message, 100_000, "results")
    campaign("results", decode_results, [message], count)
    campaign("results, inside", lambda raw: decode_results(pack(raw)), [plain], count)
    campaign("policy with checks", policy.decode_policy, [policy.encode_policy(Policy(checks=[ASSIGNED] * 5))], count)
