# SPDX-License-Identifier: Apache-2.0
"""The place a check looks from, said in full: what it may reach, how it asks for names, whom it trusts.

An address is asked for once in a look and connected to as it was told: a name that means something else a moment
later leads nowhere new. `Place.allows` is asked about every address before every connection, also after a redirect.
"""

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from threading import Event, Lock, Thread

from steward_agent.checks.machine import Machine

Address = IPv4Address | IPv6Address
Lookup = Callable[[str], Sequence[str]]
Resolvers = Callable[[], Sequence[tuple[Address, int]]]

MAX_LOOKUPS = 8
MAX_ADDRESSES = 4
# As many as the C library asks (resolv.conf(5)).
MAX_RESOLVERS = 3
RESOLV_CONF = Path("/etc/resolv.conf")
_MAX_CONF = 64 * 1024
_GONE = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class NameUnknown(Exception):
    """The resolver says that there is no such name, or no address for it."""


class NoAnswer(Exception):
    """The resolver did not say anything in time."""


def anywhere(_address: Address) -> bool:
    return True


def system_lookup(host: str) -> list[str]:
    """The addresses of `host` as this machine's own resolver gives them, in its order of preference.

    Raises:
        NameUnknown, NoAnswer
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise (NameUnknown if error.errno in _GONE else NoAnswer)(host) from None
    except (OSError, UnicodeError):
        raise NoAnswer(host) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def system_resolvers() -> list[tuple[Address, int]]:
    """The resolvers that this machine asks, in its order; none where it does not say."""
    try:
        with RESOLV_CONF.open("rb") as conf:
            lines = conf.read(_MAX_CONF).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    words = (line.split() for line in lines)
    told = (_address(each[1]) for each in words if len(each) > 1 and each[0] == "nameserver")
    return [(address, 53) for address in told if address is not None][:MAX_RESOLVERS]


@dataclass(slots=True)
class _Question:
    told: Event = field(default_factory=Event)
    answer: Sequence[str] = ()
    error: Exception | None = None


class Lookups:
    """Asks resolvers, which know no timeout, in threads of their own: who waits goes on when his time is over.

    One question about a name at a time, `most` in all; what is slow answers everybody who asks the same.
    """

    def __init__(self, most: int = MAX_LOOKUPS) -> None:
        self._most = most
        self._lock = Lock()
        self._open: dict[tuple[Lookup, str], _Question] = {}

    def ask(self, lookup: Lookup, host: str, seconds: float) -> Sequence[str]:
        """Raises NameUnknown, or NoAnswer after `seconds` or when too many questions are open."""
        key = (lookup, host)
        with self._lock:
            question = self._open.get(key)
            if question is None:
                if len(self._open) >= self._most:
                    raise NoAnswer(host)
                question = self._open[key] = _Question()
                Thread(target=self._answer, args=(key, question), daemon=True, name="lookup").start()
        if not question.told.wait(max(seconds, 0.0)):
            raise NoAnswer(host)
        if question.error is not None:
            raise question.error
        return question.answer

    def _answer(self, key: tuple[Lookup, str], question: _Question) -> None:
        lookup, host = key
        try:
            question.answer = lookup(host)
        except (NameUnknown, NoAnswer) as error:
            question.error = error
        except Exception:
            question.error = NoAnswer(host)
        finally:
            with self._lock:
                del self._open[key]
            question.told.set()


_lookups = Lookups()


@dataclass(frozen=True, slots=True)
class Place:
    """`allows` says whether an address may be connected to; an IPv4 address in IPv6's clothes is shown as what it is.

    `ca_file` names further certificate authorities to trust (PEM); `system_bus` the D-Bus address of the system bus,
    by default what the environment or the system says; `resolvers` the name servers that are its own. `machine` is what
    the machine's owner lets checks do on it.
    """

    allows: Callable[[Address], bool] = anywhere
    lookup: Lookup = system_lookup
    resolvers: Resolvers = system_resolvers
    ca_file: str | None = None
    system_bus: str | None = None
    lookups: Lookups = _lookups
    clock: Callable[[], float] = time.monotonic
    machine: Machine = field(default_factory=Machine)

    def addresses(self, host: str, seconds: float) -> list[Address]:
        """The addresses of a name or of a literal, as told, at most MAX_ADDRESSES.

        Raises:
            NameUnknown, NoAnswer
        """
        literal = _address(host)
        if literal is not None:
            return [literal]
        told = (_address(text) for text in self.lookups.ask(self.lookup, host, seconds))
        found = [address for address in told if address is not None]
        if not found:
            raise NameUnknown(host)
        return found[:MAX_ADDRESSES]


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
