# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from steward.core.events import dispatch
from steward.core.events.public import (
    Event,
    UnknownEvent,
    UnknownListener,
    dump_event,
    emit,
    emit_many,
    event_name,
    event_names,
    listener,
    listeners_of,
    load_event,
)
from steward.core.jobs.models import JobFailure
from steward.core.jobs.public import run_until_idle
from steward.core.tenancy.public import NoScope, OutsideTransaction, scoped, system_scope
from tests.core.jobs.sample_jobs import ClientGreeted, seen


@dataclass(frozen=True, slots=True)
class EverythingHappened(Event):
    number: int
    uid: UUID
    at: datetime
    price: Decimal
    names: tuple[str, ...] = ()


@pytest.fixture(autouse=True)
def nothing_seen() -> Iterator[None]:
    seen.clear()
    yield
    seen.clear()


def test_an_event_survives_the_way_through_json() -> None:
    event = EverythingHappened(1, uuid4(), datetime.now(UTC), Decimal("9.90"), ("İ", "ı"))
    name = event_name(EverythingHappened)
    assert name == "events.everything_happened.v1"
    assert name in event_names()
    assert load_event(name, msgspec.json.decode(msgspec.json.encode(dump_event(event)))) == event


def test_an_event_from_before_a_new_field_is_still_understood() -> None:
    assert load_event("jobs.client_greeted.v1", {"client_id": 3}) == ClientGreeted(3)


@pytest.mark.parametrize("fields", [{}, {"client_id": "three"}, {"client_id": None}])
def test_an_event_that_does_not_fit_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError, match="client_id"):
        load_event("jobs.client_greeted.v1", fields)


def test_what_is_not_known_is_named() -> None:
    with pytest.raises(UnknownEvent, match=r"jobs\.client_greeted\.v9"):
        load_event("jobs.client_greeted.v9", {})
    with pytest.raises(UnknownListener, match="nobody"):
        listener("nobody")


def test_two_events_of_one_name_are_refused() -> None:
    with pytest.raises(TypeError, match="two events"):
        type("ClientGreeted", (Event,), {"__module__": "tests.other.jobs.elsewhere", "__qualname__": "ClientGreeted"})


@pytest.mark.django_db
def test_an_event_needs_a_scope() -> None:
    with pytest.raises(NoScope):
        emit(ClientGreeted(1))


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_a_transaction() -> None:
    with pytest.raises(OutsideTransaction), scoped(system_scope("tests")):
        emit(ClientGreeted(1))


@pytest.mark.django_db
def test_an_event_is_one_job_for_each_listener_and_goes_with_its_transaction() -> None:
    assert listeners_of("jobs.client_greeted.v1") == ("jobs.shout", "jobs.whisper")
    with scoped(system_scope("tests")):
        with transaction.atomic():
            emit(ClientGreeted(1))
            transaction.set_rollback(True)
        assert ProcrastinateJob.objects.count() == 0
        emit(ClientGreeted(1))
    assert sorted(each.args["ids"]["listener_name"] for each in ProcrastinateJob.objects.all()) == [
        "jobs.shout",
        "jobs.whisper",
    ]


@pytest.mark.django_db
def test_a_listener_that_does_not_want_an_event_costs_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ProcrastinateJob.objects.count()
    asked = []
    for name in listeners_of(event_name(ClientGreeted)):
        monkeypatch.setitem(dispatch._wanted, name, lambda: bool(asked.append(1)))
    with scoped(system_scope("tests")), transaction.atomic():
        emit(ClientGreeted(3))
    assert (ProcrastinateJob.objects.count() - before, len(asked)) == (0, len(listeners_of(event_name(ClientGreeted))))
    assert asked


@pytest.mark.django_db(transaction=True)
def test_every_listener_hears_the_event() -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        emit(ClientGreeted(7, times=2))
    run_until_idle()
    assert sorted(each[0] for each in seen) == ["shout", "whisper"]
    assert {each[1] for each in seen} == {ClientGreeted(7, times=2)}


@pytest.mark.django_db(transaction=True)
def test_a_delivery_to_a_listener_that_is_gone_is_seen() -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        emit(ClientGreeted(7))
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set args = replace(args::text, 'jobs.shout', 'jobs.gone')::jsonb")
    run_until_idle()
    failure = JobFailure.objects.get()
    assert failure.message == "UnknownListener: jobs.gone; this version does not know it"
    assert [each[0] for each in seen] == ["whisper"]


@pytest.mark.django_db(transaction=True)
def test_many_events_are_written_with_one_statement_and_each_is_told() -> None:
    with scoped(system_scope("tests")), transaction.atomic(), CaptureQueriesContext(connection) as asked:
        emit_many([ClientGreeted(each) for each in range(50)])
    assert len([each for each in asked if "procrastinate" in each["sql"]]) == 1
    run_until_idle()
    assert len(seen) == 2 * 50  # two listeners
    with pytest.raises(OutsideTransaction), scoped(system_scope("tests")):
        emit_many([ClientGreeted(1)])
