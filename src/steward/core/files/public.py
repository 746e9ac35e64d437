# SPDX-License-Identifier: Apache-2.0
"""The door of files."""

from steward.core.files.actions import drop_file, probe_contents, store_file, sweep_contents
from steward.core.files.backend import ContentsAway
from steward.core.files.kinds import DOCUMENTS, IMAGES, MEGABYTE, OFFICE, TEXTS, UnknownFileKind, register_file_kind
from steward.core.files.models import StoredFile
from steward.core.files.naming import plain_name
from steward.core.files.queries import ContentGone, file_response, find_file, kept_contents, open_content, open_file

__all__ = [
    "DOCUMENTS",
    "IMAGES",
    "MEGABYTE",
    "OFFICE",
    "TEXTS",
    "ContentGone",
    "ContentsAway",
    "StoredFile",
    "UnknownFileKind",
    "drop_file",
    "file_response",
    "find_file",
    "kept_contents",
    "open_content",
    "open_file",
    "plain_name",
    "probe_contents",
    "register_file_kind",
    "store_file",
    "sweep_contents",
]
