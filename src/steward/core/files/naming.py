# SPDX-License-Identifier: Apache-2.0
"""What a file is called when it is handed back."""

import unicodedata
from typing import Final

NAME_MAX: Final = 160


def plain_name(name: str) -> str:
    """`name` without a path, control characters, characters that turn the direction of writing, or leading dots.

    Never empty; at most NAME_MAX characters, cut before the ending.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(each for each in unicodedata.normalize("NFC", last) if unicodedata.category(each)[0] != "C")
    kept = " ".join(kept.split()).lstrip(".").strip() or "file"
    if len(kept) <= NAME_MAX:
        return kept
    stem, dot, ending = kept.rpartition(".")
    if not dot or len(ending) > 12:
        return kept[:NAME_MAX]
    return f"{stem[: NAME_MAX - len(ending) - 1]}.{ending}"
