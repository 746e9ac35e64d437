# SPDX-License-Identifier: Apache-2.0
"""A5, A6: names, keys and contents that try to leave the files' folder, to be run by a browser, or to swell when unpacked."""

import gzip
import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from steward.core.access.public import Refused
from steward.core.files.backend import Backend
from steward.core.files.bucket import Bucket, BucketBackend
from steward.core.files.disk import DiskBackend
from steward.core.files.public import DOCUMENTS, MEGABYTE, file_response, register_file_kind, store_file
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.settings.env import get_settings

KIND = "tests.attacked"
SECONDS, MEMORY = 2.0, 200 * MEGABYTE
HERE = (
    "../",
    "..\\",
    "/",
    "\\",
    "./",
    "%2e%2e%2f",
    "..%2f",
    "..%c0%af",
    "....//",
    "\u2025/",
    "\uff0e\uff0e/",
    "C:\\",
    "\\\\host\\share\\",
    "file://",
)
THERE = (
    "etc/passwd",
    "secrets/kek",
    "x\0.txt",
    "x\r\nSet-Cookie: a=b",
    "\u202egpj.exe",
    "con",
    ".ssh/authorized_keys",
    "a" * 5000,
)
ATTACK = b"attack %s" % os.urandom(8).hex().encode()
NAMES = [deep * times + target for deep in HERE for times in (1, 3, 12) for target in THERE]


@pytest.fixture(autouse=True)
def kind() -> None:
    register_file_kind(KIND, types=DOCUMENTS, max_bytes=5 * MEGABYTE, permission="tests.view")


@pytest.fixture
def jail() -> Path:
    return get_settings().files_dir


def attacking(folder: Path) -> set[Path]:
    """All files of the data directory with our words in them. Others, of the same run, make theirs meanwhile."""
    found = set()
    for path in folder.parent.rglob("*"):
        if path.is_file() and not path.is_relative_to(folder.parent / "postgres-18"):
            with suppress(FileNotFoundError):
                if path.stat().st_size < 100 and path.read_bytes().startswith(ATTACK):
                    found.add(path)
    return found


@pytest.mark.django_db
def test_no_name_leads_out_of_the_folder_or_into_a_header(acme: Client, jail: Path) -> None:
    with scoped(system_scope("tests")):
        for number, name in enumerate(NAMES):
            file = store_file(acme, name, io.BytesIO(b"%s %d" % (ATTACK, number)), KIND)
            disposition = file_response(file)["Content-Disposition"]
            assert disposition.startswith("attachment")
            assert not {"\r", "\n", "/", "\\"} & set(disposition)
    found = attacking(jail)
    outside = [path for path in found if not path.is_relative_to(jail / str(acme.pk))]
    print(f"A5: {len(NAMES)} names sent, {len(found)} files, {len(outside)} outside")
    assert len(found) == len(NAMES)
    assert outside == []


@pytest.mark.parametrize("where", ["disk", "bucket"])
def test_no_key_leads_out_of_the_folder_or_to_another_address(tmp_path: Path, where: str) -> None:
    # A bucket at an address where nobody listens: a key that got as far as a request would end in another error.
    nowhere = BucketBackend(Bucket("files", "", "http://127.0.0.1:1", "us-east-1", "nobody", "nothing"))
    store: Backend = DiskBackend(tmp_path / "files") if where == "disk" else nowhere
    refused = 0
    good = f"1/aa/{'a' * 64}"
    keys = [
        *NAMES,
        *(good + tail for tail in ("/", "/..", "\n", "\0", " ")),
        *(head + good for head in HERE),
        "1/aa/" + "a" * 63,
        "01/aa/" + "a" * 64,
    ]
    for key in keys:
        with pytest.raises(ValueError, match="no key"):
            store.open(key)
        refused += 1
    print(f"A5: {refused} keys refused by the {where}")


def bombs() -> Iterator[tuple[str, bytes]]:
    flat = io.BytesIO()
    with zipfile.ZipFile(flat, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", b"\0" * (400 * MEGABYTE))
    yield "bomb.docx", flat.getvalue()
    slip = io.BytesIO()
    with zipfile.ZipFile(slip, "w") as archive:
        archive.writestr("../../../../tmp/steward-slipped", b"x")
    yield "slip.zip", slip.getvalue()
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}", b"")
    yield "many.zip", many.getvalue()
    yield "bomb.gz", gzip.compress(b"\0" * (400 * MEGABYTE))
    yield "deep.json", b"[" * (4 * MEGABYTE)
    yield (
        "entities.csv",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>',
    )
    yield "too-large.txt", b"x" * (6 * MEGABYTE)
    yield "page.txt", b"<html><script>alert(1)</script>"
    yield "drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.django_db
def test_nothing_is_unpacked_and_everything_is_answered_soon(acme: Client) -> None:
    process, kept, refused = psutil.Process(), 0, 0
    for name, content in bombs():
        before, began = process.memory_info().rss, time.monotonic()
        with scoped(system_scope("tests")):
            try:
                store_file(acme, name, io.BytesIO(content), KIND)
                kept += 1
            except Refused:
                refused += 1
        assert time.monotonic() - began < SECONDS, name
        assert process.memory_info().rss - before < MEMORY, name
    print(f"A6: {kept} kept as they are, {refused} refused")
    assert not Path("/tmp/steward-slipped").exists()
    assert refused == 7


TEMPLATED = """
import sys, apprise
from steward.core.notify.apprise_send import keep_files_shut
for shut in (False, True):
    if shut:
        keep_files_shut()
    print(apprise.Apprise.instantiate(sys.argv[1]).gen_payload("x"))
"""


def test_the_address_of_a_channel_sends_no_file_of_this_machine(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_text('{"content": "the canary"}')
    address = f"discord://{'1' * 18}/{'a' * 68}?template={file}"
    done = subprocess.run([sys.executable, "-c", TEMPLATED, address], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["{'content': 'the canary'}", "False"]
