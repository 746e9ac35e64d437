# SPDX-License-Identifier: Apache-2.0
"""Reading a backup back, chunk by chunk."""

from steward.core.recovery.manifest import Manifest
from steward.core.recovery.repository import Repository
from steward.core.recovery.sealing import Damaged
from steward.core.recovery.taking import Taken


def verify(repository: Repository, manifest: Manifest, *, taken: Taken | None = None) -> list[str]:
    """Open every chunk of a backup and compare it with its name. Returns the names of those that are gone or damaged.

    A damaged chunk is set aside, so that the next backup stores it again where the data still have it.
    `taken.say` is called as it goes on; what it raises stops it.
    """
    counted = taken or Taken()
    counted.total = sum(size for _, size in manifest.pieces)
    bad = []
    for name, size in manifest.pieces:
        try:
            if len(repository.get(name)) != size:
                raise Damaged(name)
        except Damaged:
            bad.append(name)
            repository.set_aside(name)
        counted.add(size)
    return bad
