# SPDX-License-Identifier: Apache-2.0
"""What holds of every store of contents: the disk, and a bucket on a server that speaks S3."""

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from steward.core.files.backend import Backend, key_of
from steward.core.files.bucket import Bucket, BucketBackend
from steward.core.files.disk import DiskBackend
from steward.core.files.public import MEGABYTE
from tests.fixtures.bucket import Provider
from tests.waiting import eventually

GROWTH = 48 * MEGABYTE
TEXT = b"Olcum: 42\n"


@dataclass
class Place:
    """A store, how somebody else puts something into it, and what a process of its own needs to open it."""

    store: Backend
    strew: Callable[[str, bytes], None]
    bucket: Bucket | None
    folder: Path

    def put(self, client: int, content: bytes) -> str:
        """Put a content; its key."""
        key = key_of(client, hashlib.sha256(content).hexdigest())
        source = self.folder / "source"
        source.write_bytes(content)
        self.store.put(key, source)
        assert not source.exists(), "it was taken over"
        return key


@pytest.fixture(params=["disk", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "bucket":
        s3: Provider = request.getfixturevalue("s3")
        bucket = s3.fresh()
        return Place(BucketBackend(bucket), lambda key, content: s3.strew(bucket, key, content), bucket, tmp_path)
    root = tmp_path / "kept"

    def strew(key: str, content: bytes) -> None:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(content)

    return Place(DiskBackend(root), strew, None, tmp_path)


@pytest.mark.parametrize("size", [1, 4095, MEGABYTE, 3 * MEGABYTE + 1])
def test_what_is_put_comes_back_whole(place: Place, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    key = place.put(3, content)
    with place.store.open(key) as given:
        assert given.read() == content
    kept = place.store.find(key)
    assert kept is not None
    assert (kept.key, kept.size) == (key, size)
    assert abs(datetime.now(UTC) - kept.touched_at) < timedelta(minutes=1)


def test_it_is_read_from_any_place_and_in_pieces(place: Place) -> None:
    content = b"".join(number.to_bytes(4, "big") for number in range(MEGABYTE))
    with place.store.open(place.put(3, content)) as given:
        assert given.seek(0, io.SEEK_END) == len(content)
        assert given.read() == b""
        assert given.seek(-4, io.SEEK_END) == len(content) - 4
        assert given.read(10) == content[-4:]
        assert given.seek(0) == given.tell() == 0
        assert given.read(5) == content[:5]
        assert given.seek(3_000_000) == 3_000_000
        assert given.read(4096) == content[3_000_000:3_004_096]
        assert given.seek(-4096, io.SEEK_CUR) == 3_000_000
        assert given.read() == content[3_000_000:]


def test_put_again_it_is_there_once_and_counts_as_touched(place: Place) -> None:
    key = place.put(3, TEXT)
    first = place.store.find(key)
    assert first is not None

    def touched() -> bool:
        assert place.put(3, TEXT) == key
        again = place.store.find(key)
        return again is not None and again.touched_at > first.touched_at

    # A bucket counts whole seconds.
    eventually(touched, seconds=10, what="a later touch", every=0.3)
    assert [each.key for each in place.store.every()] == [key]


def test_every_content_is_listed_and_what_is_not_ours_is_not(place: Place) -> None:
    put = {place.put(client, bytes([number])) for client in (3, 4) for number in range(5)}
    for foreign in ("notes.txt", "3/aa/short", "probe/1234", ".incoming/draft", f"0/aa/{'a' * 64}"):
        place.strew(foreign, b"somebody else's")
    assert {each.key for each in place.store.every()} == put
    assert {each.size for each in place.store.every()} == {1}


def test_what_is_not_there_is_not_found_and_deleted_without_a_word(place: Place) -> None:
    key = key_of(3, "ab" * 32)
    assert place.store.find(key) is None
    assert list(place.store.every()) == []
    place.store.delete(key)
    with pytest.raises(FileNotFoundError):
        place.store.open(key)


def test_what_was_deleted_is_gone_and_nothing_else(place: Place) -> None:
    gone, kept = place.put(3, b"gone"), place.put(4, b"gone")
    place.store.delete(gone)
    assert place.store.find(gone) is None
    assert [each.key for each in place.store.every()] == [kept]


@pytest.mark.parametrize(
    "key",
    [
        "../x", "1/../../etc/passwd", "/etc/passwd", "1/aa/../x", f"1/aa/{'A' * 64}", f"0/aa/{'a' * 64}", "", f"1/aa/{'a' * 63}",
        f"1/aa/{'a' * 64}/..", f"1/aa/{'a' * 64}\n", f"s3://1/aa/{'a' * 64}", f"1//aa/{'a' * 64}", "probe/1234",
    ],
)  # fmt: skip
def test_no_other_key_reaches_the_store(place: Place, key: str, tmp_path: Path) -> None:
    (source := tmp_path / "draft").write_bytes(TEXT)
    for call in (place.store.open, place.store.find, place.store.delete, lambda each: place.store.put(each, source)):
        with pytest.raises(ValueError, match="no key"):
            call(key)
    assert source.exists()


@pytest.mark.parametrize("megabytes", [1, 60])
def test_a_large_content_is_carried_in_little_memory(place: Place, megabytes: int) -> None:
    asked = {"bucket": asdict(place.bucket) if place.bucket else None, "root": str(place.folder), "pieces": megabytes}
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.files.carry"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    print(
        f"{type(place.store).__name__}: {megabytes} MB there and back, memory grew by {said['grew'] / MEGABYTE:.0f} MB"
    )
    assert said["size"] == megabytes * MEGABYTE
    assert said["grew"] < GROWTH
