# SPDX-License-Identifier: Apache-2.0
"""What a file is, by its first and last bytes. Its name is a claim, and counts only to tell one kind of text from another."""

import json
import re
from pathlib import PurePath
from typing import Final

HEAD: Final = 64 * 1024  # bytes looked at, at either end
UNKNOWN: Final = "application/octet-stream"

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"#!", "text/x-script"),
)
_OOXML: Final = (
    (b"word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_ODF: Final = re.compile(rb"mimetype(application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation))")
_MARKUP: Final = re.compile(r"<(?:!doctype|!--|\?xml|[a-z][a-z0-9:]*[\s/>])", re.IGNORECASE)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def sniff(head: bytes, tail: bytes, name: str) -> str:
    """The media type of a file from its first and last `HEAD` bytes; UNKNOWN when it is none of those known here."""
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _in_zip(head, tail)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    for start, media_type in _MAGIC:
        if head.startswith(start):
            return media_type
    return _text(head, name)


def _in_zip(head: bytes, tail: bytes) -> str:
    # The list of a zip's members stands at its end in plain bytes; nothing needs to be unpacked.
    if found := _ODF.search(head[:200]):
        return found[1].decode()
    for member, media_type in _OOXML:
        if member in tail and b"[Content_Types].xml" in head + tail:
            return media_type
    return "application/zip"


def _text(head: bytes, name: str) -> str:
    if not head or _CONTROL.search(head):
        return UNKNOWN
    try:
        # A letter may be cut in two at the end of what was read.
        text = head.decode("utf-8-sig", errors="strict" if len(head) < HEAD else "ignore")
    except UnicodeDecodeError:
        return UNKNOWN
    if _MARKUP.match(text.lstrip()):
        return "image/svg+xml" if b"<svg" in head.lower() else "text/html"
    suffix = PurePath(name).suffix.lower()
    if suffix == ".csv":
        return "text/csv"
    if suffix == ".json" and _parses(text, whole=len(head) < HEAD):
        return "application/json"
    return "text/plain"


def _parses(text: str, *, whole: bool) -> bool:
    if not whole:
        return text.lstrip()[:1] in ("{", "[")
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
