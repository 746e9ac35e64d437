# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from collections.abc import Iterator
from typing import BinaryIO
from uuid import UUID

import structlog
from django.http import FileResponse

from steward.core.files.actions import backend
from steward.core.files.backend import ContentsAway, key_of
from steward.core.files.kinds import file_kind
from steward.core.files.models import StoredFile
from steward.core.tenancy.public import current_scope

# Even when a browser shows what it was told to save: no script, no form, no plugin, an origin of its own.
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


log = structlog.get_logger("steward.files")


class ContentGone(LookupError):
    """A file's row is there and its content is not: the disk lost it, or a backup was restored in part."""


def find_file(uid: UUID) -> StoredFile | None:
    """The file, when it is within the scope and the actor has the permission that its kind names."""
    found = StoredFile.objects.filter(uid=uid).first()
    if found is None or not current_scope().actor.may(file_kind(found.kind).permission):
        return None
    return found


def open_file(file: StoredFile) -> BinaryIO:
    """The content. Raises ContentGone, and ContentsAway, which pages and REST answer with 503."""
    try:
        return backend().open(key_of(file.client_id, file.sha256))
    except FileNotFoundError as missing:
        raise ContentGone(str(file.uid)) from missing
    except ContentsAway as away:
        log.error("files.not_given", file=str(file.uid), reason=str(away))
        raise


def open_content(key: str) -> BinaryIO:
    """The content under `key` ("client/ab/sha256"), whichever client's, for backups. Raises FileNotFoundError, ContentsAway."""
    return backend().open(key)


def kept_contents() -> Iterator[tuple[int, str, int]]:
    """(client, sha256, size) of every content in the store, referred to or not, for backups. Raises ContentsAway."""
    for kept in backend().every():
        client, _, sha256 = kept.key.split("/")
        yield int(client), sha256, kept.size


def file_response(file: StoredFile) -> FileResponse:
    """The file as an attachment that no browser runs. The caller has looked up whether the actor may have it.

    Raises ContentGone, and ContentsAway, which pages and REST answer with 503.
    """
    response = FileResponse(
        open_file(file), as_attachment=True, filename=file.name, content_type=_safe_type(file.content_type)
    )
    response["Content-Length"] = str(file.size)
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def _safe_type(content_type: str) -> str:
    return f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type
