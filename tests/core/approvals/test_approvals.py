# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from steward.core.access.public import Denied, Refused, Role
from steward.core.approvals import questions
from steward.core.approvals.actions import expire_due
from steward.core.approvals.models import Approval, Decision
from steward.core.approvals.public import (
    approvals,
    approvals_of,
    ask,
    decide,
    find_approval,
    question_text,
    register_question,
    waiting_for_me,
    withdraw,
)
from steward.core.approvals.queries import approvers
from steward.core.audit.public import Entry
from steward.core.events.public import Event
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.models import InboxItem
from steward.core.records.public import RecordRef
from steward.core.tenancy.public import Client, OutsideTransaction, scoped, system_scope
from tests.fixtures.actors import Acting, make_person

pytestmark = pytest.mark.django_db(transaction=True)
RECORD = RecordRef("tests.change", uuid4())
DAY = timedelta(days=1)
Asking = Callable[..., Approval]


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    before = dict(questions._questions)
    register_question("tests.reboot", text="Restart %(count)s servers?", params=frozenset({"count"}))
    yield
    questions._questions.clear()
    questions._questions.update(before)


@pytest.fixture
def asking(tess: User, acting: Acting, acme: Client) -> Asking:
    """`asking(person, quorum=…)`: a question of Acme's, for its approvers; by Tess unless told."""

    def by(person: User = tess, **given: object) -> Approval:
        wanted = {
            "record": RECORD,
            "client": acme,
            "params": {"count": 3},
            "role": Role.CLIENT_APPROVER,
            "expires_in": DAY,
        } | given
        with acting(person) as actor:
            return ask("tests.reboot", actor=actor, **wanted)  # type: ignore[arg-type]  # a test's own bundle

    return by


@pytest.fixture
def ann(acme: Client) -> User:
    return make_person("Ann Approver", Role.CLIENT_APPROVER, client=acme)


@pytest.fixture
def adam(acme: Client) -> User:
    return make_person("Adam Approver", Role.CLIENT_APPROVER, client=acme)


def answer(person: User, approval: Approval, acting: Acting, verdict: str = "approve", reason: str = "") -> Approval:
    with acting(person) as actor:
        return decide(approval, actor=actor, verdict=verdict, reason=reason)


def look(approval: Approval) -> Approval:
    with scoped(system_scope("tests")), transaction.atomic():
        return Approval.objects.get(pk=approval.pk)


def told(kind: type[Event] | str = "approvals.approval_ended.v1") -> list[dict[str, object]]:
    jobs = ProcrastinateJob.objects.filter(args__ids__event=kind, args__ids__listener_name="approvals.tell_asker")
    return [job.args["ids"]["fields"] for job in jobs]


def test_one_yes_is_enough_when_one_was_asked_for(asking: Asking, ann: User, acting: Acting) -> None:
    approval = asking()
    with acting(ann):
        assert list(waiting_for_me()) == [approval]
        assert question_text(approval.kind, approval.params) == "Restart 3 servers?"
    answer(ann, approval, acting)
    assert look(approval).state == "approved"
    assert told() == [
        {"approval": str(approval.uid), "kind": "tests.reboot", "state": "approved", "record": str(RECORD)}
    ]
    with acting(ann):
        assert not waiting_for_me().exists()
        assert list(approvals_of(RECORD)) == [approval]
    with scoped(system_scope("tests")), transaction.atomic():
        kinds = set(Entry.objects.filter(record_id=str(approval.uid)).values_list("kind", flat=True))
    assert kinds == {"approvals.approval.ask", "approvals.approval.decide"}


def test_a_quorum_of_two_takes_two_people(asking: Asking, ann: User, adam: User, acting: Acting) -> None:
    approval = asking(quorum=2)
    answer(ann, approval, acting)
    assert look(approval).state == "open"
    with pytest.raises(Refused, match="already"):
        answer(ann, approval, acting)
    with acting(ann):
        assert not waiting_for_me().exists()
    answer(adam, approval, acting)
    assert look(approval).state == "approved"


def test_nobody_approves_what_they_asked_for(asking: Asking, ann: User, adam: User, acting: Acting) -> None:
    approval = asking(ann)
    with acting(ann):
        assert not waiting_for_me().exists()
    with pytest.raises(Refused, match="yourself"):
        answer(ann, approval, acting)
    answer(adam, approval, acting)
    assert look(approval).state == "approved"


