# SPDX-License-Identifier: Apache-2.0
"""Writes. No permission of their own: the action of the room that keeps the file asks for it."""

from pathlib import Path
from typing import Final

import structlog
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused
from steward.core.files.backend import Backend, ContentsAway, Kept, key_of
from steward.core.files.bucket import Bucket, BucketBackend
from steward.core.files.disk import DiskBackend
from steward.core.files.intake import ABANDONED, FIELD, Stream, clear_abandoned, taken_in
from steward.core.files.kinds import file_kind
from steward.core.files.models import StoredFile
from steward.core.files.naming import plain_name
from steward.core.records.public import Statements
from steward.core.tenancy.public import Client, ForeignClient, OutsideTransaction, current_scope
from steward.settings.env import get_settings

statements: Final = Statements(__package__)
log = structlog.get_logger("steward.files")


def backend() -> Backend:
    """Where this installation keeps contents."""
    settings = get_settings()
    return BucketBackend(Bucket.of(settings)) if settings.files_url else DiskBackend(settings.files_dir)


def probe_contents() -> None:
    """Write, read, list and delete an object beside the contents, where they lie in a bucket. Raises ContentsAway."""
    place = backend()
    if isinstance(place, BucketBackend):
        place.probe()


def store_file(client: Client, name: str, stream: Stream, kind: str) -> StoredFile:
    """Keep what `stream` holds as a file of `client`, in the open transaction.

    The content is in its place before the row is there; a transaction that rolls back leaves it to the sweep.

    Raises:
        Refused: field `file` when it is empty, too large, of a type that `kind` does not take, when the disk is full, or
            when the store of contents does not answer.
        ForeignClient, OutsideTransaction, UnknownFileKind.
    """
    scope = current_scope()
    if not scope.allows(client.pk):
        raise ForeignClient(f"client {client.pk} is outside the scope.")
    if not connection.in_atomic_block:
        raise OutsideTransaction("store_file: keep a file in the transaction that refers to it")
    declared = file_kind(kind)
    with taken_in(stream, name=name, kind=declared, folder=_incoming()) as draft:
        key = key_of(client.pk, draft.sha256)
        _hold(key)
        _put(key, draft.path)
        return StoredFile.objects.create(
            client=client,
            kind=kind,
            name=plain_name(name),
            content_type=draft.content_type,
            size=draft.size,
            sha256=draft.sha256,
            created_by_id=scope.actor.user_id,
        )


def drop_file(file: StoredFile) -> None:
    """Forget a file; its content goes a day later unless another file shares it."""
    file.delete()


def sweep_contents() -> int:
    """Delete contents that no file refers to, and drafts that a crash left behind. Needs the scope of all clients.

    A content is left alone for a day after it was last put, since its row may not have been committed yet.
    Nothing is deleted while a backup copies them.
    Raises ContentsAway; what was deleted by then stays so.
    """
    store = backend()
    clear_abandoned(_incoming())
    if not statements.rows("nobody_backs_up")[0]["free"]:
        log.info("files.sweep_put_off", reason="a backup copies the contents")
        return 0
    gone = 0
    for kept in store.every():
        if _is_old(kept) and not _referred_to(kept.key).exists():
            gone += _deleted(store, kept.key)
    return gone


def _put(key: str, source: Path) -> None:
    try:
        backend().put(key, source)
    except ContentsAway as away:
        log.error("files.not_kept", key=key, reason=str(away))
        raise Refused(
            FIELD,
            _(
                "The store of files does not take it right now. The file was not kept; try again in a few minutes, and tell "
                "your administrator if it lasts."
            ),
        ) from away


def _deleted(store: Backend, key: str) -> bool:
    # Under the lock that `store_file` holds to the end of its transaction: what it put again just now is seen here.
    _hold(key)
    kept = store.find(key)
    if kept is None or not _is_old(kept) or _referred_to(key).exists():
        return False
    store.delete(key)
    return True


def _is_old(kept: Kept) -> bool:
    return (timezone.now() - kept.touched_at).total_seconds() > ABANDONED


def _referred_to(key: str) -> QuerySet[StoredFile]:
    client_id, _, sha256 = key.split("/")
    return StoredFile.objects.filter(client_id=int(client_id), sha256=sha256)


def _hold(key: str) -> None:
    statements.rows("hold_content", key=key)


def _incoming() -> Path:
    return get_settings().files_dir / ".incoming"
