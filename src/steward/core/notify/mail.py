# SPDX-License-Identifier: Apache-2.0
"""Making a mail (RFC 5322): who it is from, where answers go, what it answers, and whether a machine wrote it (RFC 3834)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from uuid import UUID

from steward.core.notify.rendering import Words

MAIL_POLICY: Final = SMTP.clone(max_line_length=200)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mail comes from; an empty `reply_to` means that nobody reads answers."""

    name: str
    address: str
    reply_to: str


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
    """The mail. `references` are the mails of the conversation before, the latest last. Raises ValueError when an address is none."""
    message = EmailMessage(policy=MAIL_POLICY)
    message["From"] = _address(sender.name, sender.address)
    message["To"] = _address(to_name, to)
    message["Subject"] = words.subject
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
    return message


def _address(name: str, address: str) -> HeaderAddress:
    # Line ends in a name would begin a header of the sender's choosing; the library refuses them, blanks are kinder.
    return HeaderAddress(display_name=" ".join(name.split()), addr_spec=address)
