# SPDX-License-Identifier: Apache-2.0
"""The door of jobs."""

from steward.core.jobs.actions import dead_letter_drop, dead_letter_rerun
from steward.core.jobs.backoff import Backoff
from steward.core.jobs.events import JobDied
from steward.core.jobs.faults import GiveUp, OperatorError, fault_of, is_final
from steward.core.jobs.job import Job, NotAReference, declared_jobs, defer, defer_many, job, periodic
from steward.core.jobs.models import JobFailure
from steward.core.jobs.once import once
from steward.core.jobs.queries import clock_lag_seconds, dead_letters, failing_jobs, job_metrics, waiting_jobs, workers
from steward.core.jobs.runner import current_job
from steward.core.jobs.sweep import sweep
from steward.core.jobs.worker import run_until_idle, run_worker

__all__ = [
    "Backoff",
    "GiveUp",
    "Job",
    "JobDied",
    "JobFailure",
    "NotAReference",
    "OperatorError",
    "clock_lag_seconds",
    "current_job",
    "dead_letter_drop",
    "dead_letter_rerun",
    "dead_letters",
    "declared_jobs",
    "defer",
    "defer_many",
    "failing_jobs",
    "fault_of",
    "is_final",
    "job",
    "job_metrics",
    "once",
    "periodic",
    "run_until_idle",
    "run_worker",
    "sweep",
    "waiting_jobs",
    "workers",
]
