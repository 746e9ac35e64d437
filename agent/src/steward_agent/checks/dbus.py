# SPDX-License-Identifier: Apache-2.0
"""As much of D-Bus as reading properties takes: one connection, a few calls at once, their answers.

Spoken here because the alternatives cost more: `systemctl` is a process for every look, and the libraries need either a
compiler or an event loop. What is not a string, a number or a truth is not read.
"""

import os
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from steward_agent.checks.visit import Visit

DEFAULT_ADDRESS = "unix:path=/run/dbus/system_bus_socket"
ADDRESS_VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS"
MAX_MESSAGE_BYTES = 64 * 1024
MAX_MESSAGES = 64
_MAX_LINE = 512
_CALL, _REPLY, _ERROR = 1, 2, 3
_NO_AUTO_START = 2
_PATH, _INTERFACE, _MEMBER, _ERROR_NAME, _REPLY_SERIAL, _DESTINATION, _SIGNATURE = 1, 2, 3, 4, 5, 6, 8
_NUMBERS = {"y": ("B", 1), "b": ("I", 4), "u": ("I", 4), "i": ("i", 4), "t": ("Q", 8), "x": ("q", 8)}

Value = str | int


class BusTrouble(Exception):
    """The bus can't be asked. The message is a code: address, absent, denied, timeout, closed, protocol."""


@dataclass(frozen=True, slots=True)
class BusError:
    """What the other side said instead of a value, such as `org.freedesktop.DBus.Error.ServiceUnknown`."""

    name: str


