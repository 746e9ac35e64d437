# SPDX-License-Identifier: Apache-2.0
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg import sql

from steward.core.audit.public import Entry
from steward.core.jobs.models import JobFailure
from steward.core.jobs.public import Job, clock_lag_seconds, defer, job_metrics, sweep, workers
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.ledger import Cluster
from tests.core.jobs.sample_jobs import leave_a_mark, wait_for_somebody
from tests.fixtures.worker import Worker, eventually

pytestmark = pytest.mark.django_db(transaction=True)
StartWorker = Callable[..., Worker]


def ask(task: Job, **ids: str | float) -> int:
    with scoped(system_scope("tests")), transaction.atomic():
        number = defer(task, **ids)
    assert number is not None
    return number


def marks(run: str, kind: str = "tests.mark.whole") -> int:
    with scoped(system_scope("tests")), transaction.atomic():
        return Entry.objects.filter(kind=kind, params__run=run).count()


def status(number: int) -> str:
    return ProcrastinateJob.objects.get(pk=number).status


def test_a_job_runs_soon_after_its_transaction(start_worker: StartWorker) -> None:
    start_worker()
    eventually(workers, within=20, what="a worker is there")
    run = str(uuid4())
    began = time.monotonic()
    ask(leave_a_mark, run=run, number=1)
    eventually(lambda: marks(run), within=10, what="the job ran")
    print(f"deferred to done: {time.monotonic() - began:.3f} s")


def test_what_waits_for_others_holds_up_nothing_else(start_worker: StartWorker) -> None:
    for _round in range(6):
        ask(wait_for_somebody, seconds=20.0)
    start_worker(concurrency=2)
    eventually(
        lambda: ProcrastinateJob.objects.filter(status="doing").count() == 2, within=20, what="both slots are taken"
    )
    run = str(uuid4())
    began = time.monotonic()
    ask(leave_a_mark, run=run, number=1)
    eventually(lambda: marks(run), within=10, what="the job ran")
    assert time.monotonic() - began < 5


def test_a_worker_that_is_told_to_stop_ends_what_it_began(start_worker: StartWorker) -> None:
    run = str(uuid4())
    number = ask(leave_a_mark, run=run, number=1, seconds=3)
    worker = start_worker()
    eventually(lambda: status(number) == "doing", within=20, what="the job runs")
    assert worker.stop() == 0
    assert status(number) == "succeeded"
    assert marks(run) == 1


def test_a_job_that_outlasts_the_grace_is_left_and_taken_back(start_worker: StartWorker) -> None:
    run = str(uuid4())
    number = ask(leave_a_mark, run=run, number=1, seconds=40)
    worker = start_worker()
    eventually(lambda: status(number) == "doing", within=20, what="the job runs")
    began = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - began < 10.5
    assert marks(run, "tests.mark.half") == 0
    assert status(number) == "doing"
    ProcrastinateJob.objects.get(pk=number)
    assert eventually(sweep, within=30, what="the job is taken back") == 1
    assert status(number) == "todo"


def test_a_worker_lives_through_the_loss_of_its_database(
    start_worker: StartWorker, ledger_cluster: Cluster, test_database: str
) -> None:
    worker = start_worker()
    eventually(workers, within=20, what="a worker is there")
    name = sql.Identifier(test_database)
    connection.close()
    with psycopg.connect(ledger_cluster.dsn(role="admin", database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("alter database {} allow_connections false").format(name))
        try:
            deadline = time.monotonic() + 4
            while time.monotonic() < deadline:
                admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (test_database,)
                )
                time.sleep(0.2)
        finally:
            admin.execute(sql.SQL("alter database {} allow_connections true").format(name))
    run = str(uuid4())
    ask(leave_a_mark, run=run, number=1)
    began = time.monotonic()
    eventually(lambda: marks(run), within=30, what="the job ran after the database came back")
    print(f"back to work after {time.monotonic() - began:.1f} s")
    assert worker.alive


