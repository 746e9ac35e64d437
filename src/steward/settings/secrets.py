# SPDX-License-Identifier: Apache-2.0
"""Secrets that an installation makes for itself: one 0600 file each, in a 0700 directory, made once and never logged."""

import os
import secrets as random
from collections.abc import Callable
from pathlib import Path

from steward.settings.env import get_settings


def random_secret() -> str:
    """256 random bits, safe in a URL."""
    return random.token_urlsafe(32)


def secret(name: str, *, create: Callable[[], str] = random_secret, directory: Path | None = None) -> str:
    """The secret called `name`, made on first use.

    Two processes that ask at once get the same answer: the file is linked into place and the first one wins.
    """
    folder = directory or get_settings().secrets_dir
    path = folder / name
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{name}.{os.getpid()}.{random.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(create() + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()
