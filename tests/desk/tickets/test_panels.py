# SPDX-License-Identifier: Apache-2.0
"""What tickets add to other pages: the start page, an asset, a client; search and the palette."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.search.public import find
from steward.desk.tickets.actions import ticket_assign, ticket_reply, ticket_write_note
from steward.estate.assets.public import asset_create
from steward.estate.clients.public import client_create
from steward.promises.agreements.public import Agreement
from tests.desk.tickets.conftest import OpenTicket
from tests.fixtures.actors import Acting, make_person

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]


def test_today_shows_what_breaks_first_and_my_own_work(
    contract: Agreement, open_ticket: OpenTicket, tess: User, acting: Acting, browse: Browse
) -> None:
    late = open_ticket("Broken", impact=1, urgency=1, at=timezone.now() - timedelta(minutes=20))
    soon = open_ticket("Soon", impact=1, urgency=1)
    mine = open_ticket("Mine alone", impact=3, urgency=3)
    with acting(tess) as actor:
        ticket_assign(actor=actor, ticket=mine, assignee=tess)
        ticket_reply(actor=actor, ticket=mine, body="Next week.")
    page = browse(tess).get("/").content.decode()
    assert "1 promise is broken." in page
    risk, _mark, work = page.partition("My work")
    assert risk.index(late.number) < risk.index(soon.number)
    assert mine.number in work
    assert late.number not in work


def test_an_asset_and_a_client_show_what_is_open(
    open_ticket: OpenTicket, olga: User, acting: Acting, browse: Browse
) -> None:
    with acting(olga) as actor:
        mill = client_create(actor=actor, name="Mill", slug="mill")
        asset = asset_create(mill, actor=actor, name="mill-web-01", kind="virtual_server")
    alice = make_person("Alice of Mill", Role.CLIENT_ADMIN, client=mill)
    ticket = open_ticket("Web is slow", client=mill, asset=asset)
    for address in (f"/assets/{asset.number}/", "/clients/mill/"):
        page = browse(olga).get(address).content.decode()
        assert "Open tickets" in page, address
        assert f"{ticket.number} Web is slow" in page, address
        assert "/tickets/new/?client=mill" in page
        assert "/tickets/new/" not in browse(alice).get(address).content.decode()


def test_a_ticket_is_found_by_its_number_and_words_but_not_by_what_was_noted(
    open_ticket: OpenTicket, tess: User, alice: User, bob: User, acting: Acting
) -> None:
    ticket = open_ticket("Scanner is silent", description="In the warehouse")
    with acting(tess) as actor:
        ticket_write_note(actor=actor, ticket=ticket, body="unpaid")
    with acting(alice):
        assert [hit.ref.uid for hit in find("warehouse")] == [ticket.uid]
        assert [hit.ref.uid for hit in find(ticket.number)] == [ticket.uid]
        assert find("unpaid") == []
    with acting(bob):
        assert find("scanner") == []
