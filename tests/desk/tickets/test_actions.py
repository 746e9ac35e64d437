# SPDX-License-Identifier: Apache-2.0
"""The life of a ticket: opened, worked on, answered, resolved, reopened, closed; and who may."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from steward.core.access.public import Denied, Refused, Role
from steward.core.audit.models import Entry
from steward.core.files.public import find_file
from steward.core.identity.public import User
from steward.core.jobs.public import waiting_jobs
from steward.core.records.public import find_record, record_ref
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.tickets.actions import (
    Attached,
    queue_archive,
    queue_create,
    ticket_assign,
    ticket_edit,
    ticket_link,
    ticket_note,
    ticket_open,
    ticket_reopen,
    ticket_reply,
    ticket_resolve,
    ticket_set_status,
    ticket_unlink,
    ticket_write_note,
)
from steward.desk.tickets.kinds import UnknownTimelineKind, register_timeline_kind, timeline_words
from steward.desk.tickets.models import Ticket
from steward.desk.tickets.queries import open_ticket_linked_to, tickets_linked_to, timeline_of
from steward.desk.tickets.tasks import close, close_old
from steward.estate.assets.public import asset_create
from steward.promises.agreements.public import Agreement
from steward.promises.sla.public import SlaPolicy
from tests.desk.tickets.conftest import OpenTicket, happened, now_of, owed
from tests.fixtures.actors import Acting, make_person

pytestmark = pytest.mark.django_db


def test_a_ticket_has_a_number_a_priority_and_clocks_with_their_clauses(
    contract: Agreement, open_ticket: OpenTicket
) -> None:
    ticket = open_ticket(impact=1, urgency=1, summary="  Nobody \n can sign in ")
    assert ticket.number.startswith("T-")
    assert (ticket.priority, ticket.status, ticket.summary) == ("P1", "new", "Nobody can sign in")
    due = owed(ticket)
    assert {kind: each.clause for kind, each in due.items()} == {
        "response": f"{contract.number} 3.1",
        "resolution": f"{contract.number} 3.2",
    }
    assert due["response"].target_seconds == 15 * 60
    now = now_of(ticket)
    assert (now.due_at, now.due_kind) == (due["response"].due_at, "response")


def test_without_a_contract_the_usual_policy_runs_and_no_clause_is_cited(
    standard: SlaPolicy, open_ticket: OpenTicket
) -> None:
    assert {each.clause for each in owed(open_ticket()).values()} == {""}


def test_without_any_policy_a_ticket_owes_nothing(open_ticket: OpenTicket) -> None:
    ticket = open_ticket()
    assert owed(ticket) == {}
    assert now_of(ticket).due_at is None


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("summary", {"summary": " \n"}),
        ("summary", {"summary": "x" * 201}),
        ("kind", {"kind": "wish"}),
        ("impact", {"impact": 0}),
        ("urgency", {"urgency": 4}),
        ("source", {"source": "pigeon"}),
        ("description", {"description": "x" * 50_001}),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(open_ticket: OpenTicket, field: str, given: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        open_ticket(**given)
    assert refused.value.field == field


def test_an_asset_of_another_client_is_refused(
    acme: Client, birch: Client, tess: User, olga: User, acting: Acting, open_ticket: OpenTicket
) -> None:
    with acting(olga) as actor:
        theirs = asset_create(birch, actor=actor, name="birch-web-01", kind="virtual_server")
    with pytest.raises(Refused) as refused:
        open_ticket(asset=theirs)
    assert refused.value.field == "asset"
    ticket = open_ticket()
    with acting(tess) as actor, pytest.raises(Refused) as refused:
        ticket_link(actor=actor, ticket=ticket, ref=record_ref(theirs))
    assert refused.value.field == "ref"


def test_impact_and_urgency_make_the_priority_and_the_clock_follows(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket = open_ticket()
    with acting(tess) as actor:
        ticket_edit(actor=actor, ticket=ticket, impact=1, urgency=1)
    assert ("tickets.priority", {"before": "P3", "after": "P1", "impact": 1, "urgency": 1}) in happened(ticket)
    assert owed(ticket)["resolution"].target_seconds == 240 * 60


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    open_ticket: OpenTicket, tess: User, olga: User, acting: Acting
) -> None:
    ticket = open_ticket()
    with acting(olga) as actor:
        ticket_edit(actor=actor, ticket=ticket, summary="Mail is late", seen=ticket.version)
    with acting(tess) as actor, pytest.raises(Refused) as refused:
        ticket_edit(actor=actor, ticket=ticket, summary="Mail is gone", seen=ticket.version)
    assert refused.value.field == "version"
    assert now_of(ticket).summary == "Mail is late"


def test_a_change_that_changes_nothing_leaves_no_trace(open_ticket: OpenTicket, tess: User, acting: Acting) -> None:
    ticket = open_ticket()
    with acting(tess) as actor:
        ticket_edit(actor=actor, ticket=ticket, impact=2)
        ticket_assign(actor=actor, ticket=ticket, assignee=None)
        ticket_set_status(actor=actor, ticket=ticket, status="new")
    assert [kind for kind, _params in happened(ticket)] == ["tickets.opened"]
    assert now_of(ticket).version == ticket.version


def test_waiting_for_the_client_pauses_the_resolution_and_working_on_goes_on(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket = open_ticket(impact=1, urgency=1)
    with acting(tess) as actor:
        ticket_reply(actor=actor, ticket=ticket, body="Since when?")
        ticket_set_status(actor=actor, ticket=ticket, status="waiting_client")
    assert owed(ticket)["resolution"].due_at is None
    assert now_of(ticket).due_at is None
    with acting(tess) as actor:
        ticket_set_status(actor=actor, ticket=ticket, status="open")
    assert now_of(ticket).due_at == owed(ticket)["resolution"].due_at is not None


def test_the_first_public_reply_meets_the_response_and_an_internal_note_does_not(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket = open_ticket()
    with acting(tess) as actor:
        ticket_write_note(actor=actor, ticket=ticket, body="The disk is full again.")
        assert owed(ticket)["response"].met_at is None
        ticket_reply(actor=actor, ticket=ticket, body="We received it.", automatic=True)
        assert owed(ticket)["response"].met_at is None
        ticket_reply(actor=actor, ticket=ticket, body="We look into it.")
    assert owed(ticket)["response"].state == "met"
    assert now_of(ticket).status == "open"


def test_resolved_reopened_resolved_and_closed_for_good(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket = open_ticket()
    with acting(tess) as actor:
        with pytest.raises(Refused) as refused:
            ticket_set_status(actor=actor, ticket=ticket, status="resolved")
        assert refused.value.field == "status"
        ticket_resolve(actor=actor, ticket=ticket, resolution="Restarted the relay.")
        assert owed(ticket)["resolution"].state == "met"
        with pytest.raises(Refused):
            ticket_resolve(actor=actor, ticket=ticket, resolution="Again.")
        ticket_reopen(actor=actor, ticket=ticket, reason="It is back.")
        assert owed(ticket)["resolution"].state == "open"
        assert now_of(ticket).resolved_at is None
        ticket_resolve(actor=actor, ticket=ticket, resolution="Replaced the relay.")
        ticket_set_status(actor=actor, ticket=ticket, status="closed")
        with pytest.raises(Refused):
            ticket_reopen(actor=actor, ticket=ticket, reason="Once more.")
        with pytest.raises(Refused):
            ticket_edit(actor=actor, ticket=ticket, impact=1)
    assert now_of(ticket).closed_at is not None


def test_what_is_resolved_for_the_past_is_not_resolved_before_it_was_opened(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    opened = timezone.now() - timedelta(hours=2)
    ticket = open_ticket(at=opened)
    with acting(tess) as actor:
        ticket_resolve(actor=actor, ticket=ticket, resolution="Was it.", at=opened - timedelta(hours=1))
    assert now_of(ticket).resolved_at == opened


def test_only_somebody_who_may_work_on_it_is_given_it(
    open_ticket: OpenTicket, tess: User, alice: User, aud: User, birch: Client, acting: Acting
) -> None:
    ticket = open_ticket()
    elsewhere = make_person("Ece Elsewhere", Role.TECHNICIAN_L1, all_clients=False)
    with acting(tess) as actor:
        for person in (alice, aud, elsewhere):
            with pytest.raises(Refused) as refused:
                ticket_assign(actor=actor, ticket=ticket, assignee=person)
            assert refused.value.field == "assignee"
        ticket_assign(actor=actor, ticket=ticket, assignee=tess)
    assert now_of(ticket).assignee == tess


def test_alice_reads_what_is_public_and_never_an_internal_note(
    open_ticket: OpenTicket, tess: User, alice: User, acting: Acting
) -> None:
    ticket = open_ticket()
    picture = Attached("notes.txt", BytesIO(b"for us alone"))
    with acting(tess) as actor:
        ticket_reply(actor=actor, ticket=ticket, body="We look into it.")
        note = ticket_write_note(actor=actor, ticket=ticket, body="They forgot to pay.", files=[picture])
        ticket_assign(actor=actor, ticket=ticket, assignee=tess)
        file = note.attachments.get().file
    with acting(alice):
        seen = list(timeline_of(now_of(ticket)))
        assert [each.message.body for each in seen if each.message] == ["We look into it."]
        assert not any(each.kind in ("tickets.note", "tickets.assigned") for each in seen)
        assert find_file(file.uid) is None
    with acting(tess):
        assert find_file(file.uid) == file


@pytest.mark.parametrize("person", ["alice", "aud"])
def test_who_only_reads_writes_nothing(
    person: str, open_ticket: OpenTicket, acting: Acting, request: pytest.FixtureRequest
) -> None:
    ticket = open_ticket()
    with acting(request.getfixturevalue(person)) as actor:
        for write in (
            lambda: ticket_reply(actor=actor, ticket=ticket, body="Hello"),
            lambda: ticket_write_note(actor=actor, ticket=ticket, body="Hello"),
            lambda: ticket_resolve(actor=actor, ticket=ticket, resolution="Done"),
            lambda: ticket_edit(actor=actor, ticket=ticket, impact=1),
        ):
            with pytest.raises(Denied):
                write()


def test_bob_does_not_find_acmes_ticket(open_ticket: OpenTicket, bob: User, acting: Acting) -> None:
    ticket = open_ticket()
    with acting(bob):
        assert find_record(record_ref(ticket)) is None
        assert not Ticket.objects.exists()


def test_the_ticket_that_has_to_do_with_a_record_is_found_while_it_is_open(
    open_ticket: OpenTicket, acme: Client, tess: User, olga: User, acting: Acting
) -> None:
    with acting(olga) as actor:
        ref = record_ref(asset_create(acme, actor=actor, name="acme-web-01", kind="virtual_server"))
    ticket = open_ticket(linked=[ref])
    with acting(tess) as actor:
        assert not ticket_link(actor=actor, ticket=ticket, ref=ref)
        assert open_ticket_linked_to(ref) == ticket
        ticket_resolve(actor=actor, ticket=ticket, resolution="Done")
        assert open_ticket_linked_to(ref) is None
        assert tickets_linked_to(ref) == [ticket]
        assert ticket_unlink(actor=actor, ticket=ticket, ref=ref)
        assert tickets_linked_to(ref) == []


def test_other_rooms_add_kinds_with_parameters_and_never_sentences(
    open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    register_timeline_kind("tests.cleared", lambda params: f"cleared after {params['count']} times")
    ticket = open_ticket()
    with acting(tess) as actor:
        ticket_note(actor=actor, ticket=ticket, kind="tests.cleared", params={"count": 3})
        with pytest.raises(UnknownTimelineKind):
            ticket_note(actor=actor, ticket=ticket, kind="tests.nobody_knows", params={})
        with pytest.raises(Refused):
            ticket_note(actor=actor, ticket=ticket, kind="tests.cleared", params={"count": "x" * 4000})
    assert timeline_words(*happened(ticket)[-1]) == "cleared after 3 times"
    assert timeline_words("tests.cleared", {}) == "tests.cleared"


def test_what_happened_can_only_be_added_to(open_ticket: OpenTicket, tess: User, acting: Acting) -> None:
    ticket = open_ticket()
    with acting(tess), pytest.raises(ProgrammingError, match="permission denied"):
        ticket.timeline.update(kind="tickets.resolved")


def test_a_ticket_that_names_no_queue_waits_in_the_default_one(
    open_ticket: OpenTicket, omar: User, acting: Acting
) -> None:
    with acting(omar) as actor:
        desk = queue_create(actor=actor, name="Service desk", is_default=True)
        network = queue_create(actor=actor, name="Network")
        with pytest.raises(Refused) as refused:
            queue_create(actor=actor, name="network")
        assert refused.value.field == "name"
        with pytest.raises(Refused):
            queue_archive(desk, actor=actor)
        queue_archive(network, actor=actor)
    assert open_ticket().queue == desk
    with pytest.raises(Refused) as refused:
        open_ticket(queue=network)
    assert refused.value.field == "queue"


def test_every_write_stands_in_the_audit_and_leads_to_the_ticket(
    open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket = open_ticket()
    with acting(tess) as actor:
        ticket_resolve(actor=actor, ticket=ticket, resolution="Done")
        kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"tickets.ticket.open", "tickets.ticket.resolve"} <= kinds


def test_the_system_opens_a_ticket_for_what_it_saw(acme: Client, contract: Agreement) -> None:
    scope = system_scope("alerts", frozenset({acme.pk}))
    with scoped(scope), transaction.atomic():
        ticket = ticket_open(
            actor=scope.actor,
            client=acme,
            kind="incident",
            summary="Disk is full",
            impact=1,
            urgency=2,
            source="alert",
            at=timezone.now() - timedelta(minutes=5),
        )
    assert owed(ticket)["response"].zero_at == ticket.opened_at.replace(microsecond=0)
    assert happened(ticket)[0] == ("tickets.opened", {"status": "new", "priority": "P2", "source": "alert"})


def test_what_was_resolved_a_week_ago_is_closed_and_what_was_not_stays(
    open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    old, fresh = (open_ticket(at=timezone.now() - timedelta(days=9)) for _each in range(2))
    with acting(tess) as actor:
        ticket_resolve(actor=actor, ticket=old, resolution="Done.", at=timezone.now() - timedelta(days=8))
        ticket_resolve(actor=actor, ticket=fresh, resolution="Done.")
    with scoped(system_scope("tests")), transaction.atomic():
        close_old()
        close(ticket=str(old.uid))
        close(ticket=str(old.uid))
        (job,) = waiting_jobs().filter(task_name="tickets.close")
    assert str(old.uid) in str(job.args)
    assert (now_of(old).status, now_of(fresh).status) == ("closed", "resolved")
