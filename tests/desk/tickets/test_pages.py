# SPDX-License-Identifier: Apache-2.0
"""Tickets as people see them: the list, the board, the record with its promise bar, the forms; and Alice beside Tess."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from steward.core.identity.public import User
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client
from steward.desk.tickets import clocks as clocks_module
from steward.desk.tickets import queries
from steward.desk.tickets.actions import (
    queue_create,
    ticket_assign,
    ticket_reply,
    ticket_resolve,
    ticket_set_status,
    ticket_write_note,
)
from steward.desk.tickets.clocks import clocks_of, put_bars
from steward.desk.tickets.models import Ticket
from steward.desk.tickets.panels import _verdict
from steward.desk.tickets.queries import links_of
from steward.estate.assets.public import asset_create
from steward.estate.clients.models import Contact
from steward.promises.agreements.public import Agreement
from steward.promises.sla.public import bar_of
from tests.desk.tickets.conftest import OpenTicket, now_of
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]
FILTERED: dict[str, set[str]] = {
    "assignee=me": {"Mine"},
    "assignee=nobody&open=yes": {"Nobody's"},
    "priority=P1": {"Mine"},
    "status=resolved": {"Done"},
    "risk=yes": {"Mine"},
    "client=birch": set(),
    "tier=1": {"Mine", "Nobody's", "Done"},
}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_record_shows_the_clock_with_every_segment_and_its_reason(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting, browse: Browse
) -> None:
    ticket = open_ticket(impact=1, urgency=1, at=timezone.now() - timedelta(hours=2))
    with acting(tess) as actor:
        ticket_reply(actor=actor, ticket=ticket, body="Since when?")
        ticket_set_status(actor=actor, ticket=ticket, status="waiting_client")
    page = text_of(browse(tess).get(f"/tickets/{ticket.number}/"))
    assert 'id="clock" data-state="paused"' in page
    assert f"Promised by {contract.number} 3.2." in page
    assert "no due time while it is paused" in page
    assert "Counting" in page
    assert "Response late, 2 h of 15 min" in page
    response = text_of(browse(tess).get(f"/tickets/{ticket.number}/?clock=response"))
    assert "answered after 2 h of 15 min" in response


def test_alice_sees_the_story_without_internal_notes_and_nothing_to_press(
    open_ticket: OpenTicket, tess: User, alice: User, bob: User, acting: Acting, browse: Browse
) -> None:
    ticket = open_ticket(description="The relay says no.")
    with acting(tess) as actor:
        ticket_write_note(actor=actor, ticket=ticket, body="They forgot to pay.")
        ticket_reply(actor=actor, ticket=ticket, body="We look into it.")
    page = text_of(browse(alice).get(f"/tickets/{ticket.number}/?show=notes"))
    assert "We look into it." in page
    assert "The relay says no." in page
    assert "They forgot to pay." not in page
    assert "Internal note" not in page
    assert "verb-say" not in page
    assert browse(bob).get(f"/tickets/{ticket.number}/").status_code == 404
    assert browse(alice).post(f"/tickets/{ticket.number}/verb-say/", {"kind": "public", "text": "x"}).status_code == 403


def test_tess_answers_with_a_file_and_resolves_in_one_step(
    contract: Agreement, open_ticket: OpenTicket, tess: User, alice: User, browse: Browse
) -> None:
    ticket, browser = open_ticket(), browse(tess)
    sent = {"kind": "public", "text": "Replaced the relay.", "then": "resolve"}
    file = SimpleUploadedFile("relay.txt", b"new relay", content_type="text/plain")
    browser.post(f"/tickets/{ticket.number}/verb-say/", sent | {"file": file})
    now = now_of(ticket)
    assert (now.status, now.resolution) == ("resolved", "Replaced the relay.")
    seen = browse(alice).get(f"/tickets/{ticket.number}/")
    url = re.search(r'href="(/tickets/[^"]*/files/[^"]*)"', seen.content.decode())
    assert url is not None
    answer = browse(alice).get(url[1])
    assert answer.headers["Content-Disposition"] == 'attachment; filename="relay.txt"'
    assert b"".join(answer.streaming_content) == b"new relay"  # type: ignore[attr-defined]  # a file's answer


def test_the_reply_box_says_who_gets_it_and_a_file_has_its_type_and_size(
    open_ticket: OpenTicket, acme: Client, tess: User, acting: Acting, browse: Browse
) -> None:
    nobody = browse(tess).get(f"/tickets/{open_ticket().number}/").content.decode()
    assert "To nobody by mail" in nobody
    assert "Choose a requester" in nobody
    with acting(tess):
        ada = Contact.objects.create(client=acme, name="Ada Acme", email="ada@acme.example", language="tr")
    ticket, browser = open_ticket(requester=ada), browse(tess)
    picture = SimpleUploadedFile("rack.png", b"\x89PNG\r\n\x1a\n" + b"0" * 2040, content_type="image/png")
    browser.post(f"/tickets/{ticket.number}/verb-say/", {"kind": "public", "text": "Look", "file": picture})
    page = browser.get(f"/tickets/{ticket.number}/").content.decode()
    assert 'To <b translate="no">Ada Acme</b> <span translate="no">ada@acme.example</span>, by mail, in Turkish' in page
    chip = page.partition('<a class="st-file"')[2].partition("</a>")[0]
    assert "#photo" in chip
    assert "rack.png" in chip
    assert "2.0\xa0KB" in chip


def test_a_list_is_searched_by_the_beginnings_of_words_of_number_summary_client_and_description(
    open_ticket: OpenTicket, tess: User, browse: Browse
) -> None:
    ticket = open_ticket("Scanner is silent", description="Since the move to the warehouse.")
    other = open_ticket("Printer jams")
    for asked in (ticket.number, "scan", "silent scan", "wareh", "acme scan"):
        page = browse(tess).get("/tickets/", {"q": asked}).content.decode()
        assert f'<span class="no">{ticket.number}</span>' in page, asked
        assert f'<span class="no">{other.number}</span>' not in page, asked
    assert "Nothing fits" in browse(tess).get("/tickets/", {"q": "canner"}).content.decode()


def test_the_bar_of_a_line_is_that_of_what_has_to_be_done_next(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, answered, done = open_ticket("Fresh"), open_ticket("Answered"), open_ticket("Done")
    now = timezone.now() + timedelta(seconds=5)  # the same for the list and for the clocks
    monkeypatch.setattr(clocks_module, "moment", lambda: now)
    with acting(tess) as actor:
        for each in (answered, done):
            ticket_reply(actor=actor, ticket=each, body="We have it.")
        ticket_resolve(actor=actor, ticket=done, resolution="Replaced.")
        rows = list(queries.lines().order_by("pk"))
        put_bars(rows)
        clocks = clocks_of(rows)
    said = {row.pk: row.bar for row in rows}  # type: ignore[attr-defined]  # put there
    assert [said[each.pk].label for each in (fresh, answered, done)] == ["Response", "Resolution", "Resolution"]
    for row in rows:
        found = clocks[row.pk]
        kind = found.next or found.last
        assert said[row.pk] == bar_of(found.policy, kind, found.readings[kind], url=said[row.pk].url)


def test_a_file_of_an_internal_note_is_not_there_for_alice(
    open_ticket: OpenTicket, tess: User, alice: User, browse: Browse
) -> None:
    ticket, browser = open_ticket(), browse(tess)
    file = SimpleUploadedFile("bill.txt", b"not paid", content_type="text/plain")
    browser.post(f"/tickets/{ticket.number}/verb-say/", {"kind": "internal", "text": "See", "file": file})
    url = re.search(r'href="(/tickets/[^"]*/files/[^"]*)"', browser.get(f"/tickets/{ticket.number}/").content.decode())
    assert url is not None
    assert browser.get(url[1]).status_code == 200
    assert browse(alice).get(url[1]).status_code == 404


def test_a_ticket_is_opened_by_a_form_for_a_client(acme: Client, tess: User, browse: Browse) -> None:
    browser = browse(tess)
    assert browser.post("/tickets/new/", {"client": "acme"}).headers["Location"] == "/tickets/new/?client=acme"
    given = {"summary": "Mail is late", "kind": "incident", "impact": "1", "urgency": "2", "description": "Since noon."}
    wrong = browser.post("/tickets/new/?client=acme", given | {"summary": " "})
    assert wrong.status_code == 422
    assert "Since noon." in wrong.content.decode()
    there = browser.post("/tickets/new/?client=acme", given).headers["Location"]
    assert "Mail is late" in browser.get(there).content.decode()


def test_what_changed_meanwhile_is_said_on_the_form_and_nothing_is_lost(
    open_ticket: OpenTicket, tess: User, acting: Acting, browse: Browse
) -> None:
    ticket, browser = open_ticket(), browse(tess)
    with acting(tess) as actor:
        ticket_assign(actor=actor, ticket=ticket, assignee=tess)
    given = {
        "summary": "Typed by hand",
        "kind": "incident",
        "impact": 2,
        "urgency": 2,
        "tier": 1,
        "seen": ticket.version,
    }
    answer = browser.post(f"/tickets/{ticket.number}/change/", given)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Typed by hand" in page
    assert "Somebody changed this ticket meanwhile" in page


def test_it_is_taken_given_resolved_and_reopened_from_its_page(
    open_ticket: OpenTicket, tess: User, omar: User, browse: Browse
) -> None:
    ticket, browser = open_ticket(), browse(tess)
    at = f"/tickets/{ticket.number}/"
    browser.post(f"{at}verb-take/")
    assert now_of(ticket).assignee == tess
    browser.post(f"{at}assign/", {"assignee": str(omar.uid)})
    assert now_of(ticket).assignee == omar
    browser.post(f"{at}verb-set-waiting-client/")
    assert now_of(ticket).status == "waiting_client"
    browser.post(f"{at}resolve/", {"resolution": "Done."})
    browser.post(f"{at}reopen/", {"reason": "It is back."})
    assert now_of(ticket).status == "open"
    assert "reopened it: It is back." in text_of(browser.get(at))


def test_the_list_puts_first_what_breaks_first_and_keeps_its_number_of_queries(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting, browse: Browse
) -> None:
    browser = browse(tess)
    open_ticket("Low", impact=3, urgency=3)
    open_ticket("High", impact=1, urgency=1)
    browser.get("/tickets/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        page = text_of(browser.get("/tickets/"))
    assert page.index("High") < page.index("Low")
    assert "15 min left" in page or "14 min left" in page
    for each in range(3):
        late = open_ticket(f"Late {each}", impact=1, urgency=1, at=timezone.now() - timedelta(hours=1 + each))
        with acting(tess) as actor:
            ticket_assign(actor=actor, ticket=late, assignee=tess)
            ticket_set_status(actor=actor, ticket=late, status="waiting_client")
    with CaptureQueriesContext(connection) as many:
        browser.get("/tickets/")
    assert len(many) == len(few)


def test_the_list_is_filtered(
    contract: Agreement, birch: Client, open_ticket: OpenTicket, tess: User, acting: Acting, browse: Browse
) -> None:
    mine, done = open_ticket("Mine", impact=1, urgency=1), open_ticket("Done")
    open_ticket("Nobody's", impact=3, urgency=3)
    with acting(tess) as actor:
        ticket_assign(actor=actor, ticket=mine, assignee=tess)
        ticket_resolve(actor=actor, ticket=done, resolution="Done")
    browser, found = browse(tess), dict[str, set[str]]()
    for query in FILTERED:
        page = browser.get(f"/tickets/?{query}").content.decode().replace("&#x27;", "'")
        rows = page.partition("<tbody")[2].partition("</tbody")[0]
        found[query] = {name for name in ("Mine", "Nobody's", "Done") if f">{name}<" in rows}
    assert found == FILTERED


def test_many_are_taken_and_given_back_at_once(open_ticket: OpenTicket, tess: User, browse: Browse) -> None:
    rows = [open_ticket(), open_ticket()]
    browser = browse(tess)
    browser.post("/tickets/bulk-take/", {"ids": [str(each.uid) for each in rows]})
    assert {now_of(each).assignee for each in rows} == {tess}
    browser.post("/tickets/bulk-give-back/", {"ids": [str(each.uid) for each in rows]})
    assert {now_of(each).assignee for each in rows} == {None}


def test_the_board_has_a_lane_for_each_state_and_says_by_its_menu_where_a_card_may_go(
    contract: Agreement, open_ticket: OpenTicket, tess: User, alice: User, browse: Browse
) -> None:
    ticket = open_ticket()
    page = browse(tess).get("/tickets/board/").content.decode()
    assert re.findall(r'data-lane="(\w+)"', page) == [
        "new", "open", "waiting_client", "waiting_supplier", "scheduled", "resolved",
    ]  # fmt: skip
    assert set(re.findall(r'data-to="(\w+)"', page)) == {
        "open", "waiting_client", "waiting_supplier", "scheduled", "resolved",
    }  # fmt: skip
    assert 'draggable="true"' in page
    moved = browse(tess).post(
        f"/tickets/{ticket.number}/verb-set-open/",
        headers={"HX-Request": "true", "HX-Target": "main", "HX-Current-URL": "http://testserver/tickets/board/"},
    )
    assert "st-board" in moved.content.decode()
    assert now_of(ticket).status == "open"
    assert "draggable" not in browse(alice).get("/tickets/board/").content.decode()


def test_queues_are_made_changed_and_archived(omar: User, tess: User, acting: Acting, browse: Browse) -> None:
    browser = browse(omar)
    browser.post("/tickets/queues/new/", {"name": "Network", "description": "Switches"})
    with acting(omar) as actor:
        desk = queue_create(actor=actor, name="Service desk")
    assert "Network" in browser.get("/tickets/queues/").content.decode()
    browser.post(f"/tickets/queues/{desk.uid}/", {"name": "Front desk"})
    browser.post(f"/tickets/queues/{desk.uid}/verb-archive/")
    desk.refresh_from_db()
    assert desk.name == "Front desk"
    assert desk.archived_at is not None
    assert browse(tess).get("/tickets/queues/").status_code == 403


def test_a_ticket_that_owes_nothing_says_so(open_ticket: OpenTicket, tess: User, browse: Browse) -> None:
    ticket: Ticket = open_ticket()
    assert "No clock runs" in browse(tess).get(f"/tickets/{ticket.number}/").content.decode()
    assert "no clock" in browse(tess).get("/tickets/").content.decode()


def test_a_ticket_is_linked_by_a_number_or_words_to_records_of_its_client_alone(
    acme: Client, birch: Client, open_ticket: OpenTicket, tess: User, olga: User, acting: Acting, browse: Browse
) -> None:
    ticket, other = open_ticket(), open_ticket("Scanner is silent")
    with acting(olga) as actor:
        ours = asset_create(acme, actor=actor, name="web-01", kind="virtual_server")
        asset_create(birch, actor=actor, name="web-02", kind="virtual_server")
    browser, form = browse(tess), f"/tickets/{ticket.number}/link/"
    assert "Nothing of this client" in text_of(browser.post(form, {"what": "web-02"}))
    assert "That may be several" in text_of(browser.post(form, {"what": "acme"}))
    browser.post(form, {"what": "web-01"})
    browser.post(form, {"what": other.number})
    with acting(tess):
        assert {str(ref) for ref, _row in links_of(ticket)} == {str(record_ref(ours)), str(record_ref(other))}
    assert "is linked already" in text_of(browser.post(form, {"what": "web-01"}))
    browser.post(f"/tickets/{ticket.number}/verb-unlink/", {"ref": str(record_ref(ours))})
    with acting(tess):
        assert [ref for ref, _row in links_of(ticket)] == [record_ref(other)]


def test_a_live_update_gets_the_story_alone(open_ticket: OpenTicket, tess: User, browse: Browse) -> None:
    ticket = open_ticket(description="The relay says no.")
    headers = {"HX-Request": "true", "HX-Target": "story"}
    part = browse(tess).get(f"/tickets/{ticket.number}/", headers=headers).content.decode()
    assert "The relay says no." in part
    assert 'id="story"' in part
    assert "<html" not in part


def test_the_start_page_says_in_a_sentence_what_breaks() -> None:
    assert _verdict(0, timedelta(minutes=6)) == "The next promise breaks in 6 min."
    assert _verdict(2, timedelta(hours=3)) == "2 promises are broken. The next promise breaks in 3 h."
    assert _verdict(1, None) == "1 promise is broken."
