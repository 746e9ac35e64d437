# SPDX-License-Identifier: Apache-2.0
"""Looking for secrets in whatever came out of the product, in every spelling in which one may have got there."""

import base64
import binascii
import html
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

ALIGNMENTS = 3  # base64 of a text within a longer one depends on where it begins
SQUEEZED = re.compile(rb"\.?[A-Za-z0-9_\-]{24,}")
WORD = re.compile(rb"[A-Za-z0-9]")


@dataclass(frozen=True)
class Canary:
    """A secret that must be found nowhere. A `short` one, such as eight digits, counts only where it stands alone."""

    name: str
    value: bytes
    short: bool = False

    def spellings(self) -> dict[str, bytes]:
        """What to look for, by the name of the spelling."""
        if self.short:
            return {"plain": self.value}
        found = {"plain": self.value, "hex": self.value.hex().encode(), "HEX": self.value.hex().upper().encode()}
        for at in range(ALIGNMENTS):
            middle = _middle_of_base64(self.value, at)
            found[f"base64+{at}"] = middle
            found[f"urlsafe base64+{at}"] = middle.translate(bytes.maketrans(b"+/", b"-_"))
        try:
            text = self.value.decode()
        except UnicodeDecodeError:
            return found
        found["percent"] = quote(text, safe="").encode()
        found["percent, lower case"] = re.sub(rb"%[0-9A-F]{2}", lambda each: each[0].lower(), found["percent"])
        found["percent, paths"] = quote(text).encode()
        found["form"] = quote_plus(text).encode()
        found["JSON"] = json.dumps(text)[1:-1].encode()
        found["JSON, UTF-8"] = json.dumps(text, ensure_ascii=False)[1:-1].encode()
        found["JSON twice"] = json.dumps(json.dumps(text)[1:-1])[1:-1].encode()
        found["HTML"] = html.escape(text).encode()
        found["Python"] = repr(text)[1:-1].encode()
        found["Latin-1"] = text.encode("latin-1", "ignore")
        return found


@dataclass(frozen=True, order=True)
class Leak:
    """A canary found where it must not be."""

    canary: str
    spelling: str
    place: str
    around: str


@dataclass
class Searcher:
    """Looks for `canaries` in one place after the other; `leaks` are what it found, `places` and `size` what it looked at."""

    canaries: list[Canary]
    leaks: set[Leak] = field(default_factory=set)
    places: int = 0
    size: int = 0

    def __post_init__(self) -> None:
        self._needles = sorted(
            {
                (needle, each.name, spelling, each.short)
                for each in self.canaries
                for spelling, needle in each.spellings().items()
                if needle
            }
        )

    def look(self, place: str, content: bytes | str) -> None:
        """Search one content, and what is squeezed into it."""
        raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        self.places += 1
        self.size += len(raw)
        for part in (raw, *squeezed(raw)):
            for needle, name, spelling, short in self._needles:
                at = part.find(needle)
                while at >= 0 and short and not _alone(part, at, len(needle)):
                    at = part.find(needle, at + 1)
                if at >= 0:
                    self.leaks.add(Leak(name, spelling, place, _around(part, at, len(needle))))

    def look_at_files(self, root: Path, *, but: Iterable[Path] = ()) -> None:
        """Search every file below `root`; `but` are files, or folders, that are there to hold secrets."""
        left_out = set(but)
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink() and left_out.isdisjoint((path, *path.parents)):
                self.look(str(path.relative_to(root)), path.read_bytes())

    def report(self) -> str:
        """The counts of a run."""
        return (
            f"A23: {len(self.canaries)} canaries in {len(self._needles)} spellings, {self.places} places, "
            f"{self.size} bytes searched, {len(self.leaks)} found"
        )

    def told(self) -> list[str]:
        """One line for each leak; the secret itself is not repeated."""
        return [f"{each.canary} ({each.spelling}) in {each.place}: …{each.around}…" for each in sorted(self.leaks)]


def squeezed(content: bytes) -> Iterator[bytes]:
    """What lies in `content` as base64 of zlib, which is how Django packs what it signs."""
    for found in SQUEEZED.finditer(content):
        if not found[0].startswith(b"."):
            continue
        try:
            packed = base64.urlsafe_b64decode(found[0][1:] + b"=" * (-(len(found[0]) - 1) % 4))
            yield zlib.decompressobj().decompress(packed, 1_000_000)
        except (binascii.Error, zlib.error):
            continue


def _middle_of_base64(value: bytes, at: int) -> bytes:
    encoded = base64.b64encode(b"\0" * at + value + b"\0" * ALIGNMENTS)
    return encoded[(at * 8 + 5) // 6 : (at + len(value)) * 8 // 6]


def _alone(content: bytes, at: int, length: int) -> bool:
    return not (WORD.match(content[at - 1 : at]) if at else None) and not WORD.match(
        content[at + length : at + length + 1]
    )


def _around(content: bytes, at: int, length: int) -> str:
    before, after = content[max(0, at - 60) : at], content[at + length : at + length + 30]
    return f"{before.decode('utf-8', 'replace')}█{after.decode('utf-8', 'replace')}".replace("\n", " ")
