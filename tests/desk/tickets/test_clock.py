# SPDX-License-Identifier: Apache-2.0
"""The clock of a ticket is read from its timeline: equal to the oracle for any life, and each threshold acts once."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given, settings

from steward.cli.main import main
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.models import Notice
from steward.core.tenancy.public import scoped, system_scope
from steward.desk.oncall.models import Page
from steward.desk.tickets.actions import ticket_assign, ticket_reply, ticket_resolve, ticket_set_status
from steward.desk.tickets.clock import SEEN, events_of
from steward.desk.tickets.kinds import timeline_words
from steward.desk.tickets.models import Ticket, TimelineEntry
from steward.promises.agreements.public import Agreement
from steward.promises.sla.document import parse
from steward.promises.sla.explain import as_json
from steward.promises.sla.public import Kind, Obligation, clock_keep, read
from steward.promises.sla.tasks import tick
from tests.desk.tickets.conftest import OpenTicket, happened, now_of, owed
from tests.fixtures.actors import Acting
from tests.promises.sla import oracle
from tests.promises.sla.documents import Json, documents


def as_timeline(events: list[Json]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a document as a ticket's timeline has them."""
    before, priority = "", ""
    for each in events:
        match each["type"]:
            case "opened":
                params = {"status": each["status"], "priority": each["priority"], "source": "console"}
                yield "tickets.opened", params
            case "status":
                yield "tickets.status", {"before": before, "after": each["status"]}
            case "priority":
                yield "tickets.priority", {"before": priority, "after": each["priority"]}
            case "reply" if each["public"]:
                yield "tickets.reply", {"by": each["by"], "automatic": each["automatic"]}
            case "reply":
                yield "tickets.note", {}
            case "resolved":
                yield "tickets.resolved", {}
            case "reopened":
                yield "tickets.reopened", {"status": each["status"], "reason": "again"}
        before, priority = each.get("status", before), each.get("priority", priority)


def without_exclusions(document: Json) -> Json:
    """Tickets have none yet."""
    return document | {"events": [each for each in document["events"] if each["type"] != "excluded"]}


@given(documents())
@settings(max_examples=40, deadline=None)
def test_the_clock_read_from_any_timeline_is_that_of_the_oracle(drawn: Json) -> None:
    check(drawn)


def check(drawn: Json) -> None:
    document = without_exclusions(drawn)
    parsed, slow = parse(document), oracle.answer(document)
    entries = [
        TimelineEntry(pk=place, kind=kind, params=params, at=oracle.at(event["at"]))
        for place, (event, (kind, params)) in enumerate(
            zip(document["events"], as_timeline(document["events"]), strict=True)
        )
    ]
    for kind in Kind:
        found = read(parsed.policy, events_of(reversed(entries)), parsed.now, kind)
        wanted = slow[kind.value]
        assert (found is None) == (wanted is None)
        if found is not None and wanted is not None:
            mine = as_json(found)
            for name in ("state", "priority", "elapsed_seconds", "paused_seconds", "zero_at", "met_at", "segments"):
                assert mine[name] == wanted[name], (kind, name)


@pytest.mark.prove
@given(documents())
@settings(max_examples=2_000, deadline=None)
def test_the_clock_read_from_any_timeline_is_that_of_the_oracle_two_thousand_times(drawn: Json) -> None:
    check(drawn)


def test_what_the_clock_does_not_see_is_left_out() -> None:
    entries = [TimelineEntry(pk=1, kind="tickets.assigned", params={}, at=timezone.now())]
    assert "tickets.assigned" not in SEEN
    assert events_of(entries) == []


def look() -> None:
    """What the worker does: a tick, and the jobs that follow, none of them waiting for its time."""
    with scoped(system_scope("tests")), transaction.atomic():
        tick()
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    run_until_idle()


def pages() -> list[tuple[str, str]]:
    with scoped(system_scope("tests")), transaction.atomic():
        return [(each.kind, each.subject_kind) for each in Page.objects.order_by("pk")]


def told() -> list[tuple[str, str, int]]:
    with scoped(system_scope("tests")), transaction.atomic():
        rows = Notice.objects.filter(kind__startswith="tickets.").select_related("person").order_by("pk")
        return [(each.kind, each.person.name if each.person else "", each.params["percent"]) for each in rows]


def thresholds(ticket: Ticket) -> list[tuple[str, int, str]]:
    return [
        (params["target"], params["percent"], params["action"])
        for kind, params in happened(ticket)
        if kind == "tickets.threshold"
    ]


