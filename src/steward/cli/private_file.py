# SPDX-License-Identifier: Apache-2.0
"""Files that hold a secret for a short while."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write `path` for its owner's eyes alone, on disk before this returns."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