def test_one_no_is_enough_and_says_why(asking: Asking, ann: User, acting: Acting) -> None:
    approval = asking(quorum=2)
    with pytest.raises(Refused, match="why"):
        answer(ann, approval, acting, "reject")
    with pytest.raises(Refused, match="verdict"):
        answer(ann, approval, acting, "perhaps")
    answer(ann, approval, acting, "reject", "Not on a Friday.")
    assert look(approval).state == "rejected"
    with pytest.raises(Refused, match="no longer open"):
        answer(ann, approval, acting)


def test_silence_is_not_consent(asking: Asking, ann: User, acting: Acting) -> None:
    approval, other = asking(), asking()
    with scoped(system_scope("tests")), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refused, match="no longer open"):
        answer(ann, approval, acting)
    with scoped(system_scope("tests")), transaction.atomic():
        assert expire_due() == 1
        assert expire_due() == 0
    assert (look(approval).state, look(other).state) == ("expired", "open")
    assert [each["state"] for each in told()] == ["expired"]


def test_who_was_not_asked_may_not_answer(
    asking: Asking, alice: User, tess: User, aud: User, ann: User, acting: Acting
) -> None:
    approval = asking(ann)
    for person in (alice, tess, aud):
        with pytest.raises(Denied):
            answer(person, approval, acting)
    with scoped(system_scope("tests")), transaction.atomic(), pytest.raises(Denied):
        decide(approval, actor=system_scope("tests").actor, verdict="approve")


def test_bob_of_birch_sees_nothing_of_it(asking: Asking, birch: Client, acting: Acting) -> None:
    approval = asking()
    bob = make_person("Bob Approver", Role.CLIENT_APPROVER, client=birch)
    with acting(bob):
        assert find_approval(approval.uid) is find_approval(UUID(int=0)) is None
        assert not waiting_for_me().exists()
    with pytest.raises(Approval.DoesNotExist):
        answer(bob, approval, acting)


def test_a_permission_asks_whoever_holds_it(
    asking: Asking, olga: User, omar: User, tess: User, alice: User, acting: Acting
) -> None:
    approval = asking(role=None, permission="jobs.manage")
    with scoped(system_scope("tests")), transaction.atomic():
        assert approvers(approval) == [olga, omar]
    with pytest.raises(Denied):
        answer(alice, approval, acting)
    answer(omar, approval, acting)
    assert look(approval).state == "approved"


def test_the_asker_takes_it_back_and_others_may_not(
    asking: Asking, tess: User, ann: User, olga: User, acting: Acting
) -> None:
    approval = asking()
    with pytest.raises(Denied), acting(ann) as actor:
        withdraw(approval, actor=actor)
    with acting(tess) as actor:
        withdraw(approval, actor=actor)
    assert look(approval).state == "withdrawn"
    other = asking()
    with acting(olga) as actor:
        withdraw(other, actor=actor)
        with pytest.raises(Refused):
            withdraw(other, actor=actor)


def test_approvers_and_the_asker_are_told(
    asking: Asking, tess: User, ann: User, adam: User, alice: User, acting: Acting
) -> None:
    approval = asking()
    run_until_idle()
    assert set(InboxItem.objects.filter(kind="approvals.asked").values_list("person", flat=True)) == {ann.pk, adam.pk}
    answer(ann, approval, acting)
    run_until_idle()
    item = InboxItem.objects.get(kind="approvals.ended")
    assert (item.person, item.params["state"]) == (tess, "approved")


def test_the_database_counts_nobody_twice(asking: Asking, ann: User) -> None:
    approval = asking(quorum=2)
    with scoped(system_scope("tests")), transaction.atomic():
        twice = [
            Decision(approval=approval, client_id=approval.client_id, person=ann, verdict="approve") for _ in range(2)
        ]
        twice[0].save()
        with pytest.raises(IntegrityError, match="decision_once"):
            twice[1].save()


@pytest.mark.parametrize(
    "wrong",
    [{"quorum": 0}, {"expires_in": timedelta(0)}, {"expires_in": timedelta(days=91)}, {"role": None}, {"params": {}}],
)
def test_a_question_that_makes_no_sense_is_refused(asking: Asking, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"tests\.reboot"):
        asking(**wrong)
    with scoped(system_scope("tests")), transaction.atomic():
        assert not approvals().exists()


def test_a_question_needs_a_transaction(acme: Client) -> None:
    assert not connection.in_atomic_block
    with scoped(system_scope("tests")), pytest.raises(OutsideTransaction):
        ask(
            "tests.reboot",
            actor=system_scope("x").actor,
            record=RECORD,
            client=acme,
            params={"count": 1},
            permission="x.y",
            expires_in=DAY,
        )
