# SPDX-License-Identifier: Apache-2.0
"""Series, inventories, policies, enrolments: round trips, versions, bounds, garbage."""

import base64
import tracemalloc

import cramjam
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.protocol import enrolment, inventory, policy, series
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.inventory import (
    Address,
    Addresses,
    Disk,
    Hardware,
    Interface,
    Inventory,
    OperatingSystem,
    Package,
    Packages,
)
from steward_agent.protocol.packing import pack, unpack
from steward_agent.protocol.policy import Policy
from steward_agent.protocol.refusals import STATUS, Refusal, read_refusal, refusal_body
from steward_agent.protocol.series import Series, decode_ids, decode_register, encode_ids, encode_register
from steward_agent.protocol.text import printable

from tests.agent.protocol.garbage import campaign

texts = st.text(max_size=256).map(printable)
names = st.from_regex(r"[a-z_][a-z0-9_.:]{0,60}", fullmatch=True)
label_names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_.]{0,60}", fullmatch=True)
some_series = st.builds(Series, names, st.dictionaries(label_names, texts, max_size=16))
packages = st.builds(Package, st.from_regex(r"[!-~]{1,60}", fullmatch=True), texts, texts.map(lambda text: text[:64]))
addresses = st.builds(Address, st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str), st.integers(0, 128))
inventories = st.builds(
    Inventory,
    collected_at=st.integers(0, 2**53),
    agent_version=st.just("0.1.0"),
    hardware=st.none()
    | st.builds(Hardware, vendor=texts, disks=st.lists(st.builds(Disk, st.just("sda"), st.integers(0, 2**62)))),
    os=st.none() | st.builds(OperatingSystem, family=st.just("linux"), name=texts),
    packages=st.none() | st.builds(Packages, st.just("dpkg"), st.lists(packages, max_size=20)),
    addresses=st.none()
    | st.builds(
        Addresses,
        st.lists(st.builds(Interface, st.just("eth0"), addresses=st.lists(addresses, max_size=3)), max_size=3),
    ),
)

INVENTORY = Inventory(
    collected_at=1,
    agent_version="0.1.0",
    hardware=Hardware(vendor="ACME", disks=[Disk("sda", 10**12)]),
    os=OperatingSystem("linux", "web1", "debian"),
    packages=Packages("dpkg", [Package("bash", "5.2-1", "amd64"), Package("zlib", "1", "amd64")]),
    addresses=Addresses([Interface("eth0", addresses=[Address("192.0.2.7", 24)])]),
)
KEY = base64.b64encode(bytes(32)).decode()
ENROLMENT = enrolment.EnrolRequest("token-123456", KEY, "web1", "0" * 32, "Linux 6.1", "x86_64", "0.1.0", "f" * 32)


@settings(max_examples=60, deadline=None)
@given(st.lists(some_series, min_size=1, max_size=12))
def test_series_come_out_as_they_went_in(asked):
    assert decode_register(encode_register(asked)) == asked


@settings(max_examples=200, deadline=None)
@given(inventories)
def test_inventories_come_out_as_they_went_in(document):
    assert inventory.decode_inventory(inventory.encode_inventory(document)) == document


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), max_size=100))
def test_ids_come_out_as_they_went_in(ids):
    assert decode_ids(encode_ids(ids), len(ids)) == ids


@settings(deadline=None)
@given(st.integers(1, 3600), st.integers(60, 7 * 86400))
def test_policies_come_out_as_they_went_in(interval, every):
    asked = Policy(interval, every)
    assert policy.decode_policy(policy.encode_policy(asked)) == asked


def test_an_enrolment_comes_out_as_it_went_in():
    assert enrolment.decode_enrol_request(enrolment.encode_json(ENROLMENT)) == ENROLMENT
    assert len(ENROLMENT.raw_public_key()) == 32


def test_the_register_message_is_a_plain_list_of_name_and_labels():
    raw = unpack(encode_register([Series("cpu.percent", {"mode": "user"})]), 1000, "series")
    assert msgspec.msgpack.decode(raw) == [["cpu.percent", {"mode": "user"}]]


def test_a_field_of_tomorrow_is_passed_over_and_a_version_of_tomorrow_refused():
    told = msgspec.to_builtins(INVENTORY)
    assert inventory.decode_inventory(pack(msgspec.msgpack.encode(told | {"soul": {"deep": [1]}}))) == INVENTORY
    with pytest.raises(ProtocolError, match="version 2 is not understood"):
        inventory.decode_inventory(pack(msgspec.msgpack.encode(told | {"version": 2})))
    with pytest.raises(ProtocolError, match="version 9"):
        enrolment.decode_enrol_request(msgspec.json.encode(msgspec.to_builtins(ENROLMENT) | {"protocol": 9}))
    with pytest.raises(ProtocolError, match="version 0"):
        policy.decode_policy(msgspec.msgpack.encode({"interval": 10, "version": 0}))


