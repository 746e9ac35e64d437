# SPDX-License-Identifier: Apache-2.0
"""Contents as objects of a bucket that speaks S3. Every wait for it has an end."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from steward.core.files.backend import ContentsAway, Kept, checked, is_key
from steward.settings.env import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential

PART: Final = 5 * 1024 * 1024  # bytes; the least that S3 takes as one part of several
PARTS_AT_ONCE: Final = 2  # so an upload holds some 20 MB in memory, however large the file
RANGE: Final = 2 * 1024 * 1024  # bytes asked for at once, so that a slow reader keeps no request open
LISTED: Final = 1000
PROBE: Final = b"steward doctor was here\n"

_CODE: Final = re.compile(r"<Code>([A-Za-z0-9]{1,60})</Code>")
_NO_BUCKET: Final = "NoSuchBucket"
# A list that is refused comes from the library as an error of no kind.
_REFUSED: Final = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds: for a connection, for one request as a whole, and for being asked again."""

    connect: float = 3
    request: float = 30
    again: float = 10


@dataclass(frozen=True, slots=True)
class Bucket:
    """Which bucket, at which provider, with which key. `prefix` is empty, or a path without slashes at its ends."""

    name: str
    prefix: str
    endpoint: str
    region: str
    key_id: str
    key_secret: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Bucket":
        """The bucket that the settings name; `files_url` is not empty."""
        name, _, prefix = settings.files_url.removeprefix("s3://").partition("/")
        return cls(
            name,
            prefix,
            settings.files_endpoint,
            settings.files_region,
            settings.files_key_id,
            settings.files_key_secret,
        )


class BucketBackend:
    """Contents as objects of `bucket`. What goes wrong at the provider is ContentsAway, with the provider's code."""

    def __init__(self, bucket: Bucket, patience: Patience | None = None) -> None:
        self._store = _connected(bucket, patience or Patience())

    def put(self, key: str, source: Path) -> None:
        with _told("while writing", missing_is_away=True):
            # An object that is there already is written again, which is how S3 counts it as touched.
            obstore.put(self._store, checked(key), source, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)
        source.unlink()

    def open(self, key: str) -> BinaryIO:
        path = checked(key)
        with _told("while reading"):
            # The beginning, and with it the size: one that is not there is told before an answer has begun.
            found = obstore.get(self._store, path, options={"range": (0, RANGE)})
            size, first = found.meta["size"], bytes(found.bytes())
        return io.BufferedReader(_Ranges(self._store, path, size, first), RANGE)

    def delete(self, key: str) -> None:
        path = checked(key)
        try:
            with _told("while deleting"):
                obstore.delete(self._store, path)
        except FileNotFoundError:
            return

    def find(self, key: str) -> Kept | None:
        path = checked(key)
        try:
            with _told("while looking it up"):
                found = obstore.head(self._store, path)
        except FileNotFoundError:
            return None
        return Kept(key, found["size"], found["last_modified"])

    def every(self) -> Iterator[Kept]:
        with _told("while listing", missing_is_away=True):
            for some in obstore.list(self._store, chunk_size=LISTED):
                yield from (
                    Kept(each["path"], each["size"], each["last_modified"]) for each in some if is_key(each["path"])
                )

    def probe(self) -> None:
        """Write an object beside the contents, read it, list it and delete it. Raises ContentsAway."""
        path = f"probe/{uuid4().hex}"
        with _told("while writing", missing_is_away=True):
            obstore.put(self._store, path, PROBE)
        with _told("while reading", missing_is_away=True):
            given = bytes(obstore.get(self._store, path).bytes())
        with _told("while listing", missing_is_away=True):
            listed = [each["path"] for some in obstore.list(self._store, "probe") for each in some]
        with _told("while deleting", missing_is_away=True):
            obstore.delete(self._store, path)
        if given != PROBE or path not in listed:
            raise ContentsAway("it does not give back what was written")


class _Ranges(io.RawIOBase):
    """An object, read in ranges as they are wanted. `first` are its first bytes, which came with its size."""

    def __init__(self, store: S3Store, path: str, size: int, first: bytes) -> None:
        super().__init__()
        self._store = store
        self._path = path
        self._size = size
        self._first = first
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset
        if at < 0:
            raise ValueError(f"{at} lies before the beginning")
        self._at = at
        return at

    def readinto(self, buffer: Any, /) -> int:
        chunk = self._range(min(len(buffer), self._size - self._at))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self._range(min(RANGE, self._size - self._at)), b""))

    def _range(self, wanted: int) -> bytes:
        """The next bytes, `wanted` at most; moves on."""
        if wanted <= 0:
            return b""
        if self._at < len(self._first):
            chunk = self._first[self._at : self._at + wanted]
        else:
            self._first = b""
            with _told("while reading"):
                chunk = bytes(obstore.get_range(self._store, self._path, start=self._at, length=wanted))
        self._at += len(chunk)
        return chunk


@lru_cache(maxsize=4)
def _connected(bucket: Bucket, patience: Patience) -> S3Store:
    # Kept, since its connections are. The first call comes after a server's workers have forked.
    config: S3Config = {"region": bucket.region}
    if bucket.endpoint:
        config["endpoint"] = bucket.endpoint

    def credentials() -> "S3Credential":
        # Not by the configuration, which is completed from AWS_… variables: a token of another key might join ours.
        return {
            "access_key_id": bucket.key_id,
            "secret_access_key": bucket.key_secret,
            "token": None,
            "expires_at": None,
        }

    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        config=config,
        client_options={
            # The setting is taken for loopback alone.
            "allow_http": bucket.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=patience.connect),
            "timeout": timedelta(seconds=patience.request),
        },
        retry_config={
            "max_retries": 2,
            "retry_timeout": timedelta(seconds=patience.again),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=2),
                "base": 2,
            },
        },
        credential_provider=credentials,
    )


@contextmanager
def _told(doing: str, *, missing_is_away: bool = False) -> Iterator[None]:
    """Raises ContentsAway for whatever the provider answers; FileNotFoundError only for an object that is not there.

    The library's own words stay here: they quote the provider's answer, which may repeat what it was asked.
    """
    try:
        yield
    except FileNotFoundError as missing:
        if missing_is_away or _NO_BUCKET in str(missing):
            raise ContentsAway(f"there is no such bucket ({doing})") from None
        raise FileNotFoundError("no such content") from None
    except BaseError as error:
        raise ContentsAway(f"{_reason(error)} ({doing})") from None


def _reason(error: BaseError) -> str:
    found = _CODE.search(str(error))
    code = found[1] if found else ""
    if code == _NO_BUCKET:
        return "there is no such bucket"
    if code in _REFUSED or isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return f"it refuses the key: {code}" if code else "it refuses the key"
    return f"it answers with an error: {code}" if code else "it does not answer"
