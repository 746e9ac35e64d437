# SPDX-License-Identifier: Apache-2.0
"""Which picture stands for a file, by its media type."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FileMark:
    """The icon of every media type that begins so."""

    begins: str
    icon: str


# In this order: the first that fits is taken, and the last fits everything.
FILE_MARKS: Final = (
    FileMark("image/", icon="photo"),
    FileMark("application/pdf", icon="file-type-pdf"),
    FileMark("text/csv", icon="file-spreadsheet"),
    FileMark("application/vnd.openxmlformats-officedocument.spreadsheetml", icon="file-spreadsheet"),
    FileMark("application/vnd.oasis.opendocument.spreadsheet", icon="file-spreadsheet"),
    FileMark("application/vnd.openxmlformats-officedocument.presentationml", icon="presentation"),
    FileMark("application/vnd.oasis.opendocument.presentation", icon="presentation"),
    FileMark("application/vnd.", icon="file-text"),
    FileMark("text/", icon="file-text"),
    FileMark("application/json", icon="file-text"),
    FileMark("", icon="file"),
)


def file_icon(media_type: str) -> str:
    """The icon of a media type, "photo" of "image/png"; a blank sheet of one that is not known."""
    return next(each.icon for each in FILE_MARKS if media_type.startswith(each.begins))