@pytest.mark.django_db(transaction=True)
def test_thresholds_tell_the_assignee_raise_the_tier_page_and_tell_the_manager_in_order_and_once(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    # 15 minutes to respond: 14 of them are gone, which is 93 %.
    ticket = open_ticket(impact=1, urgency=1, at=timezone.now() - timedelta(minutes=14))
    with acting(tess) as actor:
        ticket_assign(actor=actor, ticket=ticket, assignee=tess)
    look()
    look()
    assert thresholds(ticket) == [
        ("response", 50, "notify_assignee"),
        ("response", 75, "raise_tier"),
        ("response", 90, "page_on_call"),
    ]
    assert now_of(ticket).tier == 2
    assert told() == [("tickets.promise_at_risk", "Tess Technician", 50)]
    assert pages() == [("tickets.response_at_risk", "tickets.ticket")]
    words = [timeline_words(kind, params) for kind, params in happened(ticket) if kind == "tickets.threshold"]
    assert words[0] == "50 % of the time to respond is used: 1 person told"
    assert words[1] == "75 % of the time to respond is used: tier 1 → 2"


@pytest.mark.django_db(transaction=True)
def test_a_broken_promise_is_told_to_the_manager_and_while_nobody_works_on_it_to_the_dispatcher(
    contract: Agreement, open_ticket: OpenTicket, omar: User
) -> None:
    ticket = open_ticket(impact=1, urgency=1, at=timezone.now() - timedelta(minutes=16))
    look()
    assert owed(ticket)["response"].state == "breached"
    assert ("tickets.promise_broken", "Omar Manager", 100) in told()
    assert ("tickets.promise_at_risk", "Omar Manager", 50) in told()  # there is no dispatcher


@pytest.mark.django_db(transaction=True)
def test_what_was_answered_before_its_turn_pages_nobody(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket = open_ticket(impact=1, urgency=1, at=timezone.now() - timedelta(minutes=14))
    with acting(tess) as actor:
        ticket_reply(actor=actor, ticket=ticket, body="We look into it.")
    look()
    assert pages() == []
    assert [each for each in thresholds(ticket) if each[0] == "response"] == []


@pytest.mark.django_db(transaction=True)
def test_a_late_answer_is_still_told(contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting) -> None:
    ticket = open_ticket(impact=1, urgency=1, at=timezone.now() - timedelta(minutes=20))
    with acting(tess) as actor:
        ticket_reply(actor=actor, ticket=ticket, body="Sorry.")
        ticket_resolve(actor=actor, ticket=ticket, resolution="Done.")
    look()
    assert ("response", 100, "tell_service_manager") in thresholds(ticket)
    assert now_of(ticket).due_at is None


@pytest.mark.django_db(transaction=True)
def test_people_and_the_tick_of_the_clock_do_not_stop_each_other(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket = open_ticket(impact=1, urgency=1)
    faults: list[Exception] = []

    def work(do: Callable[[int], None]) -> None:
        try:
            for turn in range(8):
                do(turn)
        except Exception as fault:  # told by the test, whichever it is
            faults.append(fault)
        finally:
            connection.close()

    def person(turn: int) -> None:
        with acting(tess) as actor:
            ticket_assign(actor=actor, ticket=ticket, assignee=tess if turn % 2 else None)

    def clock(_turn: int) -> None:
        with scoped(system_scope("tests")), transaction.atomic():
            clock_keep("tickets.ticket", ticket.uid)

    threads = [Thread(target=work, args=(do,)) for do in (person, clock, clock)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert faults == []
    assert now_of(ticket).version == ticket.version + 7  # the first turn gives it to nobody, who has it already


def test_the_command_line_verifies_what_is_kept(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting, capsys: pytest.CaptureFixture[str]
) -> None:
    tickets = [open_ticket(impact=1), open_ticket(), open_ticket(impact=3, urgency=3)]
    with acting(tess) as actor:
        ticket_reply(actor=actor, ticket=tickets[0], body="On it.")
        ticket_set_status(actor=actor, ticket=tickets[1], status="waiting_client")
        ticket_resolve(actor=actor, ticket=tickets[2], resolution="Done.")
    with pytest.raises(SystemExit) as ended:
        main(["sla", "verify"])
    assert not ended.value.code
    assert capsys.readouterr().out.splitlines() == [
        "6 clocks read; 0 are about to be looked at and were left out.",
        "Every clock is what follows from what happened.",
    ]
    with scoped(system_scope("tests")), transaction.atomic():
        changed = Obligation.objects.filter(subject_uid=tickets[1].uid, kind="resolution")
        changed.update(priority="P4", breached_at=datetime(2026, 1, 2, tzinfo=UTC))
    with pytest.raises(SystemExit) as ended:
        main(["sla", "verify"])
    assert ended.value.code == 1
    said = capsys.readouterr().out.splitlines()
    where = f"  tickets.ticket {tickets[1].uid} resolution:"
    assert said[1:3] == [
        f"{where} priority is kept as P4, reads P3",
        f"{where} breached is kept as 2026-01-02T00:00:00Z, reads nothing",
    ]
    assert said[-1] == "Clocks that are not what follows from what happened: 1."
    with pytest.raises(SystemExit):
        main(["sla", "verify", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["clocks"], found["differing"]) == (6, 1)
    assert [each["field"] for each in found["differences"]] == ["priority", "breached"]
