# SPDX-License-Identifier: Apache-2.0
"""Which addresses are of the public internet, and the veto of a place that may reach those alone. Pure, and light.

An address is judged, never a name or a spelling of it: whatever the resolver makes of `0x7f.1` is looked at as 127.0.0.1."""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# RFC 4291, 2.4: all of the public internet's addresses lie in it, and will for a long time.
_UNICAST: Final = IPv6Network("2000::/3")
# RFC 6052, 2.1: an IPv4 address as a translator of the network shows it to hosts that speak IPv6 alone.
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
# RFC 7526: relays of 6to4, which were given up; Python calls them global.
_RELAYS: Final = IPv4Network("192.88.99.0/24")
# RFC 9637: for documentation alone, younger than Python's list.
_WRITTEN_ABOUT: Final = IPv6Network("3fff::/20")


def is_public(address: Address) -> bool:
    """Whether anybody may be there: global, unicast, and no IPv4 address of another kind hidden inside."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved and address not in _RELAYS
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _TRANSLATED:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour is not None or address.teredo is not None:
        return False
    if address in _WRITTEN_ABOUT or address not in _UNICAST:
        return False
    return address.is_global and not address.is_reserved


def read_networks(listed: Iterable[str]) -> tuple[Network, ...]:
    """Networks ("10.1.0.0/16") and single addresses. Raises ValueError, naming the one that is neither."""
    return tuple(ip_network(each.strip()) for each in listed)


def reaching(allowed: Iterable[Network], *, public: bool) -> Callable[[Address], bool]:
    """The veto of a place: the networks listed by whoever runs it, and with `public` the public internet."""
    networks = tuple(allowed)

    def allows(address: Address) -> bool:
        plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
        return any(plain in network for network in networks) or (public and is_public(plain))

    return allows
