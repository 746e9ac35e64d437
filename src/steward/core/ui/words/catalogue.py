# SPDX-License-Identifier: Apache-2.0
"""The catalogue of a language: read and written as .po, compiled to the .mo that Python's gettext reads."""

import ast
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from steward.core.ui.words.gather import Message

MAGIC = 0x950412DE


@dataclass(slots=True)
class Entry:
    """A message and what the language says for it: one text, or one for each form of the plural."""

    message: Message
    said: list[str]
    places: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every form is said."""
        return all(self.said)


def read(path: Path) -> tuple[str, dict[Message, Entry]]:
    """The header and the entries of a .po file; a missing file is an empty catalogue."""
    if not path.is_file():
        return "", {}
    header, entries = "", {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        fields = _fields(block)
        if "msgid" not in fields:
            continue
        if not fields["msgid"]:
            header = fields.get("msgstr", "")
            continue
        message = Message(fields.get("msgctxt", ""), fields["msgid"], fields.get("msgid_plural", ""))
        said = [fields[key] for key in sorted(fields) if key.startswith("msgstr")]
        entries[message] = Entry(message, said)
    return header, entries


def merged(found: dict[Message, list[str]], known: dict[Message, Entry], forms: int) -> list[Entry]:
    """The entries of all that was found, with what was said before; what is marked no longer is left out."""
    entries = []
    for message in sorted(found, key=lambda each: (each.text.casefold(), each)):
        count = forms if message.plural else 1
        before = known.get(message)
        said = before.said if before and len(before.said) == count else [""] * count
        entries.append(Entry(message, said, sorted(set(found[message]))))
    return entries


def written(header: str, entries: Iterable[Entry]) -> str:
    """The text of a .po file. Places are without lines, so that a moved line changes nothing here."""
    blocks = ['# SPDX-License-Identifier: Apache-2.0\nmsgid ""\nmsgstr ' + _quoted(header)]
    for entry in entries:
        lines = [f"#: {place}" for place in dict.fromkeys(place.rpartition(":")[0] for place in entry.places)]
        if entry.message.context:
            lines.append(f"msgctxt {_quoted(entry.message.context)}")
        lines.append(f"msgid {_quoted(entry.message.text)}")
        if entry.message.plural:
            lines.append(f"msgid_plural {_quoted(entry.message.plural)}")
            lines += [f"msgstr[{number}] {_quoted(text)}" for number, text in enumerate(entry.said)]
        else:
            lines.append(f"msgstr {_quoted(entry.said[0])}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def compiled(header: str, entries: Iterable[Entry]) -> bytes:
    """The .mo file, as gettext defines it: two tables of (length, offset), sorted by message. Incomplete entries are left out."""
    pairs = sorted([(b"", header.encode()), *(_pair(entry) for entry in entries if entry.complete)])
    keys, values = b"", b""
    places: list[tuple[int, int, int, int]] = []
    for key, value in pairs:
        places.append((len(key), len(keys), len(value), len(values)))
        keys += key + b"\0"
        values += value + b"\0"
    start = 7 * 4 + 16 * len(pairs)
    heads = [number for length, at, *_rest in places for number in (length, start + at)]
    tails = [number for *_rest, length, at in places for number in (length, start + len(keys) + at)]
    first = struct.pack("<7I", MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return first + struct.pack(f"<{len(heads) + len(tails)}I", *heads, *tails) + keys + values


def _pair(entry: Entry) -> tuple[bytes, bytes]:
    message = entry.message
    key = f"{message.context}\x04{message.text}" if message.context else message.text
    if message.plural:
        return f"{key}\0{message.plural}".encode(), "\0".join(entry.said).encode()
    return key.encode(), entry.said[0].encode()


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in _lines(block):
        if not line.startswith('"'):
            name, _space, line = line.partition(" ")
            fields[name] = ""
        fields[name] += str(ast.literal_eval(line))
    return fields


def _lines(block: str) -> Iterator[str]:
    for line in block.splitlines():
        if line and not line.startswith("#"):
            yield line


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    if "\n" not in escaped:
        return f'"{escaped}"'
    lines = escaped.split("\n")
    whole = [f'"{line}\\n"' for line in lines[:-1]] + ([f'"{lines[-1]}"'] if lines[-1] else [])
    return '""\n' + "\n".join(whole)
