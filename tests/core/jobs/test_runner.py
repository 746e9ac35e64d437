# SPDX-License-Identifier: Apache-2.0
import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from steward.core.access.public import Denied, Refused
from steward.core.audit.public import Entry
from steward.core.identity.public import User
from steward.core.jobs.job import Json, UnknownJob, defer, find_job
from steward.core.jobs.models import JobFailure
from steward.core.jobs.public import Job, dead_letter_drop, dead_letter_rerun, dead_letters, run_until_idle, sweep
from steward.core.tenancy.public import Client, Scope, scoped, system_scope
from tests.core.jobs import sample_jobs
from tests.core.jobs.sample_jobs import (
    fail,
    fail_beside_the_next,
    fail_twice,
    leave_a_mark,
    list_clients,
    seen,
    walk,
    who,
)
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "kanarya-4711"


@pytest.fixture(autouse=True)
def nothing_seen() -> Iterator[None]:
    seen.clear()
    yield
    seen.clear()


def ask(task: Job, scope: Scope | None = None, **ids: Json) -> int:
    with scoped(scope or system_scope("tests")), transaction.atomic():
        number = defer(task, **ids)
    assert number is not None
    return number


def work(*numbers: int) -> None:
    """Run until each of these jobs is at its end, retries included."""
    for _ in range(60):
        run_until_idle()
        if not ProcrastinateJob.objects.filter(pk__in=numbers, status__in=("todo", "doing")).exists():
            return
    raise AssertionError("the jobs do not end")


def effects(kind: str, **params: object) -> int:
    with scoped(system_scope("tests")), transaction.atomic():
        return sum(1 for entry in Entry.objects.filter(kind=kind) if params.items() <= entry.params.items())


def test_a_job_sees_what_its_asker_saw(acme: Client, birch: Client) -> None:
    work(ask(list_clients, Scope(system_scope("tests").actor, frozenset({birch.pk}))), ask(list_clients))
    assert seen == [["Birch"], ["Acme", "Birch"]]


def test_a_job_acts_for_its_asker(tess: User, acting: Acting) -> None:
    with acting(tess):
        defer(who)
    run_until_idle()
    assert seen == [("person", tess.pk, f"#{tess.pk}")]


def test_a_job_that_was_put_into_the_queue_without_a_scope_does_not_run() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args) values ('default', 'tests.list_clients', '{}') returning id"
        )
        (number,) = cursor.fetchone()
    work(number)
    assert seen == [("died", "tests.list_clients", {})]
    assert JobFailure.objects.get(pk=number).error.endswith("NoScope")
    assert ProcrastinateJob.objects.get(pk=number).status == "failed"


def test_what_failed_is_tried_again_and_only_the_last_attempt_has_effects() -> None:
    run = str(uuid4())
    number = ask(fail_twice, run=run)
    work(number)
    assert ProcrastinateJob.objects.get(pk=number).status == "succeeded"
    assert effects("tests.fail_twice.effect", run=run) == 1
    assert effects("tests.fail_twice.effect", run=run, attempt=3) == 1


def test_a_job_that_failed_comes_back_beside_a_newer_one_of_the_same_lock() -> None:
    run = str(uuid4())
    work(ask(fail_beside_the_next.later(queueing_lock="tick"), run=run, first=True))
    work(*ProcrastinateJob.objects.filter(task_name="tests.fail_beside_the_next").values_list("pk", flat=True))
    assert effects("tests.beside.done", run=run, first=True) == effects("tests.beside.done", run=run, first=False) == 1


def test_a_job_that_keeps_failing_becomes_a_dead_letter_that_tells_no_secret(olga: User, acting: Acting) -> None:
    number = ask(fail, how="error", canary=CANARY[:3])
    operator = ask(fail, how="operator", canary=CANARY)
    work(number, operator)
    run_until_idle()
    assert [each for each in seen if each[0] == "attempt"][-1] == ("attempt", 3, True)
    assert ("died", "tests.fail", {"how": "error", "canary": CANARY[:3]}) in seen
    with acting(olga):
        letters = {letter.pk: letter for letter in dead_letters()}
    assert letters[number].error == "RuntimeError"
    assert letters[number].message == ""
    assert letters[number].attempts == 3
    assert letters[operator].message.startswith("The mail server refuses")
    assert CANARY not in letters[operator].message
    assert effects("tests.failed.effect") == 0


