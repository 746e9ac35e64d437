# SPDX-License-Identifier: Apache-2.0
"""The engine's logs of deduplication tokens, put right before it starts.

The engine writes down a token before the part that it stands for is there. Killed in between, it would know the token ever after, take
the same insert for one that it has, and acknowledge what it never wrote. So a token whose part is nowhere is struck while nobody runs."""

import logging
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

LOGS: Final = "deduplication_logs"
_ADDED, _DROPPED = "1", "2"
# Partition, first and last block, level, and the version of a mutation where there was one.
_PART: Final = re.compile(r"(.+?)_(\d+)_(\d+)_\d+(?:_\d+)?")

Part = tuple[str, int, int]


def strike_unwritten(path: Path) -> int:
    """Strike the tokens of the store under `path` whose parts are not there. Returns how many. Only while no engine has the path.

    Raises OSError when a log can't be read or written.
    """
    struck = sum(_strike(folder) for folder in sorted(path.glob(f"store/*/*/{LOGS}")))
    if struck:
        log.warning("%d tokens of inserts that never came to be were struck; they are taken again", struck)
    return struck


def unwritten(lines: Iterable[str], parts: Iterable[Part]) -> set[tuple[str, str]]:
    """Of a log's lines (operation, part, token, by tabs) the (part, token) that were added, not dropped, and lie in none of `parts`."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for partition, first, last in parts:
        spans.setdefault(partition, []).append((first, last))
    known: dict[tuple[str, str], None] = {}
    for line in lines:
        operation, _tab, entry = line.rstrip("\n").partition("\t")
        part, _tab, token = entry.partition("\t")
        if operation == _ADDED and token:
            known[part, token] = None
        elif operation == _DROPPED:
            known.pop((part, token), None)
    return {entry for entry in known if not _is_there(entry[0], spans)}


def part_of(name: str) -> Part | None:
    """A part's partition, first and last block, by its name; None for the name of something else."""
    found = _PART.fullmatch(name)
    return (found[1], int(found[2]), int(found[3])) if found else None


def _is_there(name: str, spans: dict[str, list[tuple[int, int]]]) -> bool:
    part = part_of(name)
    if part is None:
        return True  # not understood, so not ours to strike
    partition, first, last = part
    return any(start <= first and last <= end for start, end in spans.get(partition, ()))


def _strike(folder: Path) -> int:
    files = sorted(folder.glob("deduplication_log_*.txt"))
    texts = {each: each.read_text(encoding="utf-8") for each in files}
    lost = unwritten((line for text in texts.values() for line in text.splitlines()), _parts(folder.parent))
    if not lost:
        return 0
    gone = {f"{_ADDED}\t{part}\t{token}" for part, token in lost}
    for file, text in texts.items():
        kept = [line for line in text.splitlines() if line not in gone]
        if len(kept) != len(text.splitlines()):
            _replace(file, "".join(f"{line}\n" for line in kept))
    return len(lost)


def _parts(folder: Path) -> Iterator[Part]:
    """The parts of a table that lie there; those that were not finished have other names."""
    for each in os.scandir(folder):
        if each.is_dir() and (part := part_of(each.name)) is not None:
            yield part


def _replace(file: Path, text: str) -> None:
    draft = file.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)
