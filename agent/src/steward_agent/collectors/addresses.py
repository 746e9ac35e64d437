# SPDX-License-Identifier: Apache-2.0
"""Network interfaces and their addresses."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from typing import Any

import msgspec
import psutil

from steward_agent.collectors.readings import Kind
from steward_agent.protocol.inventory import MAX_ADDRESSES, MAX_INTERFACES, Address, Addresses, Interface
from steward_agent.protocol.text import printable

SLUG = "addresses"
KIND = Kind.INVENTORY
_MAX_MTU = 2**20


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`exclude`: patterns of interface names to leave out, by default those that come and go with containers."""

    enabled: bool = True
    exclude: tuple[str, ...] = ("lo", "veth*", "cali*", "lxc*", "vnet*", "tap*")


def collect(config: Config) -> Addresses:
    states = psutil.net_if_stats()
    interfaces = [
        _interface(name, entries, states)
        for name, entries in sorted(psutil.net_if_addrs().items())
        if not any(fnmatch(name, pattern) for pattern in config.exclude)
    ]
    return Addresses(interfaces=interfaces[:MAX_INTERFACES], fqdn=_fqdn())


def prefix_length(netmask: str | None) -> int | None:
    """Of `255.255.255.0`, `ffff:ffff::` or, as newer systems have it, `ffff:ffff::/32`; None when it is none."""
    if not netmask:
        return None
    _, slash, length = netmask.partition("/")
    if slash and length.isdigit():
        return int(length)
    with suppress(ValueError):
        return int(ipaddress.ip_address(netmask)).bit_count()
    return None


def _interface(name: str, entries: list[Any], states: dict[str, Any]) -> Interface:
    state = states.get(name)
    macs = [entry.address for entry in entries if entry.family == psutil.AF_LINK]
    return Interface(
        name=printable(name, 64),
        mac=printable(macs[0], 64).lower() if macs else "",
        up=state.isup if state else False,
        mtu=min(state.mtu, _MAX_MTU) if state else 0,
        # Drivers without a speed answer -1 as an unsigned number.
        speed_mbit=state.speed if state and 0 < state.speed < 2**31 else 0,
        addresses=list(_addresses(entries))[:MAX_ADDRESSES],
    )


def _addresses(entries: list[Any]) -> Iterator[Address]:
    for entry in entries:
        if entry.family not in (socket.AF_INET, socket.AF_INET6):
            continue
        ip = entry.address.partition("%")[0]
        prefix = prefix_length(entry.netmask)
        if prefix is not None:
            yield Address(str(ipaddress.ip_address(ip)), prefix)


def _fqdn() -> str:
    # Not getfqdn(): it asks the resolver, which may take a minute to fail.
    name = socket.gethostname()
    return printable(name, 253) if "." in name else ""
