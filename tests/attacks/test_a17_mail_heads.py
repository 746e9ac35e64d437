# SPDX-License-Identifier: Apache-2.0
"""A17, of what goes out: no name, summary, file name or address from outside writes into the head of a mail or begins its body, and
none keeps a mail from being made. The payloads are encoded words (RFC 2047), which the library decodes wherever it meets them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from django.db import transaction

from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.mail import Enclosed, Sender, compose, enclose
from steward.core.notify.models import Attempt, Delivery
from steward.core.notify.public import Address, send
from steward.core.notify.rendering import Words
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.tickets.actions import ticket_open, ticket_reply
from steward.estate.clients.models import Contact
from steward.settings.env import get_settings
from tests.core.notify.mail_server import Handler, start
from tests.fixtures.actors import Acting

DESK = Sender("Desk", "desk@msp.example", "desk@msp.example")
PAYLOADS = (
    "disk =?utf-8?q?full=0d=0aBcc:_evil@evil.example=0d=0aX-Evil:_yes?=",
    "=?utf-8?q?=0d=0a=0d=0aCall_+1_900_now?=",
    "=?utf-8?b?DQpCY2M6IGV2aWxAZXZpbC5leGFtcGxl?=",
    "a =?us-ascii?q?=0aX-Evil:_yes?= b =?us-ascii?q?=0dX-Evil:_yes?=",
    "==?utf-8?q?=0d=0aX-Evil:_yes?==??=",
    "=?unicode_escape?q?=5Cud800?=",
    "=?utf-7?q?+2AA-?=",
    "=?undefined?q?a?=",
    'a" =?utf-8?q?=0d=0aX-Evil:_yes?= "b',
    "Işık =?utf-8?q?=0d=0aX-Evil:_yes?=",
)
HEAD = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "Reply-To", "MIME-Version",
    "Content-Type",
}  # fmt: skip


@pytest.fixture
def mail() -> Iterator[Handler]:
    """A server that takes everything, known to the settings."""
    handler = Handler()
    server = start(handler)
    get_settings().smtp_url = f"smtp://127.0.0.1:{server.port}"
    yield handler
    get_settings().smtp_url = None
    server.stop()


def composed(subject: str = "Hello", *, name: str = "Bob", to: str = "bob@birch.example") -> EmailMessage:
    return compose(
        Words(subject, "The body.\n", "<p>The body.</p>"),
        sender=DESK,
        to=to,
        to_name=name,
        identifier="<one@msp.example>",
        token="abc",
        at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def read_back(mail: EmailMessage) -> EmailMessage:
    """The mail as whoever gets it reads it; nothing but its own head, and its own words."""
    read: EmailMessage = message_from_bytes(mail.as_bytes(), policy=SMTP)  # type: ignore[assignment]  # what this policy makes
    assert set(read.keys()) <= HEAD
    assert len(read.get_all("Subject", [])) == 1
    assert [str(each) for each in read["To"].addresses] == [str(each) for each in mail["To"].addresses]
    body = read.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["The body."]
    return read


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_subject_writes_a_head_or_a_body(payload: str) -> None:
    assert read_back(composed(payload))["Subject"].replace(" ", "") == payload.replace(" ", "")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_of_a_recipient_writes_a_head_or_a_body(payload: str) -> None:
    assert read_back(composed(name=payload))["To"].addresses[0].addr_spec == "bob@birch.example"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_of_a_file_writes_a_head_or_a_body(payload: str) -> None:
    mail = composed()
    enclose(mail, [Enclosed(f"{payload}.txt", "text/plain", b"The file.")])
    (part,) = read_back(mail).iter_attachments()
    assert set(part.keys()) <= {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version"}
    assert part.get_payload(decode=True) == b"The file."


@pytest.mark.parametrize("to", ["=?utf-8?q?=0d=0abcc=3aevil?=@x.example", "=?undefined?q?a?=@x.example"])
def test_an_address_that_reads_as_an_encoded_word_is_none(to: str) -> None:
    with pytest.raises(ValueError, match="encoded word"):
        composed(to=to)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("to", ["=?utf-8?q?=0d=0abcc=3aevil?=@x.example", "gül@birch.example", "a b@birch.example"])
def test_an_address_that_no_mail_can_go_to_is_told_at_once(mail: Handler, birch: Client, to: str) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        sealed = {"body": "Words."}
        (uid,) = send("tickets.reply", to=Address(to), params={"ticket": "", "files": 0}, client=birch, sealed=sealed)
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        delivery = Delivery.objects.get(notice__uid=uid)
        tried = Attempt.objects.get(delivery=delivery)
    assert (delivery.state, tried.outcome, tried.code) == (Delivery.State.FAILED, "refused", "unwritable")
    assert mail.taken == []


@pytest.mark.django_db(transaction=True)
def test_an_urgent_message_that_no_mail_can_hold_goes_another_way(
    mail: Handler, tess: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr("steward.core.notify.delivering.emit", told.append)
    User.objects.filter(pk=tess.pk).update(email="=?undefined?q?a?=@msp.example")
    with scoped(system_scope("tests")), transaction.atomic():
        send("recovery.overdue", to=User.objects.get(pk=tess.pk), params={"last_at": ""}, client=None)
    run_until_idle()
    assert [type(each).__name__ for each in told] == ["HandOverFailed", "UrgentMailFailed"]
    assert mail.taken == []


@pytest.mark.django_db(transaction=True)
def test_what_a_machine_calls_a_disk_reaches_whoever_is_told_as_it_stands(
    mail: Handler, acme: Client, tess: User, acting: Acting
) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        carol = Contact.objects.create(client=acme, name=PAYLOADS[1], email="carol@acme.example")
    with acting(tess) as actor:
        ticket = ticket_open(
            actor=actor, client=acme, kind="incident", summary=PAYLOADS[0], impact=1, urgency=1, source="alert",
            requester=carol,
        )  # fmt: skip
        ticket_reply(actor=actor, ticket=ticket, body="We look into it.")
    run_until_idle()
    (taken,) = mail.taken
    assert {"Bcc", "X-Evil"}.isdisjoint(taken.keys())
    assert "= ?utf-8?q?full=0d=0aBcc" in taken["Subject"]
