# SPDX-License-Identifier: Apache-2.0
"""Public replies as mail: real messages over a real SMTP server, in one thread, from the client's sender."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from django.db import transaction

from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.models import MailIdentity, Notice
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.tickets.actions import ticket_reply, ticket_write_note
from steward.desk.tickets.models import Ticket
from steward.desk.tickets.tokens import is_token_of, token_of
from steward.estate.clients.models import Contact
from steward.settings.env import get_settings
from tests.core.notify.mail_server import Handler, start
from tests.desk.tickets.conftest import OpenTicket
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db(transaction=True)
Say = Callable[..., None]


@pytest.fixture
def mail() -> Iterator[Handler]:
    handler = Handler()
    server = start(handler)
    get_settings().smtp_url = f"smtp://127.0.0.1:{server.port}"
    yield handler
    get_settings().smtp_url = None
    server.stop()


@pytest.fixture
def carol(acme: Client) -> Contact:
    """Who asks at Acme; and the address from which Acme is written to."""
    with scoped(system_scope("tests")), transaction.atomic():
        MailIdentity.objects.create(
            client=acme, name="Acme desk", address="desk@msp.example", reply_to="desk@msp.example"
        )
        return Contact.objects.create(client=acme, name="Carol Client", email="carol@acme.example", language="tr")


def plain(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_replies_make_one_thread_from_the_clients_sender_and_answers_find_the_ticket(
    mail: Handler, carol: Contact, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket: Ticket = open_ticket("Mail does not arrive", requester=carol)
    for words in ("We look into it.", "<b>Found it.</b>", "It works again."):
        with acting(tess) as actor:
            ticket_reply(actor=actor, ticket=ticket, body=words)
        run_until_idle()
    first, second, third = mail.taken
    assert first["From"] == "Acme desk <desk@msp.example>"
    assert first["To"] == "Carol Client <carol@acme.example>"
    assert {each["Subject"] for each in mail.taken} == {f"{ticket.number} Mail does not arrive"}
    assert {each["Reply-To"] for each in mail.taken} == {f"desk+{token_of(ticket.uid)}@msp.example"}
    assert "In-Reply-To" not in first
    assert second["In-Reply-To"] == first["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert "Auto-Submitted" not in first
    assert "We look into it." in plain(first)
    html = second.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;Found it.&lt;/b&gt;" in html.get_content()


def test_an_automatic_reply_says_so_and_a_note_or_a_ticket_of_nobody_sends_nothing(
    mail: Handler, carol: Contact, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket, nobodys = open_ticket(requester=carol), open_ticket()
    with acting(tess) as actor:
        ticket_reply(actor=actor, ticket=ticket, body="We received it.", automatic=True)
        ticket_write_note(actor=actor, ticket=ticket, body="They forgot to pay.")
        ticket_reply(actor=actor, ticket=nobodys, body="Hello?")
    run_until_idle()
    (only,) = mail.taken
    assert only["Auto-Submitted"] == "auto-generated"
    assert "pay" not in only.as_string()


def test_the_words_lie_sealed_and_are_gone_once_the_mail_is_handed_over(
    mail: Handler, carol: Contact, open_ticket: OpenTicket, tess: User, acting: Acting
) -> None:
    ticket = open_ticket(requester=carol)
    with acting(tess) as actor:
        ticket_reply(actor=actor, ticket=ticket, body="Your account is open again.")
        row = Notice.objects.get(kind="tickets.reply")
        assert "account" not in row.sealed + str(row.params)
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        assert Notice.objects.get(kind="tickets.reply").sealed == ""
    assert "Your account is open again." in plain(mail.taken[0])


def test_a_token_is_its_tickets_own(open_ticket: OpenTicket) -> None:
    one, other = open_ticket(), open_ticket()
    assert is_token_of(one.uid, one.reply_token.upper())
    assert not is_token_of(other.uid, one.reply_token)
    assert one.reply_token.isalnum()
    assert len(one.reply_token) == 16
