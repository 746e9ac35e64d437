# SPDX-License-Identifier: Apache-2.0
"""The worker: runs jobs, defers what is due by the clock, sweeps up after workers that died.

It lives through a restart of the database by beginning anew, and may be killed at any moment."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Sequence
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import close_old_connections
from procrastinate import job_context
from procrastinate.contrib.django import DjangoApp, connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from steward.core.jobs.job import DEFAULT_QUEUE, Job, declared_jobs, periodic_arguments
from steward.core.jobs.runner import AsDecided, run_job
from steward.core.jobs.sweep import sweep

log = structlog.get_logger("steward.jobs")

CONCURRENCY: Final = 4
SWEEP_EVERY: Final = 10.0  # seconds; with 20 s of silence a killed worker's job is back within 32 s
POLL_EVERY: Final = 2.0  # seconds; new jobs are announced, those that wait for their time are looked for
STOP_WITHIN: Final = 8.0  # seconds for running jobs to end when the worker is told to stop
PAUSE_MIN: Final = 0.2  # seconds between attempts to reach the database, growing
PAUSE_MAX: Final = 2.0
SLOW_QUEUES: Final = frozenset({"notify", "operations"})
STRANGE_QUEUES: Final = frozenset({"webhooks"})
STRANGE_CONCURRENCY: Final = 2
MAKE_UP_FOR: Final = 7 * 24 * 3600.0  # seconds of downtime after which a missed tick is let go


class LostDatabase(ConnectionError):
    """A lane ended without being told to."""


def run_worker(*, concurrency: int = CONCURRENCY, queues: Sequence[str] | None = None) -> None:
    """Work until SIGTERM or SIGINT. Jobs that have not ended by then are left to the sweep of another worker.

    Without `queues` it works in three lanes: what waits for mail servers or takes long never holds up the rest, each with
    `concurrency` jobs at a time; and what waits for the machines of strangers, two at a time, holds up nobody's mail.
    """
    with asyncio.Runner() as runner:
        if runner.run(_until_stopped(concurrency, queues)):
            # Threads that still work can't be ended, only left: their transactions roll back with the process.
            logging.shutdown()
            os._exit(0)


def run_until_idle(*, concurrency: int = 1, queues: Sequence[str] | None = None) -> None:
    """Run what is ready now and return; ticks of the clock that are due are deferred first."""

    async def work() -> None:
        app = _app(concurrency, with_clock=True)
        async with app.open_async():
            await app.run_worker_async(**_options(concurrency, queues), wait=False, listen_notify=False)

    asyncio.run(work())


async def _until_stopped(concurrency: int, queues: Sequence[str] | None) -> bool:
    """Lives one after another. Returns whether jobs were still running when time was up."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    pause = PAUSE_MIN
    while not stop.is_set():
        began = loop.time()
        try:
            if await _one_life(stop, concurrency, queues):
                return True
        except Exception as error:  # whatever ended this life, the next one begins
            log.warning("worker_begins_anew", error=type(error).__qualname__, pause=pause)
        pause = PAUSE_MIN if loop.time() - began > 1 else min(pause * 2, PAUSE_MAX)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
    return False


async def _one_life(stop: asyncio.Event, concurrency: int, queues: Sequence[str] | None) -> bool:
    """Work until told to stop or until the database is lost."""
    async with contextlib.AsyncExitStack() as opened:
        lanes: list[asyncio.Task[None]] = []
        for number, lane in enumerate(_lanes(queues)):
            most = min(concurrency, STRANGE_CONCURRENCY) if STRANGE_QUEUES.issuperset(lane) else concurrency
            app = await opened.enter_async_context(_app(most, with_clock=number == 0).open_async())
            lanes.append(asyncio.create_task(app.run_worker_async(**_options(most, lane))))
        sweeping = asyncio.create_task(_sweep_for_ever())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({*lanes, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sweeping.cancel()
            stopped.cancel()
        # Cancelled, a lane takes nothing new and waits for what it began.
        for each in lanes:
            each.cancel()
        _ended, running = await asyncio.wait(lanes, timeout=STOP_WITHIN + 1)
        if not stop.is_set():
            raise LostDatabase
        log.info("worker_stopped", left_running=len(running))
        return bool(running)


def _lanes(queues: Sequence[str] | None) -> list[Sequence[str]]:
    if queues is not None:
        return [queues]
    known = {DEFAULT_QUEUE, *(declared.queue for declared in declared_jobs().values())}
    apart = SLOW_QUEUES | STRANGE_QUEUES
    return [sorted(known - apart), *(sorted(known & each) for each in (SLOW_QUEUES, STRANGE_QUEUES) if known & each)]


async def _sweep_for_ever() -> None:
    while True:
        try:
            await asyncio.to_thread(_sweep_once)
        except Exception as error:  # a failed sweep is followed by the next one
            log.warning("sweep_failed", error=type(error).__qualname__)
        await asyncio.sleep(SWEEP_EVERY)


def _sweep_once() -> None:
    close_old_connections()
    try:
        sweep()
    finally:
        close_old_connections()


def _app(concurrency: int, *, with_clock: bool) -> DjangoApp:
    """An app of the queue with every declared job, on connections of its own; `with_clock` it defers what is due."""
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=concurrency + 4, timeout=10)
    app = DjangoApp(
        connector=connector,
        periodic_defaults={"max_delay": MAKE_UP_FOR},
    )
    for declared in declared_jobs().values():
        task = app.task(
            name=declared.name,
            queue=declared.queue,
            retry=AsDecided(),
            pass_context=True,
            queueing_lock=declared.queueing_lock,
        )(_body(declared))
        if declared.cron and with_clock:
            app.periodic(cron=declared.cron, periodic_id=declared.name, task_kwargs=periodic_arguments(declared))(task)
    return app


def _body(declared: Job) -> Any:
    def body(
        context: job_context.JobContext,
        *,
        scope: dict[str, Any] | None = None,
        ids: dict[str, Any] | None = None,
        timestamp: int | None = None,
    ) -> None:
        run_job(declared, context.job, scope=scope, ids=ids or {}, timestamp=timestamp)

    return body


def _options(concurrency: int, queues: Sequence[str] | None) -> Any:
    return {
        **settings.PROCRASTINATE_WORKER_DEFAULTS,
        "concurrency": concurrency,
        "queues": queues,
        "fetch_job_polling_interval": POLL_EVERY,
        "shutdown_graceful_timeout": STOP_WITHIN,
        "install_signal_handlers": False,
    }
