# SPDX-License-Identifier: Apache-2.0
"""Declaring jobs and deferring them."""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast

from django.db import connection, transaction
from procrastinate import exceptions, jobs, manager
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.periodic import PeriodicTask

from steward.core.jobs.backoff import A_FEW_TIMES, OFTEN, Backoff
from steward.core.tenancy.public import OutsideTransaction, current_scope, system_scope

Json = str | int | float | bool | None | list[Any] | dict[str, Any]

DEFAULT_QUEUE: Final = "default"
ARGUMENTS_MAX = 8192  # bytes of JSON; references are short
NEVER_IN_A_JOB: Final = frozenset(
    {
        "password",
        "passwd",
        "secret",
        "token",
        "authorization",
        "api_key",
        "apikey",
        "credential",
        "credentials",
        "cookie",
    }
)


class NotAReference(ValueError):
    """A job was given something else than short references: waiting jobs are readable, so they carry no secrets."""


class UnknownJob(LookupError):
    """No job of this name; the code that knew it is gone."""


@dataclass(frozen=True, slots=True)
class Job:
    """A declared job. Calling it runs the function here and now, which is what tests of the function want."""

    name: str
    function: Callable[..., None]
    retry: Backoff
    queue: str
    atomic: bool
    cron: str = ""
    priority: int = 0
    lock: str | None = None
    queueing_lock: str | None = None
    due_at: datetime | None = None

    def __call__(self, **ids: Any) -> None:
        self.function(**ids)

    def later(
        self,
        *,
        at: datetime | None = None,
        lock: str | None = None,
        queueing_lock: str | None = None,
        priority: int = 0,
    ) -> "Job":
        """The same job, deferred in another way.

        Args:
            at: not before this time.
            lock: one at a time among the jobs with the same lock, in the order of their deferring.
            queueing_lock: not at all while one with the same lock waits.
            priority: higher goes first.
        """
        return replace(self, due_at=at, lock=lock, queueing_lock=queueing_lock, priority=priority)


_jobs: dict[str, Job] = {}


def job(
    *, name: str, retry: Backoff = OFTEN, queue: str = DEFAULT_QUEUE, atomic: bool = True
) -> Callable[[Callable[..., None]], Job]:
    """Declare a job in a room's `tasks.py`. `name` is "room.verb" and stays, since waiting jobs know it.

    The function takes keywords that are references. It runs in the scope of whoever deferred it. With `atomic` (the
    default) it is one transaction whose effects happen exactly once, however often its worker is killed. Without, for
    long or outward work, it opens its own transactions, each with `once(…)` or a checkpoint, and bears a repeat.
    """
    return lambda function: _declare(Job(name, function, retry, queue, atomic))


def periodic(
    cron: str, *, name: str, retry: Backoff = A_FEW_TIMES, queue: str = DEFAULT_QUEUE, atomic: bool = True
) -> Callable[[Callable[..., None]], Job]:
    """Declare a job that is due by the clock (UTC; five fields, or six with seconds last), in the scope of the system.

    However many workers run, a tick is deferred once. While one waits, further ticks join it; after a downtime of up to
    a week the last missed tick is made up for. The function takes nothing, or `due_at`, an aware datetime.
    """
    _refuse_no_cron(name, cron)
    return lambda function: _declare(
        Job(name, function, retry, queue, atomic, cron=cron, queueing_lock=f"periodic:{name}")
    )


def _refuse_no_cron(name: str, cron: str) -> None:
    try:
        # The queue's own reading of the line, so that what passes here is what it will take.
        PeriodicTask(task=cast(Any, None), cron=cron, periodic_id=name, configure_kwargs={}).croniter  # noqa: B018
    except ValueError:
        raise ValueError(f"{name}: {cron!r} is no cron line") from None


def _declare(declared: Job) -> Job:
    known = _jobs.get(declared.name)
    if known is not None and known.function.__qualname__ != declared.function.__qualname__:
        raise ValueError(f"{declared.name}: two jobs of one name")
    if "." not in declared.name:
        raise ValueError(f"{declared.name!r}: a job is named room.verb")
    _jobs[declared.name] = declared
    return declared


def declared_jobs() -> Mapping[str, Job]:
    """Every job by its name."""
    return dict(sorted(_jobs.items()))


def find_job(name: str) -> Job:
    """The job of this name. Raises UnknownJob."""
    try:
        return _jobs[name]
    except KeyError:
        raise UnknownJob(name) from None


def defer(task: Job, **ids: Json) -> int | None:
    """Have `task` run after the open transaction has committed, in the current scope. Returns the job's number.

    None when a job with the same queueing lock waits already.

    Raises:
        NoScope: outside a scope. OutsideTransaction: outside a transaction. NotAReference: an argument is no reference.
    """
    return defer_many(task, [ids])[0]


def defer_many(task: Job, all_ids: Sequence[Mapping[str, Json]]) -> Sequence[int | None]:
    """`defer` for many at once, in one statement; ten times as fast."""
    scope = _without_name(current_scope().as_json())
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{task.name}: defer a job inside the transaction that needs it.")
    waiting = [_waiting(task, {"scope": scope, "ids": _references(task, ids)}) for ids in all_ids]
    if not waiting:
        return []
    deferrer = manager.JobManager(DjangoConnector())
    if task.queueing_lock is None:
        return [each.id for each in deferrer.batch_defer_jobs(waiting)]
    try:
        # A doubled lock breaks the transaction it happens in, hence a savepoint.
        with transaction.atomic():
            return [each.id for each in deferrer.batch_defer_jobs(waiting)]
    except exceptions.AlreadyEnqueued:
        return [None] * len(waiting)


def periodic_arguments(task: Job) -> dict[str, Any]:
    """What a tick of a periodic job carries."""
    return {"scope": system_scope(task.name).as_json(), "ids": {}}


def takes_due_at(task: Job) -> bool:
    """Whether a periodic job wants to know which tick it stands for."""
    return "due_at" in inspect.signature(task.function).parameters


def _without_name(scope: dict[str, Any]) -> dict[str, Any]:
    # What is personal lies in the person's row alone; a waiting job carries its number.
    actor = scope["actor"]
    if actor["user_id"] is not None:
        scope["actor"] = actor | {"name": f"#{actor['user_id']}"}
    return scope


def _waiting(task: Job, arguments: dict[str, Any]) -> jobs.Job:
    return jobs.Job(
        queue=task.queue,
        task_name=task.name,
        priority=task.priority,
        lock=task.lock,
        queueing_lock=task.queueing_lock,
        task_kwargs=arguments,
        scheduled_at=task.due_at,
    )


def _names(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key).lower()
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _references(task: Job, ids: Mapping[str, Json]) -> dict[str, Json]:
    if forbidden := NEVER_IN_A_JOB & set(_names(ids)):
        raise NotAReference(
            f"{task.name}: {', '.join(sorted(forbidden))} must not lie in a waiting job; give a reference"
        )
    try:
        text = json.dumps(dict(ids), allow_nan=False)
    except (TypeError, ValueError) as wrong:
        raise NotAReference(f"{task.name}: arguments are numbers, texts and lists of them ({wrong})") from None
    if len(text.encode()) > ARGUMENTS_MAX:
        raise NotAReference(f"{task.name}: more than {ARGUMENTS_MAX} bytes of arguments; give a reference")
    return dict(ids)
