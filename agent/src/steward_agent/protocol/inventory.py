# SPDX-License-Identifier: Apache-2.0
"""What a machine is made of: hardware, operating system, packages, addresses. Full document each time.

A section is None when it could not be collected, which is not the same as empty: the server keeps what it knew.
"""

import ipaddress
from typing import Annotated

import msgspec
from msgspec import Meta

from steward_agent.protocol.packing import decoded, pack, unpack
from steward_agent.protocol.results import Capabilities
from steward_agent.protocol.text import PRINTABLE, Line, Short
from steward_agent.protocol.versions import VERSION, check_version

MAX_INVENTORY_BYTES = 8 * 1024 * 1024
MAX_PACKAGES = 20_000
MAX_DISKS = 256
MAX_INTERFACES = 512
MAX_ADDRESSES = 256

Count = Annotated[int, Meta(ge=0, le=2**20)]
Bytes = Annotated[int, Meta(ge=0, le=2**62)]
Millis = Annotated[int, Meta(ge=0, le=2**53)]


class Disk(msgspec.Struct, frozen=True):
    """`rotational` is None where the kernel does not say."""

    name: Short
    size_bytes: Bytes
    model: Line = ""
    serial: Line = ""
    rotational: bool | None = None


class Hardware(msgspec.Struct, frozen=True):
    """`virtualization` is empty on bare metal, else the hypervisor's or container engine's name as far as known."""

    vendor: Line = ""
    model: Line = ""
    serial: Line = ""
    firmware: Line = ""
    cpu_model: Line = ""
    cores: Count = 0
    threads: Count = 0
    memory_bytes: Bytes = 0
    virtualization: Short = ""
    disks: Annotated[list[Disk], Meta(max_length=MAX_DISKS)] = []


class OperatingSystem(msgspec.Struct, frozen=True):
    """`booted_at` is unix time in ms, to the minute; `boot` is the kernel's id of this boot, empty if unknown."""

    family: Short
    hostname: Annotated[str, Meta(max_length=253, pattern=PRINTABLE)] = ""
    distribution: Short = ""
    name: Line = ""
    version: Line = ""
    kernel: Line = ""
    arch: Short = ""
    timezone: Short = ""
    booted_at: Millis = 0
    boot: Short = ""


class Package(msgspec.Struct, frozen=True, array_like=True):
    """As the package manager names it."""

    name: Annotated[str, Meta(min_length=1, max_length=256, pattern=r"\A[!-~]+\Z")]
    version: Line
    arch: Short = ""


class Packages(msgspec.Struct, frozen=True):
    """Sorted by name. `manager` is `dpkg` or `rpm`."""

    manager: Short
    installed: Annotated[list[Package], Meta(max_length=MAX_PACKAGES)]


class Address(msgspec.Struct, frozen=True):
    """An IPv4 or IPv6 address and the length of its prefix; no zone."""

    ip: Short
    prefix: Annotated[int, Meta(ge=0, le=128)]

    def __post_init__(self) -> None:
        ipaddress.ip_address(self.ip)


class Interface(msgspec.Struct, frozen=True):
    """`speed_mbit` is 0 where the driver does not know."""

    name: Short
    mac: Short = ""
    up: bool = False
    mtu: Count = 0
    speed_mbit: Annotated[int, Meta(ge=0, le=2**31)] = 0
    addresses: Annotated[list[Address], Meta(max_length=MAX_ADDRESSES)] = []


class Addresses(msgspec.Struct, frozen=True):
    """`fqdn` is empty when the machine does not know its own."""

    interfaces: Annotated[list[Interface], Meta(max_length=MAX_INTERFACES)]
    fqdn: Annotated[str, Meta(max_length=253, pattern=PRINTABLE)] = ""


class Inventory(msgspec.Struct, frozen=True):
    """`collected_at` is unix time in ms by the machine's own clock.

    `checks` announces what the agent can observe; None comes from one that is too old to say.
    """

    collected_at: Millis
    agent_version: Short
    hardware: Hardware | None = None
    os: OperatingSystem | None = None
    packages: Packages | None = None
    addresses: Addresses | None = None
    version: int = VERSION
    checks: Capabilities | None = None


_decoder = msgspec.msgpack.Decoder(Inventory)


def encode_inventory(inventory: Inventory) -> bytes:
    return pack(msgspec.msgpack.encode(inventory))


def decode_inventory(body: bytes) -> Inventory:
    """The document of `POST /v1/inventory`.

    Raises:
        ProtocolError: for anything that is not an inventory of a version understood, or beyond the bounds above.
    """
    inventory = decoded(_decoder, unpack(body, MAX_INVENTORY_BYTES, "inventory"), "inventory")
    check_version(inventory.version)
    return inventory
