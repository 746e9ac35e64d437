# SPDX-License-Identifier: Apache-2.0
"""As much of ICMP as an echo takes (RFC 792, RFC 4443): messages as bytes, and a socket that may send them."""

import errno
import socket
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from steward_agent.checks.place import Address

ECHO_REQUEST: Final = {4: 8, 6: 128}
ECHO_REPLY: Final = {4: 0, 6: 129}
_HEAD: Final = struct.Struct("!BBHHH")
_LEAST_IP_HEAD: Final = 20
# Who may not: by ping_group_range, by capabilities, by a kernel without such sockets.
_FORBIDDEN: Final = {errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT}
# IP_RECVERR and IPV6_RECVERR of linux/in.h and in6.h, which Python does not name.
_RECVERR: Final = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, 25)}
_MAX_ERRORS: Final = 64


class Forbidden(Exception):
    """This process may have neither kind of socket."""


@dataclass(frozen=True, slots=True)
class Echo:
    """A reply: `number` is its sequence number, 0 to 65,535."""

    identifier: int
    number: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A socket for echoes with one address. `raw` where the system neither numbers nor filters them."""

    sock: socket.socket
    version: int
    raw: bool

    def hear_errors(self) -> None:
        """From here on, what routers say of an echo is the error of the next call; Linux keeps that to itself by default."""
        if sys.platform == "linux":
            level, option = _RECVERR[self.version]
            self.sock.setsockopt(level, option, 1)

    def drain(self) -> None:
        """Takes such errors off their queue: while they wait there, the socket looks as if it had something to read."""
        if sys.platform == "linux":
            waits = self.sock.gettimeout()
            # With a timeout Python waits for what can be read before it reads, whichever queue that is in.
            self.sock.setblocking(False)
            with suppress(OSError):
                for _ in range(_MAX_ERRORS):
                    self.sock.recv(1, socket.MSG_ERRQUEUE)
            self.sock.settimeout(waits)


def open_line(version: int) -> Line:
    """The socket that needs no rights (Linux: net.ipv4.ping_group_range, which is IPv6's too), else a raw one (CAP_NET_RAW).

    Raises:
        Forbidden, OSError
    """
    family, protocol = (
        (socket.AF_INET, socket.IPPROTO_ICMP) if version == 4 else (socket.AF_INET6, socket.IPPROTO_ICMPV6)
    )
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            line = Line(socket.socket(family, kind, protocol), version, kind is socket.SOCK_RAW)
        except OSError as error:
            if error.errno not in _FORBIDDEN:
                raise
        else:
            line.hear_errors()
            return line
    raise Forbidden


def request(version: int, identifier: int, number: int, payload: bytes) -> bytes:
    """An echo request, its checksum filled in for IPv4; IPv6's covers addresses too, and the system makes it."""
    head = _HEAD.pack(ECHO_REQUEST[version], 0, 0, identifier, number)
    if version == 6:
        return head + payload
    return _HEAD.pack(ECHO_REQUEST[version], 0, checksum(head + payload), identifier, number) + payload


def reply(version: int, datagram: bytes, *, headed: bool) -> Echo | None:
    """The echo reply in `datagram`, which begins with IPv4's head where `headed`; None for anything else."""
    if headed:
        size = (datagram[0] & 15) * 4 if datagram else 0
        if size < _LEAST_IP_HEAD or datagram[0] >> 4 != 4:
            return None
        datagram = datagram[size:]
    if len(datagram) < _HEAD.size:
        return None
    kind, code, _sum, identifier, number = _HEAD.unpack_from(datagram)
    if (kind, code) != (ECHO_REPLY[version], 0) or (version == 4 and checksum(datagram) != 0):
        return None
    return Echo(identifier, number, datagram[_HEAD.size :])


def checksum(content: bytes) -> int:
    """RFC 1071: 0 over a message that has its own in it."""
    even = content + b"\0" * (len(content) % 2)
    total: int = sum(struct.unpack(f"!{len(even) // 2}H", even))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def end_of(address: Address) -> tuple[str, int]:
    """`address` as sockets take it; ICMP has no ports."""
    return str(address), 0
