# SPDX-License-Identifier: Apache-2.0
"""Whether a file is what root or the agent's own user put there: nobody else may write it, nor any folder on the way to it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Unsafe(Exception):
    """Others than root and this process' user could have changed what a path leads to; the message is the part at fault."""


def need_owned(path: str) -> None:
    """`path` (absolute), as it is written and where its links lead.

    Raises:
        Unsafe: naming the first file or folder that others could change.
        OSError: when it can't be looked at.
    """
    for each in (*_downward(Path(path)), *_downward(Path(path).resolve(strict=True))):
        state = each.lstat()
        if state.st_uid not in (0, os.geteuid()) or _others_write(state):
            raise Unsafe(str(each))


def _downward(path: Path) -> Iterator[Path]:
    yield from reversed(path.parents)
    yield path


def _others_write(state: os.stat_result) -> bool:
    # A link's own mode says nothing; in a sticky folder nobody moves what is another's.
    if stat.S_ISLNK(state.st_mode) or (stat.S_ISDIR(state.st_mode) and state.st_mode & stat.S_ISVTX):
        return False
    return bool(state.st_mode & _OTHERS)
