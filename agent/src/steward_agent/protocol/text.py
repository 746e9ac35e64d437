# SPDX-License-Identifier: Apache-2.0
"""Text as it may travel: no control characters, valid UTF-8, bounded."""

import re
from typing import Annotated

from msgspec import Meta

# `\Z`, not `$`: the latter lets a final line feed through.
PRINTABLE = r"\A[^\x00-\x1f\x7f]*\Z"
_FOREIGN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

Short = Annotated[str, Meta(max_length=64, pattern=PRINTABLE)]
Line = Annotated[str, Meta(max_length=256, pattern=PRINTABLE)]


def printable(text: str, limit: int = 256) -> str:
    """`text` made fit for a message: control characters and lone surrogates become `?`, cut at `limit` characters."""
    return _FOREIGN.sub("?", text[:limit])