@pytest.mark.parametrize(
    "labels",
    [
        {"a": "line\nfeed"},
        {"a": "end\n"},
        {"a": "nul\0"},
        {"a": "escape\x1b[2J"},
        {"a": "x" * 257},
        {"": "x"},
        {"a b": "x"},
        {f"l{i}": "x" for i in range(17)},
    ],
)
def test_labels_out_of_bounds_are_refused(labels):
    with pytest.raises(ProtocolError):
        decode_register(encode_register([Series("x", labels)]))


@pytest.mark.parametrize("name", ["", "1x", "a b", "a\n", "ü", "a" * 129])
def test_names_out_of_bounds_are_refused(name):
    with pytest.raises(ProtocolError):
        decode_register(encode_register([Series(name)]))


def test_too_many_or_no_series_are_refused():
    with pytest.raises(ProtocolError):
        decode_register(encode_register([Series("x")] * (series.MAX_SERIES + 1)))
    with pytest.raises(ProtocolError):
        decode_register(encode_register([]))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (
            {"packages": {"manager": "dpkg", "installed": [["bad\x1bname", "1"]]}},
            "inventory.packages.installed[...][0]",
        ),
        ({"addresses": {"interfaces": [{"name": "e", "addresses": [{"ip": "1.2.3", "prefix": 1}]}]}}, None),
        ({"addresses": {"interfaces": [{"name": "e"}] * 513}}, "inventory.addresses.interfaces"),
        ({"os": {"family": "x" * 65}}, "inventory.os.family"),
        ({"hardware": {"cores": -1}}, "inventory.hardware.cores"),
        ({"collected_at": "now"}, "inventory.collected_at"),
    ],
)
def test_an_inventory_out_of_bounds_names_the_field(change, field):
    told = msgspec.to_builtins(INVENTORY) | change
    with pytest.raises(ProtocolError) as caught:
        inventory.decode_inventory(pack(msgspec.msgpack.encode(told)))
    if field is not None:
        assert caught.value.field.replace("[0][0]", "[...][0]") == field


def test_a_bomb_costs_no_more_than_its_bound():
    bomb = bytes(cramjam.zstd.compress(bytes(512 * 1024 * 1024)))
    tracemalloc.start()
    with pytest.raises(ProtocolError, match="more than"):
        inventory.decode_inventory(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * inventory.MAX_INVENTORY_BYTES


@pytest.mark.parametrize(
    "raw",
    [
        b"\x91" * 3_000_000,
        b"\xdd\xff\xff\xff\xff",
        b"\x81\xa1z" + b"\x91" * 3_000_000,
        b"\x81\xa2os\x81\xa6family\xa3\xed\xa0\x80",
    ],
    ids=["nest", "long", "nest in the unknown", "surrogate"],
)
def test_depth_and_length_beyond_reason_are_refused(raw):
    for decode in (inventory.decode_inventory, decode_register):
        with pytest.raises(ProtocolError):
            decode(pack(raw))


@pytest.mark.parametrize(
    "change",
    [
        {"public_key": "AAAA"},
        {"public_key": "not base64"},
        {"token": "short"},
        {"token": "with space 123"},
        {"hostname": ""},
        {"hostname": "a\nb"},
        {"machine_id": "zz"},
        {"boot_id": "F" * 32},
    ],
)
def test_an_enrolment_out_of_bounds_is_refused(change):
    with pytest.raises(ProtocolError):
        enrolment.decode_enrol_request(msgspec.json.encode(msgspec.to_builtins(ENROLMENT) | change))


def test_an_enrolment_of_megabytes_is_refused():
    with pytest.raises(ProtocolError, match="more than"):
        enrolment.decode_enrol_request(b" " * (enrolment.MAX_ENROL_BYTES + 1))


def test_every_refusal_has_a_status_and_survives_the_way():
    assert set(STATUS) == set(Refusal)
    for code in Refusal:
        read = read_refusal(refusal_body(code, "why\x1b"))
        assert (read.code, read.message) == (code, "why?")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_answers_in_the_servers_place_is_no_known_refusal(body):
    assert read_refusal(body).code is None


@settings(deadline=None)
@given(st.text())
def test_printable_text_may_travel(text):
    assert decode_register(encode_register([Series("x", {"l": printable(text)})]))


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.prove)])
def test_garbage_is_refused(count):
    register = encode_register([Series(f"disk.reads{i}", {"device": f"sd{i}"}) for i in range(20)])
    document = inventory.encode_inventory(INVENTORY)
    plain = msgspec.msgpack.encode(INVENTORY)
    campaign("register", decode_register, [register], count)
    campaign("inventory", inventory.decode_inventory, [document], count)
    campaign("inventory, inside", lambda raw: inventory.decode_inventory(pack(raw)), [plain], count)
    campaign("policy", policy.decode_policy, [policy.encode_policy(Policy())], count)
    campaign("enrolment", enrolment.decode_enrol_request, [enrolment.encode_json(ENROLMENT)], count)
