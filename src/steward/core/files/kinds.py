# SPDX-License-Identifier: Apache-2.0
"""What rooms accept as files."""

from dataclasses import dataclass
from typing import Final

MEGABYTE: Final = 1024 * 1024

IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
TEXTS: Final = frozenset({"text/plain", "text/csv", "application/json"})
OFFICE: Final = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
    }
)
DOCUMENTS: Final = IMAGES | TEXTS | OFFICE | {"application/pdf"}


@dataclass(frozen=True, slots=True)
class FileKind:
    """A use of files, "assets.document": the types and the size it takes, and the permission to read one."""

    kind: str
    types: frozenset[str]
    max_bytes: int
    permission: str


class UnknownFileKind(LookupError):
    """No room declared this kind of file."""


_kinds: dict[str, FileKind] = {}


def register_file_kind(kind: str, *, types: frozenset[str], max_bytes: int, permission: str) -> None:
    """Declare a kind of file. Raises ValueError when it was declared before, for something else."""
    declared = FileKind(kind, types, max_bytes, permission)
    if _kinds.setdefault(kind, declared) != declared:
        raise ValueError(f"{kind}: declared twice")


def file_kind(kind: str) -> FileKind:
    """The declaration of `kind`. Raises UnknownFileKind."""
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownFileKind(kind) from None
