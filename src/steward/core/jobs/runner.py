# SPDX-License-Identifier: Apache-2.0
"""Running one job: its scope, its transaction, its mark, and the note when it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone
from procrastinate import jobs, retry

from steward.core.events.public import emit
from steward.core.jobs.events import JobDied
from steward.core.jobs.faults import Fault, fault_of, is_final
from steward.core.jobs.job import Job, takes_due_at
from steward.core.jobs.models import JobFailure
from steward.core.jobs.once import once
from steward.core.jobs.statements import statements
from steward.core.tenancy.public import NoScope, Scope, scoped, system_scope

log = structlog.get_logger("steward.jobs")

DELIVER = "events.deliver"


@dataclass(frozen=True, slots=True)
class Running:
    """The job that runs here: its number, and which attempt of how many this is."""

    job_id: int
    name: str
    attempt: int
    attempts: int

    @property
    def last_attempt(self) -> bool:
        """Whether a failure now would be the last one."""
        return self.attempt >= self.attempts


class JobFailed(Exception):
    """A job failed; its own error was noted, and is not passed on, since its text may hold anything."""

    def __init__(self, fault: Fault, retry_at: datetime | None) -> None:
        super().__init__(f"{fault.kind} at {fault.place}")
        self.retry_at = retry_at


class AsDecided(retry.BaseRetryStrategy):
    """Tries again when `JobFailed` says so; after any other error, which comes from the queue itself, at once."""

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> retry.RetryDecision | None:
        if isinstance(exception, JobFailed):
            return retry.RetryDecision(retry_at=exception.retry_at) if exception.retry_at else None
        return retry.RetryDecision(retry_at=timezone.now())


_running: ContextVar[Running | None] = ContextVar("steward_job", default=None)


def current_job() -> Running | None:
    """The job that runs here; None outside of one."""
    return _running.get()


def run_job(
    task: Job, waiting: jobs.Job, *, scope: dict[str, Any] | None, ids: dict[str, Any], timestamp: int | None
) -> None:
    """Run one attempt. Raises JobFailed, which says when to try again, and never the job's own error."""
    assert waiting.id is not None
    running = Running(waiting.id, task.name, waiting.attempts + 1, task.retry.attempts)
    given = dict(ids)
    if timestamp is not None and takes_due_at(task):
        given["due_at"] = datetime.fromtimestamp(timestamp, UTC)
    opened: Scope | None = None
    with _marked(running):
        try:
            opened = _scope_of(task, scope)
            _run(task, running, opened, given)
        except Exception as error:
            raise _failed(task, running, opened, ids, error) from None


def _run(task: Job, running: Running, scope: Scope, given: dict[str, Any]) -> None:
    with scoped(scope):
        if not task.atomic:
            task.function(**given)
            return
        with transaction.atomic():
            # The mark commits with the effects. A worker that was killed after the commit, and one that was only slow,
            # both find it; and a second run that is under way waits here for the first.
            if once(f"job:{running.job_id}"):
                task.function(**given)
            else:
                log.info("job_already_done", job=running.job_id, task=task.name)


def _scope_of(task: Job, scope: dict[str, Any] | None) -> Scope:
    if scope is None:
        raise NoScope(f"{task.name}: a job without a scope is refused")
    return Scope.from_json(scope)


def _failed(task: Job, running: Running, scope: Scope | None, ids: dict[str, Any], error: Exception) -> JobFailed:
    fault = fault_of(error)
    final = is_final(error) or isinstance(error, NoScope)
    wait = None if final else task.retry.wait(running.attempt)
    log.warning(
        "job_failed",
        job=running.job_id,
        task=task.name,
        attempt=running.attempt,
        error=fault.kind,
        place=fault.place,
        again_in=wait,
    )
    try:
        _note(running, scope or system_scope("jobs"), ids, fault, dead=wait is None)
    except DatabaseError:
        log.warning(
            "job_failure_not_noted", job=running.job_id, task=task.name
        )  # the database is away; the sweep looks again
    return JobFailed(fault, timezone.now() + wait if wait is not None else None)


def _note(running: Running, scope: Scope, ids: dict[str, Any], fault: Fault, *, dead: bool) -> None:
    with scoped(scope), transaction.atomic():
        JobFailure.objects.update_or_create(
            job_id=running.job_id,
            defaults={
                "task": running.name,
                "attempts": running.attempt,
                "error": fault.kind,
                "place": fault.place,
                "message": fault.message,
                "at": timezone.now(),
            },
        )
        if not dead:
            statements.run("unlock", job_id=running.job_id)
        elif running.name != DELIVER:
            emit(JobDied(running.job_id, running.name, fault.kind, ids))


@contextmanager
def _marked(running: Running) -> Iterator[None]:
    before = _running.set(running)
    try:
        yield
    finally:
        _running.reset(before)
