# SPDX-License-Identifier: Apache-2.0
"""Live events: who may listen to what, what is told, and when a stream ends. Against the real database, through the real ASGI
application."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from steward.core.access.public import Role
from steward.core.identity.public import User, stored_key
from steward.core.tenancy.public import Client
from steward.core.ui.public import notify_live, person_topic, topic
from steward.settings.env import get_settings
from steward.web.live.application import LiveApplication
from tests.fixtures.actors import make_person
from tests.fixtures.browser import session_of
from tests.loops import own_loop

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 20


class Call:
    """One request to the application, read as it comes."""

    def __init__(
        self, application: LiveApplication, path: str, query: str, headers: dict[str, str], method: str = "GET"
    ) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        self.task = asyncio.create_task(application(scope, self._receive, self.messages.put))

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def status(self) -> int:
        message = await asyncio.wait_for(self.messages.get(), SECONDS)
        return int(message["status"])

    async def until(self, words: str) -> str:
        """Everything said up to `words`."""
        said = ""
        while words not in said:
            message = await asyncio.wait_for(self.messages.get(), SECONDS)
            said += message.get("body", b"").decode()
        return said

    async def leave(self) -> None:
        self.gone.set()
        await asyncio.wait_for(self.task, SECONDS)


@asynccontextmanager
async def running() -> AsyncIterator[LiveApplication]:
    application = LiveApplication()
    begun, ended = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not begun.is_set():
            begun.set()
            return {"type": "lifespan.startup"}
        await ended.wait()
        return {"type": "lifespan.shutdown"}

    async def send(_: dict[str, Any]) -> None:
        return None

    task = asyncio.create_task(application({"type": "lifespan"}, receive, send))
    try:
        async with asyncio.timeout(SECONDS):
            while not application._hub.listening:
                await asyncio.sleep(0.02)
        yield application
    finally:
        ended.set()
        await asyncio.wait_for(task, SECONDS)


def cookie(session: str) -> dict[str, str]:
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}


def in_thread(function: Callable[..., Any], *args: Any) -> Awaitable[Any]:
    return sync_to_async(function, thread_sensitive=True)(*args)


@own_loop
async def test_a_change_reaches_the_page_that_shows_it_and_no_other(olga: User, acme: Client, birch: Client) -> None:
    session = await in_thread(session_of, olga)
    async with running() as live:
        call = Call(
            live,
            "/events",
            f"topics={topic(acme, 'assets.asset')},{person_topic(olga, 'notify.inbox')}",
            cookie(session),
        )
        assert await call.status() == 200
        await call.until("event: open")
        await in_thread(notify_live, topic(birch, "assets.asset", acme.uid))
        await in_thread(notify_live, topic(acme, "assets.asset", acme.uid))
        said = await call.until("event: change")
        assert str(birch.uid) not in said
        assert f'"topic": "{topic(acme, "assets.asset", acme.uid)}"' in said
        await call.leave()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("topics=", 400),
        ("topics=nonsense", 400),
        ("topics=" + ",".join(["c.x.y.*"] * 41), 400),
        ("topics=c.00000000-0000-7000-8000-000000000000.assets.asset.*", 404),
    ],
)
@own_loop
async def test_what_can_t_be_heard_is_refused(olga: User, query: str, status: int) -> None:
    session = await in_thread(session_of, olga)
    async with running() as live:
        assert await Call(live, "/events", query, cookie(session)).status() == status


@own_loop
async def test_another_clients_topic_is_as_unknown_as_nobodys(acme: Client, birch: Client) -> None:
    bob = await in_thread(lambda: make_person("Bob Birch", Role.CLIENT_ADMIN, client=birch))
    session = await in_thread(session_of, bob)
    async with running() as live:
        own = Call(live, "/events", f"topics={topic(birch, 'assets.asset')}", cookie(session))
        assert await own.status() == 200
        foreign = Call(
            live, "/events", f"topics={topic(birch, 'assets.asset')},{topic(acme, 'assets.asset')}", cookie(session)
        )
        assert await foreign.status() == 404
        await own.leave()


@pytest.mark.parametrize("kind", ["agents.agent", "agents.token", "nobody.declared"])
@own_loop
async def test_what_one_may_not_see_moves_unheard(acme: Client, kind: str) -> None:
    carol = await in_thread(lambda: make_person("Carol Clerk", Role.CLIENT_USER, client=acme))
    session = await in_thread(session_of, carol)
    async with running() as live:
        assert await Call(live, "/events", f"topics={topic(acme, kind)}", cookie(session)).status() == 404
        seen = Call(live, "/events", f"topics={topic(acme, 'assets.metrics')}", cookie(session))
        assert await seen.status() == 200
        await seen.leave()


@own_loop
async def test_a_persons_own_topic_is_theirs_alone(olga: User, tess: User) -> None:
    session = await in_thread(session_of, tess)
    async with running() as live:
        assert (
            await Call(live, "/events", f"topics={person_topic(olga, 'notify.inbox')}", cookie(session)).status() == 404
        )


@own_loop
async def test_a_stranger_and_staff_without_a_second_factor_hear_nothing(acme: Client) -> None:
    bare = await in_thread(lambda: make_person("Nina New", Role.TECHNICIAN_L1, mfa=False))
    session = await in_thread(session_of, bare)
    async with running() as live:
        for headers in ({}, cookie("made-up"), cookie(session)):
            assert await Call(live, "/events", f"topics={topic(acme, 'assets.asset')}", headers).status() == 401


@own_loop
async def test_a_foreign_page_may_not_listen(olga: User, acme: Client) -> None:
    session = await in_thread(session_of, olga)
    query = f"topics={topic(acme, 'assets.asset')}"
    async with running() as live:
        assert await Call(live, "/events", query, cookie(session) | {"origin": "https://evil.example"}).status() == 403
        own = Call(live, "/events", query, cookie(session) | {"origin": get_settings().base_url})
        assert await own.status() == 200
        await own.leave()


@own_loop
async def test_an_ended_session_ends_its_streams_within_five_seconds(olga: User, acme: Client) -> None:
    session = await in_thread(session_of, olga)
    async with running() as live:
        call = Call(live, "/events", f"topics={topic(acme, 'assets.asset')}", cookie(session))
        assert await call.status() == 200
        await call.until("event: open")
        await in_thread(Session.objects.filter(session_key=stored_key(session)).delete)
        begun = asyncio.get_running_loop().time()
        assert "signed-out" in await call.until("event: end\ndata: {")
        assert asyncio.get_running_loop().time() - begun < 5


@own_loop
async def test_after_the_database_was_away_every_page_looks_again(olga: User, acme: Client) -> None:
    session = await in_thread(session_of, olga)
    async with running() as live:
        call = Call(live, "/events", f"topics={topic(acme, 'assets.asset')}", cookie(session))
        assert await call.status() == 200
        await call.until("event: open")

        def cut() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where query ilike 'listen steward_live%' and pid <> pg_backend_pid()"
                )

        await in_thread(cut)
        assert '"topic": "*"' in await call.until('event: change\ndata: {"topic": "*"')
        await call.leave()
