# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.notify.answers import ANSWER_MAX, Outcome, answer
from steward.core.notify.mail import Sender, compose, message_id, reply_address
from steward.core.notify.rendering import Words
from steward.core.notify.smtp import MailServer

UID = UUID("0190a000-0000-7000-8000-000000000001")
SENDER = Sender("Acme Yardım", "help@acme.example", "help@acme.example")


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=300))
def test_no_text_writes_a_header_of_its_own(subject: str, name: str, text: str) -> None:
    words = Words(" ".join(subject.split()), text, "<p>x</p>")
    try:
        mail = compose(
            words,
            sender=SENDER,
            to="bob@birch.example",
            to_name=name,
            identifier=message_id(UID, SENDER.address),
            token="t",
            at=datetime(2026, 1, 2, tzinfo=UTC),
        )
    except ValueError:
        return  # control characters are refused, which is as good
    read = message_from_bytes(mail.as_bytes(), policy=SMTP)
    known = {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Reply-To",
        "MIME-Version",
        "Content-Type",
    }
    assert set(read.keys()) <= known
    assert len(read.get_all("To", [])) == len(read.get_all("From", [])) == 1
    assert read["Message-ID"] == f"<{UID}@acme.example>"


def test_a_mail_says_that_a_machine_wrote_it_and_where_answers_go() -> None:
    mail = compose(
        Words("Işık", "text\n", "<p>text</p>"),
        sender=SENDER,
        to="bob@birch.example",
        to_name="Bob",
        identifier="<a@b>",
        token="0a1b",
        at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "help+0a1b@acme.example"
    assert mail["From"] == "Acme Yardım <help@acme.example>"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert reply_address(Sender("", "x@y", ""), "0a1b") == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", MailServer("smtp", "mail.example", 25, "", "")),
        ("smtps://me:p%40ss@mail.example", MailServer("smtps", "mail.example", 465, "me", "p@ss")),
        ("smtp+starttls://me@mail.example:2525", MailServer("smtp+starttls", "mail.example", 2525, "me", "")),
    ],
)
def test_the_address_of_a_mail_server_is_read(url: str, expected: MailServer) -> None:
    assert MailServer.parse(url) == expected
    assert "p@ss" not in repr(MailServer.parse(url))


@pytest.mark.parametrize(
    "url", ["http://mail.example", "smtp://", "mail.example:25", "smtp://me:geheim@mail.example:99999"]
)
def test_a_wrong_address_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(ValueError, match="STEWARD_SMTP_URL") as wrong:
        MailServer.parse(url)
    assert "geheim" not in str(wrong.value)


@given(st.binary(max_size=900))
def test_whatever_a_server_says_is_kept_as_one_short_line(said: bytes) -> None:
    kept = answer(Outcome.LATER, said).text
    assert len(kept) <= ANSWER_MAX
    assert kept.isprintable()