def get_properties(
    visit: Visit, destination: str, path: str, asked: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], Value | BusError]:
    """The properties of one object, asked for by (interface, name).

    Raises:
        BusTrouble
    """
    sock = visit.keep(_connected(visit))
    line = _Line(visit, sock)
    line.send(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\n")
    if not line.text().startswith(b"OK "):
        raise BusTrouble("denied")
    calls = [_call(1, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")]
    serials = {}
    for serial, (interface, name) in enumerate(asked, start=2):
        serials[serial] = (interface, name)
        calls.append(
            _call(serial, destination, path, "org.freedesktop.DBus.Properties", "Get", _texts(interface, name))
        )
    line.send(b"BEGIN\r\n" + b"".join(calls))
    answers: dict[tuple[str, str], Value | BusError] = {}
    for _ in range(MAX_MESSAGES):
        if len(answers) == len(serials):
            return answers
        serial, value = _read(line)
        if serial in serials:
            answers[serials[serial]] = value
    raise BusTrouble("protocol")


def _connected(visit: Visit) -> socket.socket:
    address = visit.place.system_bus or os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(_left(visit))
        sock.connect(_unix_path(address))
    except TimeoutError:
        why = "timeout"
    except PermissionError:
        why = "denied"
    except (OSError, ValueError):
        why = "absent"
    except BusTrouble:
        sock.close()
        raise
    else:
        return sock
    sock.close()
    raise BusTrouble(why)


def _unix_path(address: str) -> str:
    for one in address.split(";"):
        transport, _, options = one.partition(":")
        given = dict(option.partition("=")[::2] for option in options.split(","))
        if transport == "unix" and "path" in given:
            return unquote(given["path"])
        if transport == "unix" and "abstract" in given:
            return "\0" + unquote(given["abstract"])
    raise BusTrouble("address")


def _left(visit: Visit) -> float:
    seconds = visit.remaining()
    if seconds <= 0:
        raise BusTrouble("timeout")
    return seconds


class _Line:
    """Bytes to and from the bus, within the look's time."""

    def __init__(self, visit: Visit, sock: socket.socket) -> None:
        self._visit = visit
        self._sock = sock
        self._buffer = bytearray()

    def send(self, content: bytes) -> None:
        try:
            self._sock.settimeout(_left(self._visit))
            self._sock.sendall(content)
        except TimeoutError:
            raise BusTrouble("timeout") from None
        except OSError:
            raise BusTrouble("closed") from None

    def text(self) -> bytes:
        """The next line of the greeting."""
        while b"\r\n" not in self._buffer:
            if len(self._buffer) > _MAX_LINE:
                raise BusTrouble("protocol")
            self._more()
        line, _, rest = bytes(self._buffer).partition(b"\r\n")
        self._buffer[:] = rest
        return line

    def take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._more()
        part = bytes(self._buffer[:count])
        del self._buffer[:count]
        return part

    def _more(self) -> None:
        try:
            self._sock.settimeout(_left(self._visit))
            part = self._sock.recv(4096)
        except TimeoutError:
            raise BusTrouble("timeout") from None
        except OSError:
            raise BusTrouble("closed") from None
        if not part:
            raise BusTrouble("closed")
        self._buffer += part


def _padded(size: int, to: int) -> int:
    return -(-size // to) * to


def _texts(*texts: str) -> bytes:
    out = bytearray()
    for text in texts:
        out += bytes(_padded(len(out), 4) - len(out))
        out += struct.pack("<I", len(text.encode())) + text.encode() + b"\0"
    return bytes(out)


def _call(serial: int, destination: str, path: str, interface: str, member: str, body: bytes = b"") -> bytes:
    """A call; `body` is that of two strings, or empty."""
    fields = [
        (_PATH, "o", path),
        (_INTERFACE, "s", interface),
        (_MEMBER, "s", member),
        (_DESTINATION, "s", destination),
    ]
    out = bytearray()
    for code, kind, text in fields:
        out += bytes(_padded(len(out), 8) - len(out))
        out += bytes((code, 1)) + kind.encode() + b"\0" + _texts(text)
    if body:
        out += bytes(_padded(len(out), 8) - len(out))
        out += bytes((_SIGNATURE, 1)) + b"g\0\x02ss\0"
    head = struct.pack("<cBBBIII", b"l", _CALL, _NO_AUTO_START, 1, len(body), serial, len(out)) + out
    return head + bytes(_padded(len(head), 8) - len(head)) + body


def _read(line: _Line) -> tuple[int, Value | BusError]:
    """The serial that the next message answers (0: none) and what it says."""
    head = line.take(16)
    order = {b"l": "<", b"B": ">"}.get(head[:1])
    if order is None:
        raise BusTrouble("protocol")
    kind = head[1]
    body_size, _, fields_size = struct.unpack(f"{order}III", head[4:])
    if _padded(fields_size, 8) + body_size > MAX_MESSAGE_BYTES:
        raise BusTrouble("protocol")
    rest = line.take(_padded(fields_size, 8) + body_size)
    try:
        fields = _fields(_Reader(rest[:fields_size], order))
        serial = fields.get(_REPLY_SERIAL, 0)
        if kind == _ERROR:
            return int(serial), BusError(str(fields.get(_ERROR_NAME, "")))
        if kind != _REPLY or fields.get(_SIGNATURE) != "v":
            return (int(serial), BusError("")) if kind == _REPLY else (0, 0)
        return int(serial), _Reader(rest[_padded(fields_size, 8) :], order).variant()
    except (struct.error, IndexError, UnicodeDecodeError, ValueError):
        raise BusTrouble("protocol") from None


def _fields(reader: "_Reader") -> dict[int, Value]:
    fields: dict[int, Value] = {}
    while not reader.over():
        reader.align(8)
        code = int(reader.number("y"))
        fields[code] = reader.variant()
    return fields


class _Reader:
    """Values in a row, aligned as D-Bus has it; the part begins at a multiple of 8."""

    def __init__(self, part: bytes, order: str) -> None:
        self._part = part
        self._order = order
        self._at = 0

    def over(self) -> bool:
        return self._at >= len(self._part)

    def align(self, to: int) -> None:
        self._at = _padded(self._at, to)

    def number(self, kind: str) -> int:
        code, size = _NUMBERS[kind]
        self.align(size)
        (value,) = struct.unpack_from(self._order + code, self._part, self._at)
        self._at += size
        return int(value)

    def text(self, size: int) -> str:
        end = self._at + size
        if end >= len(self._part):
            raise IndexError
        text = self._part[self._at : end].decode()
        self._at = end + 1
        return text

    def variant(self) -> Value:
        kind = self.text(self.number("y"))
        if kind in ("s", "o"):
            return self.text(self.number("u"))
        if kind == "g":
            return self.text(self.number("y"))
        if kind not in _NUMBERS:
            raise ValueError(kind)
        return self.number(kind)
