# SPDX-License-Identifier: Apache-2.0
"""Taking back the jobs of workers that died. Any number of sweepers may run at once: each takes what no other holds."""

import json
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from steward.core.events.public import emit
from steward.core.jobs.events import JobDied
from steward.core.jobs.runner import DELIVER
from steward.core.jobs.statements import statements
from steward.core.tenancy.public import Scope, scoped, system_scope

log = structlog.get_logger("steward.jobs")

# Seconds without a sign of life after which a worker counts as dead; it gives one every 5.
SILENCE: Final = float(settings.PROCRASTINATE_WORKER_DEFAULTS["stalled_worker_timeout"])
CRASHES_MAX: Final = 10  # a job over which this many workers died is dead itself


def sweep() -> int:
    """Take back stalled jobs, and make a note for every dead job that has none. Returns how many were taken back."""
    with scoped(system_scope("jobs.sweep")), transaction.atomic():
        swept = statements.rows("sweep_stalled", silence=SILENCE, crashes=CRASHES_MAX)
        for row in swept:
            if row["status"] == "failed" and row["task_name"] != DELIVER:
                _tell(row)
        statements.run("note_unnoted")
    for row in swept:
        log.warning("job_swept", job=row["id"], task=row["task_name"], status=row["status"])
    return len(swept)


def _tell(row: dict[str, object]) -> None:
    arguments = json.loads(str(row["args"]))
    scope = Scope.from_json(arguments["scope"]) if "scope" in arguments else system_scope("jobs.sweep")
    with scoped(scope):
        emit(JobDied(int(str(row["id"])), str(row["task_name"]), "WorkerDied", arguments.get("ids", {})))
