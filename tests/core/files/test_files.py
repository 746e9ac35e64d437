# SPDX-License-Identifier: Apache-2.0
import hashlib
import io
import os
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from django.db import connection, transaction
from django.utils import timezone

from steward.core.access.public import Refused
from steward.core.files import actions, kinds
from steward.core.files.backend import key_of
from steward.core.files.disk import DiskBackend
from steward.core.files.intake import clear_abandoned
from steward.core.files.models import StoredFile
from steward.core.files.public import (
    DOCUMENTS,
    MEGABYTE,
    ContentGone,
    UnknownFileKind,
    drop_file,
    file_response,
    find_file,
    open_file,
    register_file_kind,
    store_file,
    sweep_contents,
)
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor, Client, ForeignClient, OutsideTransaction, Scope, scoped, system_scope
from tests.fixtures.actors import Acting

TEXT = "Rapor: ışık ölçümü\n".encode()


@pytest.fixture(autouse=True)
def own_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "files"
    monkeypatch.setattr(actions, "backend", lambda: DiskBackend(folder))
    monkeypatch.setattr(actions, "_incoming", lambda: folder / ".incoming")
    monkeypatch.setattr("steward.core.files.queries.backend", lambda: DiskBackend(folder))
    before = dict(kinds._kinds)
    register_file_kind("tests.document", types=DOCUMENTS, max_bytes=2 * MEGABYTE, permission="tests.view")
    yield folder
    kinds._kinds.clear()
    kinds._kinds.update(before)


def contents(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def seeing(client: Client, *permissions: str) -> Scope:
    return Scope(Actor("person", "Alice", frozenset(permissions), None), frozenset({client.pk}))


@pytest.mark.django_db
def test_a_file_comes_back_as_it_was(acme: Client, tess: User, acting: Acting, own_disk: Path) -> None:
    with acting(tess):
        file = store_file(acme, "../rapor.txt", io.BytesIO(TEXT), "tests.document")
        assert (file.name, file.content_type, file.size, file.created_by) == (
            "rapor.txt",
            "text/plain",
            len(TEXT),
            tess,
        )
        assert file.sha256 == hashlib.sha256(TEXT).hexdigest()
        with open_file(file) as content:
            assert content.read() == TEXT
    (path,) = contents(own_disk)
    assert path == own_disk / key_of(acme.pk, file.sha256)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_the_same_content_is_kept_once_for_a_client_and_apart_for_each(
    acme: Client, birch: Client, own_disk: Path
) -> None:
    with scoped(system_scope("tests")):
        first = store_file(acme, "a.txt", io.BytesIO(TEXT), "tests.document")
        second = store_file(acme, "b.txt", io.BytesIO(TEXT), "tests.document")
        assert len(contents(own_disk)) == 1
        store_file(birch, "a.txt", io.BytesIO(TEXT), "tests.document")
        assert len(contents(own_disk)) == 2
        drop_file(first)
        assert open_file(second).read() == TEXT


@pytest.mark.django_db
def test_bobs_files_do_not_exist_for_alice(acme: Client, birch: Client) -> None:
    with scoped(system_scope("tests")):
        file = store_file(birch, "secret.txt", io.BytesIO(TEXT), "tests.document")
        file.refresh_from_db()
    with scoped(seeing(acme, "tests.view")):
        assert find_file(file.uid) is find_file(uuid4()) is None
        with pytest.raises(ForeignClient):
            store_file(birch, "x.txt", io.BytesIO(TEXT), "tests.document")
    with scoped(seeing(birch)):
        assert find_file(file.uid) is None
    with scoped(seeing(birch, "tests.view")):
        assert find_file(file.uid) == file


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"x" * (2 * MEGABYTE + 1), "larger than 2 MB"),
        (b"<svg onload=alert(1)>", "image/svg"),
        (b"MZ\x90\0", "portable-executable"),
        (b"PK\x03\x04rest", "application/zip"),
    ],
)
def test_what_is_not_taken_is_refused_and_leaves_nothing(
    acme: Client, own_disk: Path, content: bytes, word: str
) -> None:
    with scoped(system_scope("tests")), pytest.raises(Refused, match=word) as refused:
        store_file(acme, "report.pdf", io.BytesIO(content), "tests.document")
    assert refused.value.field == "file"
    assert contents(own_disk) == []
    with scoped(system_scope("tests")):
        assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_a_stream_without_end_is_cut_off_at_the_limit(acme: Client, own_disk: Path) -> None:
    class Endless:
        given = 0

        def read(self, size: int, /) -> bytes:
            self.given += size
            return b"x" * size

    stream = Endless()
    with scoped(system_scope("tests")), pytest.raises(Refused, match="larger"):
        store_file(acme, "a.txt", stream, "tests.document")
    assert stream.given <= 3 * MEGABYTE
    assert contents(own_disk) == []


