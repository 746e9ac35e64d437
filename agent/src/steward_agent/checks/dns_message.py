# SPDX-License-Identifier: Apache-2.0
"""As much of DNS as a question with one answer takes (RFC 1035, 3596, 2782, 8659, 6891): messages to and from bytes. Pure."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

TYPES: Final = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "CAA": 257,
}  # fmt: skip
RCODES: Final = {
    0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 9: "NOTAUTH", 10: "NOTZONE",
}  # fmt: skip
# What passes most networks in one piece (DNS flag day 2020).
UDP_PAYLOAD: Final = 1232
MAX_RECORDS: Final = 512
MAX_CHAIN: Final = 16
# Who did not understand a question may leave it out of the answer.
NO_QUESTION: Final = ("", 0)
_IN, _OPT = 1, 41
_HEAD: Final = struct.Struct("!6H")
_RECORD: Final = struct.Struct("!HHIH")
_ANSWER, _TRUNCATED, _RECURSE = 0x8000, 0x0200, 0x0100
_POINTER: Final = 0xC0
_MAX_NAME: Final = 255
_NAMED: Final = {TYPES["NS"], TYPES["CNAME"], TYPES["PTR"]}


class Malformed(Exception):
    """Not a message of DNS, or one that breaks its rules."""


@dataclass(frozen=True, slots=True)
class Record:
    """`value` as a zone file has it, names in small letters and without the dot at their end. `ttl` in seconds."""

    owner: str
    kind: int
    ttl: int
    value: str


@dataclass(frozen=True, slots=True)
class Reply:
    """`question` is name and type, as asked, or NO_QUESTION. `records` are those of the answer section, in order."""

    identifier: int
    truncated: bool
    rcode: int
    question: tuple[str, int]
    records: tuple[Record, ...]

    def found(self) -> list[Record]:
        """The records asked for, of the name asked for or of what its aliases (CNAME) lead to."""
        owner, kind = self.question
        aliases = {each.owner: each.value for each in self.records if each.kind == TYPES["CNAME"]}
        if kind != TYPES["CNAME"]:
            for _ in range(MAX_CHAIN):
                owner = aliases.get(owner, owner)
        return [each for each in self.records if (each.owner, each.kind) == (owner, kind)]


def query(identifier: int, name: str, kind: int, *, extended: bool = True) -> bytes:
    """A question for `name` (ASCII, absolute, each label 1 to 63 letters), with recursion; `extended` adds EDNS."""
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".") if label]
    asked = b"".join(bytes([len(label)]) + label for label in labels) + b"\0" + struct.pack("!HH", kind, _IN)
    option = b"\0" + _RECORD.pack(_OPT, UDP_PAYLOAD, 0, 0) if extended else b""
    return _HEAD.pack(identifier, _RECURSE, 1, 0, 0, int(extended)) + asked + option


def read_reply(message: bytes) -> Reply:
    """What `message` answers.

    Raises:
        Malformed
    """
    try:
        return _reply(message)
    except (struct.error, IndexError, ValueError):
        raise Malformed from None


def _reply(message: bytes) -> Reply:
    identifier, flags, questions, answers, _, _ = _HEAD.unpack_from(message)
    if not flags & _ANSWER or questions > 1 or answers > MAX_RECORDS:
        raise Malformed
    if not questions:
        return Reply(identifier, False, flags & 15, NO_QUESTION, ())
    name, at = _name(message, _HEAD.size)
    kind, group = struct.unpack_from("!HH", message, at)
    if group != _IN:
        raise Malformed
    at += 4
    records = []
    # A message that was cut short may end in the middle of a record.
    truncated = bool(flags & _TRUNCATED)
    for _ in range(0 if truncated else answers):
        record, at = _record(message, at)
        if record is not None:
            records.append(record)
    return Reply(identifier, truncated, flags & 15, (name, kind), tuple(records))


def _record(message: bytes, at: int) -> tuple[Record | None, int]:
    """The record at `at`, None for one of a type or class not known here; and where the next begins."""
    owner, at = _name(message, at)
    kind, group, ttl, size = _RECORD.unpack_from(message, at)
    at += _RECORD.size
    after = at + size
    if after > len(message):
        raise Malformed
    value = _value(message, kind, at, after) if group == _IN else None
    # RFC 2181, 8: a time to live with its first bit set counts as none.
    return (None if value is None else Record(owner, kind, ttl if ttl < 1 << 31 else 0, value)), after


def _value(message: bytes, kind: int, at: int, after: int) -> str | None:
    data = message[at:after]
    if kind == TYPES["A"]:
        return str(IPv4Address(data))
    if kind == TYPES["AAAA"]:
        return str(IPv6Address(data))
    if kind in _NAMED:
        return _only_name(message, at, after)
    if kind == TYPES["MX"]:
        return f"{struct.unpack_from('!H', data)[0]} {_only_name(message, at + 2, after)}"
    if kind == TYPES["SRV"]:
        numbers = struct.unpack_from("!3H", data)
        return " ".join([*map(str, numbers), _only_name(message, at + 6, after)])
    if kind == TYPES["TXT"]:
        return _text(data)
    if kind == TYPES["SOA"]:
        server, next_at = _name(message, at)
        person = _only_name(message, next_at, after - 20)
        return " ".join([server, person, *map(str, struct.unpack_from("!5I", message, after - 20))])
    if kind == TYPES["CAA"]:
        tag = data[2 : 2 + data[1]].decode("ascii", "replace")
        return f'{data[0]} {tag} "{data[2 + data[1] :].decode("utf-8", "replace")}"'
    return None


def _text(data: bytes) -> str:
    """Of a TXT record: its strings, one after the other, as SPF, DKIM and the like mean them."""
    parts, at = [], 0
    while at < len(data):
        part = data[at + 1 : at + 1 + data[at]]
        if len(part) != data[at]:
            raise Malformed
        parts.append(part)
        at += 1 + len(part)
    return b"".join(parts).decode("utf-8", "replace")


def _only_name(message: bytes, at: int, after: int) -> str:
    """A name that ends where it must."""
    name, ended = _name(message, at)
    if ended != after:
        raise Malformed
    return name


def _name(message: bytes, at: int) -> tuple[str, int]:
    """The name at `at`, and where what follows begins. Pointers lead back only, so that there is an end."""
    labels: list[str] = []
    after, length, least = 0, 0, at
    while (size := message[at]) != 0:
        if size >= _POINTER:
            after = after or at + 2
            at = (size & ~_POINTER) << 8 | message[at + 1]
            if at >= least:
                raise Malformed
            least = at
            continue
        label = message[at + 1 : at + 1 + size]
        length += size + 1
        if size >= 64 or len(label) != size or length >= _MAX_NAME:
            raise Malformed
        labels.append("".join(map(_letter, label)))
        at += 1 + size
    return ".".join(labels), after or at + 1


def _letter(byte: int) -> str:
    letter = chr(byte)
    return letter.lower() if "!" <= letter <= "~" and letter not in '.\\"' else f"\\{byte:03d}"
