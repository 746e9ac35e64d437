# SPDX-License-Identifier: Apache-2.0
import io
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.files.naming import NAME_MAX, plain_name
from steward.core.files.sniffing import HEAD, UNKNOWN, sniff

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def look(content: bytes, name: str = "file") -> str:
    return sniff(content[:HEAD], content[-HEAD:], name)


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "cat.png", "image/png"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "cat.webp", "image/webp"),
        (b"%PDF-1.7\n%\xe2\xe3", "a.pdf", "application/pdf"),
        (zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), "a.docx", DOCX),
        (
            zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}),
            "a.odt",
            "application/vnd.oasis.opendocument.text",
        ),
        (zipped({"word/document.xml": b"x"}), "no-types.docx", "application/zip"),
        ("İstanbul\nşehir\n".encode(), "a.txt", "text/plain"),
        (b"\xef\xbb\xbfa;b\n1;2\n", "a.csv", "text/csv"),
        (b'{"a": 1}', "a.json", "application/json"),
        (b"{not json", "a.json", "text/plain"),
        (b"[" * 50_000, "deep.json", "text/plain"),
        (b"error: <none> at <stdin> 3", "server.log", "text/plain"),
        # what its name says is only a claim
        (b"<!DOCTYPE html><script>alert(1)</script>", "a.txt", "text/html"),
        (b"\n  <script>alert(1)</script>", "a.csv", "text/html"),
        (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "cat.png", "image/svg+xml"),
        (b"MZ\x90\0", "report.pdf", "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF\x02\x01", "cat.jpg", "application/x-executable"),
        (b"#!/bin/sh\nrm -rf /\n", "a.txt", "text/x-script"),
        (b"GIF8", "cat.gif", "text/plain"),
        (b"\0\0\0\0", "a.txt", UNKNOWN),
        (b"\xff\xfea\0b\0", "utf16.txt", UNKNOWN),
        (b"", "a.txt", UNKNOWN),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, name: str, expected: str) -> None:
    assert look(content, name) == expected


def test_a_letter_cut_at_the_end_of_what_is_read_does_not_spoil_a_text() -> None:
    assert look(b"a" * (HEAD - 1) + "ş".encode() + b"b") == "text/plain"


@given(st.binary(max_size=300), st.text(max_size=30))
def test_no_bytes_break_the_sniffer(content: bytes, name: str) -> None:
    assert "/" in look(content, name)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\tess\\rapor.pdf", "rapor.pdf"),
        ("..", "file"),
        (".htaccess", "htaccess"),
        ("", "file"),
        ("/", "file"),
        ("a\x00b\r\nX-Evil: 1.txt", "abX-Evil: 1.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  şehir   planı .csv ", "şehir planı .csv"),
    ],
)
def test_a_name_is_only_a_name(given_name: str, kept: str) -> None:
    assert plain_name(given_name) == kept


@given(st.text(max_size=400))
def test_every_name_is_short_and_plain(name: str) -> None:
    kept = plain_name(name)
    assert 1 <= len(kept) <= NAME_MAX
    assert "/" not in kept
    assert "\\" not in kept
    assert not kept.startswith(".")
    assert all(unicodedata.category(each)[0] != "C" for each in kept)
