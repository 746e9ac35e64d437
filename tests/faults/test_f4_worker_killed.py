# SPDX-License-Identifier: Apache-2.0
"""F4: workers are killed at random points; every effect in the database exactly once, resumed within 60 s."""

import random
import time
from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from steward.core.audit.public import Entry
from steward.core.jobs.public import defer_many
from steward.core.tenancy.public import scoped, system_scope
from tests.core.jobs.sample_jobs import leave_a_mark, walk
from tests.fixtures.worker import Worker, eventually

pytestmark = pytest.mark.django_db(transaction=True)
RESUMED_WITHIN = 60.0
WORKERS = 2
STEPS = 20


@pytest.mark.parametrize("kills", [10, pytest.param(200, marks=pytest.mark.prove)])
def test_every_effect_happens_exactly_once_however_often_workers_are_killed(
    start_worker: Callable[..., Worker], kills: int
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    dice = random.Random(seed)
    run = str(uuid4())
    deferred = 0
    workers = [start_worker() for _ in range(WORKERS)]
    for _ in range(kills):
        if waiting() < 40:
            deferred += more(run, deferred, dice)
        before = last_started()
        eventually(lambda before=before: last_started() > before, within=60, what="a job is begun after the last kill")
        pause(dice.uniform(0, 0.8))
        number = dice.randrange(WORKERS)
        workers[number].kill()
        workers[number] = start_worker()
    last_kill = time.monotonic()
    eventually(lambda: unfinished() == 0, within=RESUMED_WITHIN + 60, what="all jobs ended")
    whole, half, steps = (effects(kind, run) for kind in ("tests.mark.whole", "tests.mark.half", "tests.walk.step"))
    repeated, slowest, story = resumption()
    print(
        f"seed {seed}: {kills} kills, {deferred} jobs, {repeated} of them begun again, slowest back after {slowest:.1f} s, "
        f"all ended {time.monotonic() - last_kill:.1f} s after the last kill"
    )
    assert repeated > 0, "no kill hit a running job; the test has shown nothing"
    assert whole == half == Counter(range(deferred))
    assert steps == Counter(dict.fromkeys(range(STEPS), 1))
    assert slowest <= RESUMED_WITHIN, story


def more(run: str, first: int, dice: random.Random) -> int:
    """Another hundred jobs; the very first call adds one whose transactions are its own."""
    with scoped(system_scope("tests")), transaction.atomic():
        if not first:
            defer_many(walk, [{"run": run, "steps": STEPS}])
        defer_many(
            leave_a_mark,
            [{"run": run, "number": first + n, "seconds": round(dice.uniform(0, 0.3), 3)} for n in range(100)],
        )
    return 100


def pause(seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.01)


def last_started() -> int:
    """The number of the latest beginning of a job, of any worker."""
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(id), 0) from procrastinate_events where type = 'started'")
        (number,) = cursor.fetchone()
    return int(number)


def waiting() -> int:
    return ProcrastinateJob.objects.filter(status="todo").count()


def unfinished() -> int:
    ours = ProcrastinateJob.objects.filter(task_name__startswith="tests.").exclude(task_name="tests.tick")
    assert not ours.filter(status="failed").exists()
    return ours.filter(status__in=("todo", "doing")).count()


def effects(kind: str, run: str) -> Counter[int]:
    with scoped(system_scope("tests")), transaction.atomic():
        return Counter(Entry.objects.filter(kind=kind, params__run=run).values_list("params__number", flat=True))


def resumption() -> tuple[int, float, str]:
    """How many of our jobs were begun more than once, the longest time between two beginnings in seconds, and that job's story."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select job_id, extract(epoch from gap)::float8 from ("
            " select e.job_id, e.at - lag(e.at) over (partition by e.job_id order by e.id) as gap"
            " from procrastinate_events e join procrastinate_jobs j on j.id = e.job_id"
            " where e.type = 'started' and j.task_name in ('tests.leave_a_mark', 'tests.walk')) g"
            " where gap is not null order by gap desc"
        )
        gaps = cursor.fetchall()
        if not gaps:
            return 0, 0.0, ""
        cursor.execute(
            "select type::text || ' ' || at::time(1) from procrastinate_events where job_id = %s order by id",
            [gaps[0][0]],
        )
        story = ", ".join(line for (line,) in cursor.fetchall())
    return len({job for job, _gap in gaps}), gaps[0][1], story
