# SPDX-License-Identifier: Apache-2.0
"""The ASGI application: GET /events?topics=…, and /healthz. Anything else is not here."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings as django_settings

from steward.core.identity.public import stored_key
from steward.settings.env import get_settings
from steward.web.live.hub import Hub, Stream, TooManyStreams
from steward.web.live.readers import BadTopic, NotSignedIn, UnknownTopic

ASGIMessage = dict[str, Any]
Receive = Callable[[], Awaitable[ASGIMessage]]
Send = Callable[[ASGIMessage], Awaitable[None]]

HEARTBEAT_SECONDS = 15.0
# A stream ends by itself now and then, so that a stopping server never waits for a page that is left open.
STREAM_SECONDS = 600.0
TOPICS = 40


class LiveApplication:
    """Serves the streams of one hub."""

    def __init__(self) -> None:
        self._hub = Hub()
        self._origin = _origin(get_settings().base_url)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._hub.running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["path"] == "/healthz":
            listening = self._hub.listening
            await self._say(send, 200 if listening else 503, "ok" if listening else "not listening to the database")
            return
        origin = headers.get("origin")
        if origin is not None and origin != self._origin:
            await self._say(send, 403, "This page may not listen here.")
            return
        if scope["path"] != "/events":
            await self._say(send, 404, "Not found.")
            return
        if scope["method"] != "GET":
            await self._say(send, 405, "Only GET.")
            return
        await self._stream(scope, headers, receive, send)

    async def _stream(self, scope: dict[str, Any], headers: dict[str, str], receive: Receive, send: Send) -> None:
        topics = _topics(scope["query_string"])
        if topics is None:
            await self._say(send, 400, f"topics: between 1 and {TOPICS}, separated by commas.")
            return
        try:
            stream = await self._hub.open(_session_key(headers.get("cookie", "")), topics)
        except NotSignedIn as no:
            await self._say(send, 401, str(no))
        except BadTopic:
            await self._say(send, 400, "topics: one of them is not written as a topic.")
        except UnknownTopic:
            await self._say(send, 404, "Not found.")
        except TooManyStreams:
            await self._say(send, 429, "Too many open pages listen; close one.", retry_after=30)
        else:
            try:
                await self._serve(stream, receive, send)
            finally:
                self._hub.close(stream)

    async def _serve(self, stream: Stream, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self._headers(b"text/event-stream")})
        await _push(send, "retry: 2000\nevent: open\ndata: {}\n\n")
        gone = asyncio.create_task(_disconnected(receive))
        deadline = asyncio.get_running_loop().time() + STREAM_SECONDS
        try:
            while not gone.done() and not stream.ended and asyncio.get_running_loop().time() < deadline:
                await _push(send, await _next_words(stream, gone))
            if not gone.done():
                await _push(send, _event("end", {"why": stream.ended or "renew"}))
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    async def _say(self, send: Send, status: int, words: str, *, retry_after: int | None = None) -> None:
        body = words.encode()
        headers = [*self._headers(b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        if retry_after is not None:
            headers.append((b"retry-after", str(retry_after).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _headers(self, kind: bytes) -> list[tuple[bytes, bytes]]:
        return [
            (b"content-type", kind),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-accel-buffering", b"no"),
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", self._origin.encode()),
            (b"access-control-allow-credentials", b"true"),
        ]


async def _next_words(stream: Stream, gone: asyncio.Task[None]) -> str:
    """Events for what is waiting; a comment when nothing happens, so that proxies keep the line and the dead are noticed."""
    waking = asyncio.create_task(stream.wake.wait())
    try:
        await asyncio.wait({waking, gone}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waking.cancel()
    stream.wake.clear()
    told, stream.waiting = stream.waiting, {}
    return "".join(_event("change", {"topic": topic}) for topic in told) or ": here\n\n"


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _push(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def _event(name: str, data: dict[str, str]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _topics(query: bytes) -> list[str] | None:
    given = parse_qs(query.decode("latin-1"), max_num_fields=20).get("topics", [])
    topics = [topic for each in given for topic in each.split(",") if topic]
    return topics if 0 < len(topics) <= TOPICS else None


def _session_key(header: str) -> str:
    try:
        found = SimpleCookie(header).get(django_settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return stored_key(found.value) if found and found.value else ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
