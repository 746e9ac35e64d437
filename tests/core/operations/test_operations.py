# SPDX-License-Identifier: Apache-2.0
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from steward.core.access.public import Denied, Refused, Role
from steward.core.audit.public import Entry
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.models import InboxItem
from steward.core.operations import work as working
from steward.core.operations.models import Operation
from steward.core.operations.public import Work, cancel, find_operation, operation_text, operations, start
from steward.core.operations.work import OperationTakenOver, _begin
from steward.core.tenancy.public import (
    ALL,
    Actor,
    Client,
    ForeignClient,
    OutsideTransaction,
    Scope,
    scoped,
    system_scope,
)
from tests.core.operations import sample_work
from tests.fixtures.actors import Acting, make_person
from tests.fixtures.worker import Worker, eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_between() -> Iterator[None]:
    sample_work.between.clear()
    yield
    sample_work.between.clear()


def begin(
    kind: str, person: User, acting: Acting, *, client: Client | None = None, total: int | None = None, **params: object
) -> Operation:
    with acting(person) as actor:
        return start(kind, actor=actor, client=client, total=total, params=params)


def look(operation: Operation) -> Operation:
    """As somebody else sees it, on a connection of its own."""

    def read() -> Operation:
        try:
            with scoped(system_scope("tests")), transaction.atomic():
                return Operation.objects.get(pk=operation.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(read).result()


def counted(run: str) -> Counter[int]:
    with scoped(system_scope("tests")), transaction.atomic():
        return Counter(
            Entry.objects.filter(kind="tests.counted.one", params__run=run).values_list("params__number", flat=True)
        )


def test_progress_is_seen_while_the_work_goes_on(tess: User, acting: Acting) -> None:
    operation = begin("tests.count", tess, acting, total=10, to=10, run=str(uuid4()))
    seen: list[tuple[int, str, str]] = []
    sample_work.between.append(
        lambda _work: seen.append((look(operation).done, look(operation).state, operation_text(look(operation))))
    )
    run_until_idle()
    assert seen == [(0, "running", "")] + [(n, "running", f"At {n} of 10") for n in range(1, 10)]
    ended = look(operation)
    assert (ended.state, ended.done, ended.percent, ended.result) == ("done", 10, 100, {"counted": 10})
    assert ended.owner_id == tess.pk
    assert ended.finished_at is not None


def test_shown_progress_is_written_rarely(tess: User, acting: Acting) -> None:
    operation = begin("tests.show", tess, acting, total=500, to=500)
    writes: list[int] = []
    sample_work.between.append(lambda work: writes.append(work.done))
    run_until_idle()
    assert len(set(writes)) < 20
    assert look(operation).done == 500


def test_cancelling_is_honoured_before_the_next_step(tess: User, acting: Acting) -> None:
    run = str(uuid4())
    operation = begin("tests.count", tess, acting, total=10, to=10, run=run)

    def stop(work: Work) -> None:
        if work.done == 3:
            with acting(tess) as actor:
                cancel(operation, actor=actor)

    sample_work.between.append(stop)
    run_until_idle()
    assert (look(operation).state, look(operation).done) == ("cancelled", 3)
    assert counted(run) == Counter(range(3))
    with pytest.raises(Refused, match="ended"), acting(tess) as actor:
        cancel(operation, actor=actor)


def test_what_has_not_begun_is_cancelled_at_once_and_never_begins(tess: User, acting: Acting) -> None:
    run = str(uuid4())
    operation = begin("tests.count", tess, acting, to=10, run=run)
    with acting(tess) as actor:
        cancel(operation, actor=actor)
    assert look(operation).state == "cancelled"
    run_until_idle()
    assert counted(run) == Counter()


def test_only_the_owner_or_a_manager_stops_work(tess: User, olga: User, aud: User, acting: Acting) -> None:
    operation = begin("tests.count", olga, acting, to=10, run="x")
    for person in (tess, aud):
        with pytest.raises(Denied), acting(person) as actor:
            cancel(operation, actor=actor)
    other = begin("tests.count", tess, acting, to=10, run="x")
    with acting(olga) as actor:
        cancel(other, actor=actor)
    assert look(other).state == "cancelled"


def test_work_that_fails_says_so_without_its_secrets_and_begins_anew_before(tess: User, acting: Acting) -> None:
    operation = begin("tests.break", tess, acting)
    run_until_idle()
    assert look(operation).state == "running"
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null")
    run_until_idle()
    failed = look(operation)
    assert (failed.state, failed.error, failed.error_text) == ("failed", "RuntimeError", "")
    final = begin("tests.break", tess, acting, final=True)
    run_until_idle()
    assert (look(final).state, look(final).error_text) == ("failed", "The client is gone.")


def test_a_step_of_a_worker_that_was_taken_for_dead_rolls_back(tess: User, acting: Acting) -> None:
    run = str(uuid4())
    operation = begin("tests.count", tess, acting, total=3, to=3, run=run)
    with scoped(system_scope("tests")):
        slow = _begin(operation.uid)
        assert slow is not None
        with pytest.raises(OperationTakenOver), slow.step(done=1, checkpoint={"next": 1}):
            run_until_idle()  # another worker does it all meanwhile
    assert (look(operation).state, look(operation).done) == ("done", 3)
    assert counted(run) == Counter(range(3))


def test_progress_inside_a_transaction_is_refused(tess: User, acting: Acting) -> None:
    operation = begin("tests.show", tess, acting, to=1)
    with scoped(system_scope("tests")):
        work = _begin(operation.uid)
        assert work is not None
        with transaction.atomic(), pytest.raises(working.InsideTransaction):
            work.progress(1)


def test_long_work_tells_its_owner_when_it_ends(tess: User, acting: Acting) -> None:
    quick = begin("tests.count", tess, acting, to=1, run="x")
    long = begin("tests.count", tess, acting, to=1, run="x")
    with scoped(system_scope("tests")), transaction.atomic():
        Operation.objects.filter(pk=long.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    run_until_idle()
    assert look(quick).state == look(long).state == "done"
    item = InboxItem.objects.get(person=tess)
    assert item.params == {"operation": f"operations.operation:{long.uid}", "state": "done"}


def test_bob_does_not_see_the_work_of_acme_and_tess_not_that_of_olga(
    alice: User, bob: User, tess: User, olga: User, acting: Acting, acme: Client
) -> None:
    operation = begin("tests.count", alice, acting, to=1, run="x")
    assert operation.client_id == acme.pk
    with acting(alice):
        assert find_operation(operation.uid) == operation
    for person in (bob, tess):
        with acting(person):
            assert find_operation(operation.uid) is None
    own = begin("tests.count", olga, acting, to=1, run="x")
    with acting(tess):
        assert not operations().exists()
    everything = Scope(Actor("person", "Olga", frozenset({"operations.view", "tests.view"}), olga.pk), ALL)
    with scoped(everything), transaction.atomic():
        assert set(operations()) == {operation, own}


def test_starting_needs_a_transaction_and_a_client_that_is_meant(
    tess: User, acting: Acting, acme: Client, birch: Client
) -> None:
    with scoped(system_scope("tests")), pytest.raises(OutsideTransaction):
        start("tests.count", actor=system_scope("tests").actor)
    limited = make_person("Lin Limited", Role.TECHNICIAN_L1, all_clients=False)
    for_two = Scope(Actor("person", "Lin", frozenset(), limited.pk), frozenset({acme.pk, birch.pk}))
    with scoped(for_two), transaction.atomic(), pytest.raises(ForeignClient):
        start("tests.count", actor=for_two.actor)


def test_work_goes_on_where_a_killed_worker_left_it(
    start_worker: Callable[..., Worker], tess: User, acting: Acting
) -> None:
    run = str(uuid4())
    operation = begin("tests.count", tess, acting, total=10, to=10, run=run, seconds=0.3)
    worker = start_worker()
    eventually(lambda: look(operation).done >= 3, within=20, what="three steps")
    worker.kill()
    start_worker()
    eventually(lambda: look(operation).state == "done", within=60, what="the work went on")
    assert counted(run) == Counter(range(10))
    assert look(operation).run == 2
