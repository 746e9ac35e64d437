# SPDX-License-Identifier: Apache-2.0
"""The hub: hears PostgreSQL's notifications once and passes them to the streams that asked for their topic."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from django.db import connection

from steward.core.ui.public import CHANNEL, BadTopic, Topic
from steward.web.live.readers import Reader, reader_of, still_reading

log = structlog.get_logger(__name__)

STREAMS_PER_PERSON = 12
STREAMS = 2000
WAITING_TOPICS = 256
CHECK_SECONDS = 3.0
RECONNECT_SECONDS = 1.0


class TooManyStreams(RuntimeError):
    """The person, or the process, has as many open streams as it may."""


@dataclass(eq=False, slots=True)
class Stream:
    """One open page. `waiting` holds what it has not been told yet, each topic once; `ended` is set to let it go."""

    reader: Reader
    topics: frozenset[str]
    waiting: dict[str, None] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    ended: str = ""

    def tell(self, topic: str) -> None:
        """Note a topic. A page that can't keep up is told to look at everything again."""
        if len(self.waiting) >= WAITING_TOPICS:
            self.waiting = {"*": None}
        else:
            self.waiting[topic] = None
        self.wake.set()

    def end(self, why: str) -> None:
        """Let the stream finish, saying why."""
        self.ended = why
        self.wake.set()


class Hub:
    """All streams of this process."""

    def __init__(self) -> None:
        self._streams: set[Stream] = set()
        self._by_topic: dict[str, set[Stream]] = defaultdict(set)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="live")
        self._tasks: list[asyncio.Task[None]] = []
        self.listening = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for as long as the block lasts, then end every stream."""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._check())]
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.end_all("stopping")
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def open(self, session_key: str, topics: Iterable[str]) -> Stream:
        """A new stream. Raises NotSignedIn, UnknownTopic, BadTopic, TooManyStreams."""
        if len(self._streams) >= STREAMS:
            raise TooManyStreams
        loop = asyncio.get_running_loop()
        reader, heard = await loop.run_in_executor(self._threads, reader_of, session_key, tuple(topics))
        if sum(each.reader.person == reader.person for each in self._streams) >= STREAMS_PER_PERSON:
            raise TooManyStreams
        stream = Stream(reader, heard)
        self._streams.add(stream)
        for topic in heard:
            self._by_topic[topic].add(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream."""
        self._streams.discard(stream)
        for topic in stream.topics:
            listeners = self._by_topic[topic]
            listeners.discard(stream)
            if not listeners:
                del self._by_topic[topic]

    def end_all(self, why: str) -> None:
        """Let every stream finish."""
        for stream in self._streams:
            stream.end(why)

    def announce(self, text: str) -> None:
        """Pass a notification on to those who asked for its record, or for any record of its kind."""
        try:
            topic = Topic.parse(text)
        except BadTopic:
            log.warning("live.bad_topic")
            return
        for stream in self._by_topic.get(str(topic), set()) | self._by_topic.get(str(topic.of_any), set()):
            stream.tell(text)

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_sign_in(), autocommit=True) as heard:
                    await heard.execute("listen steward_live")
                    self.listening = True
                    # What was said while nobody listened is unknown, so every page looks again.
                    for stream in self._streams:
                        stream.tell("*")
                    async for notification in heard.notifies():
                        self.announce(notification.payload)
            except psycopg.Error as error:
                log.warning("live.listen_lost", error=type(error).__name__)
            self.listening = False
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _check(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            readers = {stream.reader for stream in self._streams}
            if not readers:
                continue
            try:
                living = await loop.run_in_executor(self._threads, still_reading, readers)
            except Exception as error:  # the database is away: nobody can be confirmed, and nobody is thrown out for it
                log.warning("live.check_failed", error=type(error).__name__)
                continue
            for stream in self._streams:
                if stream.reader not in living:
                    stream.end("signed-out")


def _sign_in() -> dict[str, Any]:
    assert CHANNEL == "steward_live"  # LISTEN takes no parameter
    given = connection.settings_dict
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    options = given.get("OPTIONS") or {}  # what stood behind the ? of STEWARD_DATABASE_URL: sslmode, host …
    return {key: given[name] for key, name in named.items() if given.get(name)} | {"connect_timeout": 5} | options