@pytest.mark.django_db
def test_a_zip_bomb_is_never_unpacked(acme: Client) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", b"\0" * (300 * MEGABYTE))
    bomb = buffer.getvalue()
    before = psutil.Process().memory_info().rss
    with scoped(system_scope("tests")):
        file = store_file(acme, "bomb.docx", io.BytesIO(bomb), "tests.document")
    assert file.size == len(bomb) < MEGABYTE
    assert psutil.Process().memory_info().rss - before < 50 * MEGABYTE


@pytest.mark.django_db
def test_a_file_is_given_out_as_an_attachment_that_no_browser_runs(acme: Client) -> None:
    with scoped(system_scope("tests")):
        file = store_file(acme, 'ölçüm "1"; x.txt', io.BytesIO(TEXT), "tests.document")
        response = file_response(file)
    assert b"".join(response) == TEXT
    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    assert "%C3%B6l%C3%A7%C3%BCm" in disposition
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Length"] == str(len(TEXT))
    assert response["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.django_db
def test_a_content_that_is_gone_is_told(acme: Client, own_disk: Path) -> None:
    with scoped(system_scope("tests")):
        file = store_file(acme, "a.txt", io.BytesIO(TEXT), "tests.document")
        contents(own_disk)[0].unlink()
        with pytest.raises(ContentGone):
            file_response(file)


@pytest.mark.parametrize(
    "key", ["../x", "1/../../etc/passwd", "/etc/passwd", "1/aa/../x", f"1/{'a' * 2}/{'A' * 64}", "0/aa/" + "a" * 64, ""]
)
def test_no_key_leaves_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        DiskBackend(tmp_path).open(key)


@pytest.mark.django_db(transaction=True)
def test_a_file_needs_a_transaction_and_a_known_kind(acme: Client) -> None:
    with scoped(system_scope("tests")):
        with pytest.raises(OutsideTransaction):
            store_file(acme, "a.txt", io.BytesIO(TEXT), "tests.document")
        with transaction.atomic(), pytest.raises(UnknownFileKind):
            store_file(acme, "a.txt", io.BytesIO(TEXT), "tests.nothing")


def age(folder: Path, hours: int) -> None:
    at = (timezone.now() - timedelta(hours=hours)).timestamp()
    for path in contents(folder):
        os.utime(path, (at, at))


@pytest.mark.django_db(transaction=True)
def test_orphans_are_swept_after_a_day_and_nothing_else(acme: Client, own_disk: Path) -> None:
    with scoped(system_scope("tests")):
        with transaction.atomic():
            kept = store_file(acme, "kept.txt", io.BytesIO(b"kept"), "tests.document")
        with transaction.atomic():
            store_file(acme, "rolled back.txt", io.BytesIO(b"rolled back"), "tests.document")
            transaction.set_rollback(True)
        (own_disk / ".incoming" / "half").write_bytes(b"half a file of a crash")
        assert len(contents(own_disk)) == 3
        with transaction.atomic():
            assert sweep_contents() == 0
        age(own_disk, 30)
        with transaction.atomic():
            assert sweep_contents() == 1
        assert [path.name for path in contents(own_disk)] == [kept.sha256]


@pytest.mark.django_db(transaction=True)
def test_a_content_that_is_put_again_while_the_sweep_runs_stays(acme: Client, own_disk: Path) -> None:
    with scoped(system_scope("tests")):
        with transaction.atomic():
            store_file(acme, "a.txt", io.BytesIO(TEXT), "tests.document")
            transaction.set_rollback(True)
        age(own_disk, 30)
        with transaction.atomic():
            store_file(acme, "b.txt", io.BytesIO(TEXT), "tests.document")
            assert not connection.needs_rollback
            assert sweep_contents() == 0
            assert len(contents(own_disk)) == 1


@pytest.fixture
def small_disk(own_disk: Path) -> Iterator[Path]:
    own_disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", str(own_disk)], check=True)
    yield own_disk
    subprocess.run(["umount", "--lazy", str(own_disk)], check=True)


@pytest.mark.django_db
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_refuses_clearly_keeps_no_half_file_and_heals(acme: Client, small_disk: Path) -> None:
    with scoped(system_scope("tests")):
        with pytest.raises(Refused, match="no room left") as refused:
            store_file(acme, "a.txt", io.BytesIO(b"x" * MEGABYTE), "tests.document")
        assert refused.value.field == "file"
        assert contents(small_disk) == []
        assert not StoredFile.objects.exists()
        store_file(acme, "a.txt", io.BytesIO(TEXT), "tests.document")
    assert len(contents(small_disk)) == 1


def test_fresh_drafts_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "draft").write_bytes(b"being written")
    assert clear_abandoned(tmp_path) == 0
    assert clear_abandoned(tmp_path / "missing") == 0
