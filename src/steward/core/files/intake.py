# SPDX-License-Identifier: Apache-2.0
"""Taking a stream in: counted, hashed and looked at while it is written beside its place, moved there when it is whole."""

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused
from steward.core.files.kinds import MEGABYTE, FileKind
from steward.core.files.sniffing import HEAD, sniff

CHUNK: Final = 256 * 1024
FIELD: Final = "file"
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
ABANDONED: Final = 24 * 3600.0  # seconds after which what lies among the incoming was left there by a crash


class Stream(Protocol):
    """What can be read from: an upload, an open file."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Incoming:
    """A finished draft."""

    path: Path
    sha256: str
    size: int
    content_type: str


@contextmanager
def taken_in(stream: Stream, *, name: str, kind: FileKind, folder: Path) -> Iterator[Incoming]:
    """Write `stream` to a draft in `folder`, which is gone after the block unless somebody moved it.

    Raises:
        Refused: field `file` when it is empty, too large, of another type, or when the disk is full.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / secrets.token_hex(16)
    try:
        yield _written(stream, draft, name, kind)
    except OSError as wrong:
        if wrong.errno in NO_ROOM:
            raise Refused(
                FIELD, _("There is no room left on the server's disk. The file was not kept; tell your administrator.")
            ) from wrong
        raise
    finally:
        draft.unlink(missing_ok=True)


def clear_abandoned(folder: Path) -> int:
    """Delete drafts that a crash left behind. Returns how many."""
    old = (
        [path for path in folder.glob("*") if time.time() - path.stat().st_mtime > ABANDONED] if folder.exists() else []
    )
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _written(stream: Stream, draft: Path, name: str, kind: FileKind) -> Incoming:
    digest, size, head, tail = hashlib.sha256(), 0, b"", b""
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as handle:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > kind.max_bytes:
                raise Refused(
                    FIELD, _("The file is larger than %(limit)s MB.") % {"limit": kind.max_bytes // MEGABYTE or 1}
                )
            digest.update(chunk)
            head += chunk[: HEAD - len(head)]
            tail = (tail + chunk)[-HEAD:]
            handle.write(chunk)
        os.fsync(handle.fileno())
    if not size:
        raise Refused(FIELD, _("The file is empty."))
    content_type = sniff(head, tail, name)
    if content_type not in kind.types:
        raise Refused(FIELD, _("Files of this type (%(type)s) are not taken here.") % {"type": content_type})
    return Incoming(draft, digest.hexdigest(), size, content_type)
