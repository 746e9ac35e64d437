# SPDX-License-Identifier: Apache-2.0
"""A process that carries one large content to a store and back: prints its hash and by how much its memory grew, in bytes."""

import hashlib
import json
import re
import sys
from pathlib import Path

from steward.core.files.backend import Backend, key_of
from steward.core.files.bucket import Bucket, BucketBackend
from steward.core.files.disk import DiskBackend

PIECE = 1024 * 1024


def main() -> None:
    """Standard input: {"bucket": {…} | null, "root": folder, "pieces": how many megabytes}."""
    asked = json.load(sys.stdin)
    root = Path(asked["root"])
    store: Backend = BucketBackend(Bucket(**asked["bucket"])) if asked["bucket"] else DiskBackend(root / "kept")
    # The first request brings the library's threads and its certificates, whatever the size.
    assert store.find(key_of(7, "0" * 64)) is None
    before = peak()
    source, digest = root / "source", hashlib.sha256()
    with source.open("wb") as handle:
        for number in range(asked["pieces"]):
            piece = bytes([number % 251]) * PIECE
            digest.update(piece)
            handle.write(piece)
    key = key_of(7, digest.hexdigest())
    store.put(key, source)
    given = hashlib.sha256()
    with store.open(key) as content:
        while piece := content.read(4096):
            given.update(piece)
    assert given.hexdigest() == digest.hexdigest()
    kept = store.find(key)
    assert kept is not None
    print(json.dumps({"sha256": given.hexdigest(), "size": kept.size, "grew": peak() - before}))


def peak() -> int:
    """The most memory this process ever had, in bytes; what getrusage says begins with that of the process that forked it."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.M)
    assert found
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
