# SPDX-License-Identifier: Apache-2.0
"""Making a mail (RFC 5322): who it is from, where answers go, what it answers, and whether a machine wrote it (RFC 3834)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from uuid import UUID

from steward.core.notify.addresses import on_the_line
from steward.core.notify.rendering import Words

MAIL_POLICY: Final = SMTP.clone(max_line_length=200)
_ENCODED: Final = "=?"  # with which an encoded word begins (RFC 2047)
PLAIN_TYPE: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mail comes from; an empty `reply_to` means that nobody reads answers."""

    name: str
    address: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file in a mail: its name, its type ("application/pdf"), its content."""

    name: str
    content_type: str
    data: bytes = field(repr=False)


def message_id(uid: UUID, sender: str) -> str:
    """The Message-ID of a delivery: the same whenever it is made anew."""
    return f"<{uid}@{sender.rpartition('@')[2] or 'localhost'}>"


def reply_address(sender: Sender, token: str) -> str:
    """Where an answer goes, with the token by which it finds its way."""
    local, at, domain = sender.reply_to.partition("@")
    return f"{local}+{token}@{domain}" if at and token else sender.reply_to


def compose(
    words: Words,
    *,
    sender: Sender,
    to: str,
    to_name: str,
    identifier: str,
    token: str,
    at: datetime,
    references: Sequence[str] = (),
    automatic: bool = True,
) -> EmailMessage:
    """The mail. `references` are the mails of the conversation before, the latest last.

    Raises ValueError, or what the library raises, when an address is none or nothing can be written of it.
    """
    message = EmailMessage(policy=MAIL_POLICY)
    message["From"] = _address(sender.name, sender.address)
    message["To"] = _address(to_name, to)
    message["Subject"] = _as_it_stands(words.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = identifier
    if references:
        message["In-Reply-To"] = references[-1]
        message["References"] = " ".join(references)
    if automatic:
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    if reply := reply_address(sender, token):
        message["Reply-To"] = reply
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    message.as_bytes()  # what can't be written is told here, while somebody can still be told otherwise
    return message


def enclose(message: EmailMessage, files: Sequence[Enclosed]) -> None:
    """Put files into a mail, after its words, each as an attachment."""
    if files:
        message.make_mixed()
    for each in files:
        main, _slash, kind = (each.content_type if "/" in each.content_type else PLAIN_TYPE).partition("/")
        # A policy of its own: lines of encoded content are at most 76 letters (RFC 2045, 6.8).
        part = EmailMessage(policy=SMTP)
        part.set_content(
            each.data, maintype=main, subtype=kind, disposition="attachment", filename=_as_it_stands(each.name)
        )
        message.attach(part)


def _address(name: str, address: str) -> HeaderAddress:
    if _ENCODED in address:
        raise ValueError("an address that reads as an encoded word is none")
    return HeaderAddress(display_name=_as_it_stands(name), addr_spec=on_the_line(address))


def _as_it_stands(text: str) -> str:
    """A text for a header: of one line, and never decoded. The library reads `=?utf-8?q?=0d=0a?=` in whatever it is given and,
    before Python 3.11.10, writes the line end out (CVE-2024-6923): a name could begin a header, or the body."""
    return " ".join(text.split()).replace(_ENCODED, "= ?")