def test_two_schedulers_miss_no_tick_and_double_none(start_worker: StartWorker) -> None:
    began = timezone.now()
    start_worker()
    start_worker()
    eventually(lambda: len(workers()) == 6, within=30, what="two workers are there, with three lanes each")
    eventually(lambda: len(ticks(began)) >= 5, within=60, what="the clock ticked five times")

    def gaps() -> set[timedelta]:
        # The first may be one made up for.
        return {after - before for before, after in pairwise(sorted(ticks(began))[1:])}

    # Each tick is a job: one may still be at work while the next is done already. One that was missed stays missed.
    eventually(
        lambda: gaps() == {timedelta(seconds=3)}, within=15, what="every tick between the first and the last is there"
    )
    due = ticks(began)
    print(f"{len(due)} ticks by two schedulers")
    assert len(due) == len(set(due))


def ticks(since: datetime) -> list[datetime]:
    with scoped(system_scope("tests")), transaction.atomic():
        return [
            datetime.fromisoformat(entry.params["due"])
            for entry in Entry.objects.filter(kind="tests.tick.due", at__gte=since)
        ]


def stall(number: int) -> None:
    """As if its worker had fallen silent half a minute ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '30 seconds') returning id"
        )
        (worker,) = cursor.fetchone()
        cursor.execute("update procrastinate_jobs set status = 'doing', worker_id = %s where id = %s", [worker, number])


def test_sweepers_leave_the_jobs_of_living_workers_alone() -> None:
    number, other = ask(leave_a_mark, run="x", number=1), ask(leave_a_mark, run="x", number=2)
    stall(number)
    with connection.cursor() as cursor:
        cursor.execute("insert into procrastinate_workers default values returning id")
        (living,) = cursor.fetchone()
        cursor.execute("update procrastinate_jobs set status = 'doing', worker_id = %s where id = %s", [living, other])
    assert [(each.stalled, each.running) for each in job_metrics()] == [(1, 2)]
    assert sweep() == 1
    assert sweep() == 0
    assert (status(number), status(other)) == ("todo", "doing")


def test_a_sweeper_skips_what_another_one_holds(ledger_cluster: Cluster, test_database: str) -> None:
    number = ask(leave_a_mark, run="x", number=1)
    stall(number)
    with psycopg.connect(ledger_cluster.dsn(role="app", database=test_database)) as other:
        other.execute("select from procrastinate_jobs where id = %s for update", (number,))
        assert sweep() == 0
        other.rollback()
    assert sweep() == 1


def test_a_job_comes_back_beside_a_newer_one_of_the_same_lock() -> None:
    """A tick whose worker died, while the next tick waits already; else nothing at all would be swept."""
    locked = leave_a_mark.later(queueing_lock="tick")
    first, bystander = ask(locked, run="x", number=1), ask(leave_a_mark, run="x", number=2)
    stall(first)
    stall(bystander)
    second = ask(locked, run="x", number=3)
    assert sweep() == 2
    assert [status(number) for number in (first, bystander, second)] == ["todo"] * 3


def test_a_job_over_which_workers_keep_dying_ends_with_the_dead_letters() -> None:
    number = ask(leave_a_mark, run="x", number=1)
    for _ in range(10):
        stall(number)
        assert sweep() == 1
    assert status(number) == "failed"
    failure = JobFailure.objects.get(pk=number)
    assert (failure.error, failure.crashes) == ("WorkerDied", 10)
    heard = ProcrastinateJob.objects.filter(task_name="events.deliver", args__ids__listener_name="tests.mourn")
    died = heard.values_list("args__ids__event", flat=True)
    assert list(died) == ["jobs.job_died.v1"]


def test_the_age_of_the_queue_is_told() -> None:
    ask(leave_a_mark, run="x", number=1)
    ask(leave_a_mark.later(at=datetime.fromisoformat("2099-01-01T00:00:00Z")), run="x", number=2)
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_events set at = now() - interval '90 seconds'")
    (queue,) = job_metrics()
    assert (queue.queue, queue.ready, queue.scheduled, queue.dead) == ("default", 1, 1, 0)
    assert 90 <= queue.oldest_seconds < 100


@pytest.mark.parametrize(
    ("age", "waits", "lag"),
    [(30, False, 0), (30, True, 30), (200, False, 140), (200, True, 200)],
    ids=["in time", "waits", "none came", "waits long"],
)
def test_the_lag_of_the_clock_is_told(age: int, waits: bool, lag: int) -> None:
    number = ask(leave_a_mark, run="x", number=1) if waits else None
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp, job_id)"
            " values ('t', 'p', floor(extract(epoch from now()))::bigint - %s, %s)",
            [age, number],
        )
    assert lag <= clock_lag_seconds() <= lag + 10
