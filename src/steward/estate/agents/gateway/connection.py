# SPDX-License-Identifier: Apache-2.0
"""One TCP connection: requests in, answers out in the order asked, and a deadline for everything a peer may dawdle over."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from steward.estate.agents.gateway import answers
from steward.estate.agents.gateway.http import HEAD_END, MAX_HEAD_BYTES, BadRequest, Head, Request, read_head

HEAD_SECONDS = 10.0
IDLE_SECONDS = 120.0
BODY_SECONDS = 10.0
SLOWEST_BYTES_PER_SECOND = 8 * 1024
MAX_PIPELINED = 32
MAX_UNREAD_BYTES = 256 * 1024


class Slot:
    """The place of one answer in its connection's order."""

    __slots__ = ("_connection", "content")

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self.content: bytes | None = None

    def answer(self, content: bytes) -> None:
        """Give the answer; it is written once all earlier ones are. To a peer that has gone it is dropped."""
        self.content = content
        self._connection.write_ready()


@dataclass(slots=True)
class Door:
    """What all connections share. `handle` gets each request with the slot for its answer, and must not block.

    `most` is how many may be `open` at once; `clock` gives seconds that never go back. `promised` is how many bytes of bodies their heads
    have announced and not yet brought: what strangers could make us hold, bounded by `most_promised`.
    """

    handle: Callable[[Request, Slot], None]
    most: int
    clock: Callable[[], float]
    dates: answers.Dates
    most_promised: int = 256 * 1024 * 1024
    promised: int = 0
    open: "set[Connection]" = field(default_factory=set)


class Connection(asyncio.Protocol):
    """One peer. `deadline` is when it must have done its next step; None while it waits for us."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._buffer = bytearray()
        self._head: Head | None = None
        self._slots: deque[Slot] = deque()
        self._transport: asyncio.Transport | None = None
        self._closed = False
        self._ending = False
        self._taking = False
        self.deadline: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods without the ancestry.
        self._transport = made = cast(asyncio.Transport, transport)
        if len(self._door.open) >= self._door.most:
            made.abort()
            return
        made.set_write_buffer_limits(high=MAX_UNREAD_BYTES)
        self._door.open.add(self)
        self.deadline = self._door.clock() + HEAD_SECONDS

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed = True
        self._door.open.discard(self)
        self._forget_promise()
        self._buffer.clear()
        self._slots.clear()

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        if not self._buffer and self._head is None:
            # From the first byte of a head on: more bytes don't win more time.
            self.deadline = self._door.clock() + HEAD_SECONDS
        self._buffer += data
        self._take_all()

    def expired(self, now: float) -> bool:
        """Whether the peer has used up its time."""
        return self.deadline is not None and now > self.deadline

    def drop(self) -> None:
        """End the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    def write_ready(self) -> None:
        """Write the answers that are next in order."""
        if self._closed or self._transport is None:
            return
        ready = []
        while self._slots and self._slots[0].content is not None:
            ready.append(self._door.dates.put(self._slots.popleft().content or b""))
        if not ready:
            return
        if self._transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            self._transport.abort()  # it sends and never reads
            return
        self._transport.write(b"".join(ready))
        if self._ending and not self._slots:
            self._transport.close()
            return
        self._transport.resume_reading()
        self._set_deadline()
        if self._buffer and not self._taking and not self._ending:
            self._take_all()

    def _take_all(self) -> None:
        self._taking = True
        try:
            self._take_requests()
        except BadRequest as bad:
            self._end(answers.broken(bad.status, bad.message))
        finally:
            self._taking = False

    def _take_requests(self) -> None:
        while not self._ending and self._transport is not None:
            if len(self._slots) >= MAX_PIPELINED:
                self._transport.pause_reading()
                self.deadline = None
                return
            request = self._next_request()
            if request is None:
                break
            slot = Slot(self)
            self._slots.append(slot)
            self._ending = not request.head.keep_alive
            self._door.handle(request, slot)
        self._set_deadline()

    def _next_request(self) -> Request | None:
        if self._head is None:
            end = self._buffer.find(HEAD_END, 0, MAX_HEAD_BYTES)
            if end < 0:
                if len(self._buffer) >= MAX_HEAD_BYTES:
                    raise BadRequest(431, f"the head is larger than {MAX_HEAD_BYTES} bytes")
                return None
            self._head = self._promise(read_head(bytes(self._buffer[:end])))
            del self._buffer[: end + len(HEAD_END)]
            self.deadline = self._door.clock() + BODY_SECONDS + self._head.length / SLOWEST_BYTES_PER_SECOND
        head = self._head
        if len(self._buffer) < head.length:
            return None
        body = bytes(self._buffer[: head.length])
        del self._buffer[: head.length]
        self._forget_promise()
        self.deadline = None
        return Request(head, body)

    def _promise(self, head: Head) -> Head:
        if self._door.promised + head.length > self._door.most_promised:
            raise BadRequest(503, "too many bodies are on their way")
        self._door.promised += head.length
        return head

    def _forget_promise(self) -> None:
        if self._head is not None:
            self._door.promised -= self._head.length
        self._head = None

    def _set_deadline(self) -> None:
        if self._head is not None:
            return  # set when the body began
        if self._buffer:
            self.deadline = self.deadline or self._door.clock() + HEAD_SECONDS
        elif self._slots:
            self.deadline = None  # the peer waits for us
        else:
            self.deadline = self._door.clock() + IDLE_SECONDS

    def _end(self, content: bytes) -> None:
        self._ending = True
        self._buffer.clear()
        self._forget_promise()
        self.deadline = self._door.clock() + HEAD_SECONDS
        slot = Slot(self)
        self._slots.append(slot)
        slot.answer(content)
