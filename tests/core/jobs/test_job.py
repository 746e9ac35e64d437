# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from steward.core.identity.public import User
from steward.core.jobs.public import NotAReference, defer, defer_many, job, once, periodic
from steward.core.tenancy.public import NoScope, OutsideTransaction, scoped, system_scope
from tests.core.jobs.sample_jobs import leave_a_mark, list_clients
from tests.fixtures.actors import Acting


def waiting() -> int:
    return ProcrastinateJob.objects.filter(status="todo").count()


@pytest.mark.django_db
def test_a_job_is_as_durable_as_its_transaction(tess: User, acting: Acting) -> None:
    with acting(tess):
        defer(list_clients)
    assert waiting() == 1

    with acting(tess):
        defer(list_clients)
        assert waiting() == 2
        transaction.set_rollback(True)
    assert waiting() == 1


@pytest.mark.django_db
def test_a_job_without_a_scope_is_refused() -> None:
    with pytest.raises(NoScope), transaction.atomic():
        defer(list_clients)


@pytest.mark.django_db(transaction=True)
def test_a_job_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransaction), scoped(system_scope("tests")):
        defer(list_clients)
    with pytest.raises(OutsideTransaction):
        once("tests")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ids",
    [
        {"password": "x"},
        {"Token": 1},
        {"fields": [{"a": {"api_key": 1}}]},
        {"when": timezone.now()},
        {"text": "x" * 9000},
        {"number": float("nan")},
    ],
)
def test_only_references_lie_in_a_waiting_job(ids: dict[str, str]) -> None:
    with pytest.raises(NotAReference), scoped(system_scope("tests")):
        defer(list_clients, **ids)
    assert waiting() == 0


@pytest.mark.django_db
def test_a_waiting_job_names_nobody(tess: User, acting: Acting) -> None:
    with acting(tess):
        defer(list_clients)
    kept = str(ProcrastinateJob.objects.get().args)
    assert "Tess" not in kept
    assert "tess@" not in kept


@pytest.mark.django_db
def test_a_queueing_lock_lets_one_wait_and_spares_the_transaction() -> None:
    with scoped(system_scope("tests")):
        assert defer(list_clients.later(queueing_lock="one")) is not None
        assert defer(list_clients.later(queueing_lock="one")) is None
        assert defer(list_clients.later(queueing_lock="other")) is not None
    assert waiting() == 2


@pytest.mark.django_db
def test_many_are_deferred_in_one_statement(django_assert_num_queries: object) -> None:
    with scoped(system_scope("tests")), django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's fixture
        numbers = defer_many(
            leave_a_mark.later(at=timezone.now() + timedelta(hours=1)), [{"run": "x", "number": n} for n in range(50)]
        )
    assert len(set(numbers)) == waiting() == 50


@pytest.mark.django_db
def test_once_is_true_once_and_forgotten_with_its_transaction() -> None:
    with transaction.atomic():
        assert once("tests.a")
        transaction.set_rollback(True)
    with transaction.atomic():
        assert once("tests.a")
        assert not once("tests.a")


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="two jobs"):
        job(name="tests.list_clients")(lambda: None)
    with pytest.raises(ValueError, match=r"room\.verb"):
        job(name="nameless")(lambda: None)
    with pytest.raises(ValueError, match="cron"):
        periodic("every day", name="tests.daily")