@pytest.mark.parametrize("how", ["error", "operator", "disk"])
def test_a_secret_in_an_error_reaches_neither_log_nor_queue(
    how: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    # The canary comes from the code here, as a password would: what lies in the arguments is a reference by rule.
    with caplog.at_level("DEBUG"):
        sample = sample_jobs.fail.function
        assert sample is not None
        number = ask(fail_with_canary, how=how)
        work(number)
    printed = capsys.readouterr()
    with connection.cursor() as cursor:
        cursor.execute(
            "select json_agg(j)::text || coalesce((select json_agg(f)::text from jobs_jobfailure f), '') from procrastinate_jobs j"
        )
        (kept,) = cursor.fetchone()
    assert CANARY not in caplog.text + printed.out + printed.err + json.dumps(kept)
    assert "job_failed" in printed.out + printed.err + caplog.text


@sample_jobs.job(name="tests.fail_with_canary", retry=sample_jobs.QUICK)
def fail_with_canary(*, how: str) -> None:
    fail.function(how=how, canary=CANARY)


def test_what_can_never_work_is_not_tried_again() -> None:
    number = ask(fail, how="give up")
    work(number)
    assert [each for each in seen if each[0] == "attempt"] == [("attempt", 1, False)]
    assert JobFailure.objects.get(pk=number).message == "The asset is gone."


def test_olga_runs_a_dead_letter_again_and_it_is_written_down(olga: User, acting: Acting) -> None:
    number = ask(fail, how="give up")
    work(number)
    with acting(olga) as actor:
        dead_letter_rerun(JobFailure.objects.get(pk=number), actor=actor)
    work(number)
    assert sum(1 for each in seen if each[0] == "attempt") == 2
    assert effects("jobs.dead_letter.rerun", job=number) == 1


def test_olga_drops_a_dead_letter_with_a_reason(olga: User, acting: Acting) -> None:
    number = ask(fail, how="give up")
    work(number)
    letter = JobFailure.objects.get(pk=number)
    with pytest.raises(Refused, match="reason"), acting(olga) as actor:
        dead_letter_drop(letter, actor=actor, reason=" ")
    with acting(olga) as actor:
        dead_letter_drop(letter, actor=actor, reason="The asset was sold.")
        assert not dead_letters().exists()
    letter.refresh_from_db()
    assert (letter.reason, letter.dropped_by) == ("The asset was sold.", olga)
    assert ProcrastinateJob.objects.get(pk=number).status == "cancelled"
    with pytest.raises(Refused, match="not dead"), acting(olga) as actor:
        dead_letter_rerun(letter, actor=actor)


def test_tess_may_not_touch_dead_letters_and_limited_staff_see_none(
    tess: User, olga: User, acting: Acting, acme: Client
) -> None:
    number = ask(fail, how="give up")
    work(number)
    with pytest.raises(Denied), acting(tess) as actor:
        dead_letter_rerun(JobFailure.objects.get(pk=number), actor=actor)
    with scoped(Scope(system_scope("tests").actor, frozenset({acme.pk}))):
        assert not dead_letters().exists()


def test_a_job_whose_code_is_gone_is_seen(olga: User, acting: Acting) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args) values ('default', 'tests.removed', '{}') returning id"
        )
        (number,) = cursor.fetchone()
    work(number)
    sweep()
    with acting(olga):
        assert [(each.pk, each.error) for each in dead_letters()] == [(number, "TaskNotFound")]
    with pytest.raises(UnknownJob):
        find_job("tests.removed")


def test_the_same_job_run_twice_has_its_effects_once() -> None:
    run = str(uuid4())
    number = ask(leave_a_mark, run=run, number=1)
    work(number)
    # as after a kill between the commit and the word to the queue
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'todo' where id = %s", [number])
    work(number)
    assert ProcrastinateJob.objects.get(pk=number).attempts == 2
    assert effects("tests.mark.whole", run=run) == 1


def test_steps_with_their_own_transactions_happen_once_each() -> None:
    run = str(uuid4())
    work(ask(walk, run=run, steps=3), ask(walk, run=run, steps=5))
    assert effects("tests.walk.step", run=run) == 5
