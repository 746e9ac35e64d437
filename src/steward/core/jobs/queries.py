# SPDX-License-Identifier: Apache-2.0
"""Every read. Jobs have no owner among the clients, so only those who see every client see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from procrastinate.contrib.django.models import ProcrastinateJob

from steward.core.jobs.models import JobFailure
from steward.core.jobs.statements import statements
from steward.core.jobs.sweep import SILENCE
from steward.core.tenancy.public import ALL, current_scope


@dataclass(frozen=True, slots=True)
class QueueMetrics:
    """One queue: jobs ready, running, waiting for their time, dead, without their worker; seconds the oldest ready one waits."""

    queue: str
    ready: int
    running: int
    scheduled: int
    dead: int
    stalled: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class WorkerSign:
    """A worker: seconds since its last sign of life, and how many jobs it runs."""

    id: int
    silent_seconds: float
    running: int

    @property
    def alive(self) -> bool:
        """Whether it counts as living."""
        return self.silent_seconds < SILENCE


def dead_letters() -> QuerySet[JobFailure]:
    """Jobs that failed for the last time, newest first; nothing for those who don't see every client."""
    return _visible().filter(job__status="failed").order_by("-at", "-job_id")


def failing_jobs() -> QuerySet[JobFailure]:
    """Jobs that failed and are tried again."""
    return _visible().filter(job__status__in=("todo", "doing")).order_by("-at", "-job_id")


def waiting_jobs() -> QuerySet[ProcrastinateJob]:
    """Jobs that wait or run, in the order they are taken."""
    if current_scope().clients is not ALL:
        return ProcrastinateJob.objects.none()
    return ProcrastinateJob.objects.filter(status__in=("todo", "doing")).order_by("-priority", "id")


def job_metrics() -> Sequence[QueueMetrics]:
    """Counts and ages of every queue that holds something. Counts only, hence without a scope."""
    return [QueueMetrics(**row) for row in statements.rows("metrics", silence=SILENCE)]


def clock_lag_seconds() -> float:
    """How late what runs by the clock is; 0 while every tick is taken within its minute."""
    [row] = statements.rows("clock_lag")
    return float(row["seconds"])


def workers() -> Sequence[WorkerSign]:
    """The workers that gave a sign of life in the last ten minutes."""
    return [WorkerSign(**row) for row in statements.rows("workers")]


def _visible() -> QuerySet[JobFailure]:
    if current_scope().clients is not ALL:
        return JobFailure.objects.none()
    return JobFailure.objects.select_related("job", "dropped_by")
