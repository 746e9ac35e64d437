# SPDX-License-Identifier: Apache-2.0
"""Paths and patterns of paths on this machine, as far as its owner and its kernel let a check go; bounded, names and states alone."""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from steward_agent.checks.visit import Visit

# Visible and absolute; printed as it is written.
PATH_PATTERN = r"\A/[^\x00-\x1f\x7f]+\Z"
# Names looked at in one look, in all folders together.
MAX_ENTRIES = 100_000
_ASK_EVERY = 256


class PathRefused(Exception):
    """The machine's owner does not let checks look there; the message is the path."""


class PathHidden(Exception):
    """The agent's user may not look there; the message is the path."""


class TooManyEntries(Exception):
    """There is more than MAX_ENTRIES; the message is the path."""


def matches(pattern: str, visit: Visit) -> Iterator[tuple[str, os.stat_result]]:
    """What there is of `pattern`, absolute, with its state; links are followed, and lead nowhere that is refused.

    What is refused or hidden on the way is not passed over: the newest might be among it.

    Raises:
        PathRefused, PathHidden, TooManyEntries
    """
    search = _Search(visit)
    for path in search.paths("/", _parts(pattern)):
        state = search.state(path)
        if state is not None:
            yield path, state


def entries(path: str, visit: Visit) -> int:
    """How many names lie in a folder.

    Raises:
        PathRefused, PathHidden, TooManyEntries
    """
    return sum(1 for _ in _Search(visit).names(path))


def read_secret(path: str) -> str:
    """The first line of a file that the machine's owner named, at most 4 KiB.

    Raises:
        OSError
    """
    with Path(path).open("rb") as file:
        return file.read(4096).decode("utf-8", "replace").partition("\n")[0].rstrip("\r").replace("\0", "")


def fits(pattern: str, name: str) -> bool:
    """Whether a name is one of `pattern`: `*` any letters, `?` one; in time that grows with the product of their lengths at most."""
    at = back = 0
    star = -1
    for_name = 0
    while for_name < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, back = at, for_name
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[for_name]):
            at += 1
            for_name += 1
        elif star >= 0:
            back += 1
            at, for_name = star + 1, back
        else:
            return False
    return not pattern[at:].strip("*")


class _Search:
    """One look's way through folders."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._seen = 0
        self._allowed = lru_cache(maxsize=1024)(visit.place.machine.sees)

    def paths(self, above: str, parts: list[str]) -> Iterator[str]:
        """The paths below the folder `above` that fit `parts`; whether the last is there, nobody asked yet."""
        if not parts:
            yield above
            return
        part, rest = parts[0], parts[1:]
        if not _is_pattern(part):
            yield from self.paths(_below(above, part), rest)
            return
        for name in self.names(above):
            # As in a shell: what begins with a dot is asked for by a dot.
            if fits(part, name) and name.startswith(".") <= part.startswith("."):
                yield from self.paths(_below(above, name), rest)

    def names(self, path: str) -> Iterator[str]:
        """The names in a folder, none where there is none."""
        self._ask(path)
        try:
            listing = os.scandir(path)
        except (FileNotFoundError, NotADirectoryError):
            return
        except PermissionError:
            raise PathHidden(path) from None
        with listing:
            for entry in listing:
                self._seen += 1
                if self._seen > MAX_ENTRIES:
                    raise TooManyEntries(path)
                if self._seen % _ASK_EVERY == 0:
                    self._visit.own_left()
                yield entry.name

    def state(self, path: str) -> os.stat_result | None:
        """None when nothing is there; of a link that leads nowhere, the link itself."""
        self._ask(path)
        try:
            return Path(path).stat()
        except (FileNotFoundError, NotADirectoryError):
            with suppress(FileNotFoundError, NotADirectoryError):
                return Path(path).lstat()
            return None
        except PermissionError:
            raise PathHidden(path) from None

    def _ask(self, path: str) -> None:
        self._visit.own_left()
        if not self._allowed(path):
            raise PathRefused(path)


def _parts(pattern: str) -> list[str]:
    return [part for part in pattern.split("/") if part not in ("", ".")]


def _below(above: str, name: str) -> str:
    return f"{above.rstrip('/')}/{name}"


def _is_pattern(part: str) -> bool:
    return "*" in part or "?" in part
