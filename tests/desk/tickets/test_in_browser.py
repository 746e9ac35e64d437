# SPDX-License-Identifier: Apache-2.0
"""Tickets in Chromium: the board by mouse and by keyboard alone, the record and Today as they look."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from steward.core.identity.public import User
from steward.desk.tickets.actions import ticket_assign, ticket_reply, ticket_set_status, ticket_write_note
from steward.promises.agreements.public import Agreement
from tests.architecture.checks.findings import assert_none
from tests.desk.tickets.conftest import OpenTicket, now_of
from tests.fixtures.actors import Acting
from tests.fixtures.browser import PHONE, WIDE, Tab, barriers, ready

pytestmark = pytest.mark.browser
OpenAs = Callable[..., Tab]


def test_a_card_is_moved_by_dragging_and_by_keyboard_and_the_record_explains_its_clock(
    open_as: OpenAs, contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket = open_ticket("Core switch lost both uplinks", impact=1, urgency=1, description="Since 09:00, Gebze plant.")
    open_ticket("Label printer prints blank", impact=1, urgency=1, at=timezone.now() - timedelta(minutes=20))
    tab = open_as(tess, "/tickets/board/", viewport=WIDE, theme="light")
    card, lane = f".st-tile:has-text('{ticket.number} ')", "[data-lane={}] .st-tile:has-text('{}')"
    tab.page.drag_and_drop(card, "[data-lane=open]")
    tab.page.wait_for_selector(lane.format("open", ticket.number))
    assert now_of(ticket).status == "open"
    findings = looked_at(tab, "board")
    tab.page.focus(f"{card} summary")
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_selector(lane.format("waiting_client", ticket.number))
    assert now_of(ticket).status == "waiting_client"
    with acting(tess) as actor:
        ticket_set_status(actor=actor, ticket=ticket, status="open")
        ticket_assign(actor=actor, ticket=ticket, assignee=tess)
        ticket_reply(actor=actor, ticket=ticket, body="We have it. The plant is on the backup line.")
        ticket_write_note(actor=actor, ticket=ticket, body="Firmware again.")
    tab.page.goto(tab.page.url.replace("/tickets/board/", f"/tickets/{ticket.number}/"))
    ready(tab.page)
    tab.page.focus("#clock summary")
    tab.page.keyboard.press("Enter")
    assert "Within hours, and nothing pauses it." in tab.page.inner_text("#clock table")
    findings += looked_at(tab, "ticket")
    tab.page.click("[data-switch-kind=internal]")
    tab.page.fill(".st-reply textarea", "For us alone.")
    tab.page.keyboard.press("Control+Enter")
    tab.page.wait_for_selector(".st-msg.internal:has-text('For us alone.')")
    for name, path in (("tickets", "/tickets/"), ("today", "/")):
        tab.page.goto(tab.page.url.split("/tickets/")[0] + path)
        ready(tab.page)
        findings += looked_at(tab, name)
    assert_none(findings)


def test_what_is_refused_keeps_words_and_files_and_what_was_sent_leaves_no_draft(
    open_as: OpenAs, open_ticket: OpenTicket, tess: User
) -> None:
    tab = open_as(tess, f"/tickets/{open_ticket().number}/", viewport=PHONE, theme="dark")
    page, chooser, words = tab.page, ".st-files input[type=file]", ".st-reply textarea"
    page.set_input_files(
        chooser, {"name": "tool.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ" + bytes(400)}
    )
    page.set_input_files(chooser, {"name": "relay.txt", "mimeType": "text/plain", "buffer": b"new relay" * 300})
    assert [each.split("\n") for each in page.locator(".st-files li").all_inner_texts()] == [
        ["tool.exe", "402 bytes"],
        ["relay.txt", "2.6 kB"],
    ]
    page.fill(words, "Replaced the relay.")
    page.wait_for_selector(".st-reply [data-draft-state]:has-text('Draft kept')")
    findings = looked_at(tab, "reply")
    page.click(".st-reply button:has-text('Send to Acme')")
    page.wait_for_selector(".st-toast")
    assert page.input_value(words) == "Replaced the relay."
    assert page.locator(".st-files li").count() == 2
    page.click("[aria-label='Take tool.exe away']")
    page.click(".st-reply button:has-text('Send to Acme')")
    page.wait_for_selector(".st-msg .st-file:has-text('relay.txt')")
    assert page.input_value(words) == ""
    page.reload()
    ready(page)
    assert page.input_value(words) == ""
    tab.complaints.clear()  # of the answer that refused
    assert_none([*findings, *looked_at(tab, "replied")])


def looked_at(tab: Tab, name: str) -> list[str]:
    """What is wrong with the page as it stands."""
    over = tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    folder = os.environ.get("STEWARD_PICTURES")
    if folder:
        tab.page.screenshot(path=str(Path(folder) / f"tickets-{name}.png"), full_page=True)
    return [
        *(f"{name}: {each}" for each in (*tab.complaints, *barriers(tab.page))),
        *([f"{name}: {over} px too wide"] if over > 0 else []),
    ]
