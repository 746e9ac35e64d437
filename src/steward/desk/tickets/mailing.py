# SPDX-License-Identifier: Apache-2.0
"""Public replies as mail to the requester: in one thread for each ticket, from the client's sender, with the ticket's token in
the address for answers. The words lie sealed until the mail is handed over, and are in no log of messages."""

from steward.core.notify.public import Address, Thread, message_ids, send
from steward.desk.tickets.models import Message, Ticket
from steward.desk.tickets.writing import reference
from steward.estate.clients.public import ClientProfile, Contact


def mail_reply(ticket: Ticket, message: Message, *, files: int) -> bool:
    """Send a public reply to the requester; returns whether there is one with an address."""
    to = recipient(ticket)
    if to is None or message.internal:
        return False
    (message.notice_uid,) = send(
        "tickets.reply",
        to=to,
        params={"ticket": str(reference(ticket)), "files": files},
        client=ticket.client,
        sealed={"body": message.body},
        thread=Thread(ticket.reply_token, _before(ticket, message), automatic=message.automatic),
    )
    message.save(update_fields=["notice_uid"])
    return True


def _before(ticket: Ticket, message: Message) -> tuple[str, ...]:
    """The mails of the ticket that went out before, in order."""
    sent = ticket.messages.filter(internal=False, notice_uid__isnull=False).exclude(pk=message.pk)
    uids = [uid for uid in sent.order_by("at", "pk").values_list("notice_uid", flat=True) if uid is not None]
    known = message_ids(uids)
    return tuple(known[uid] for uid in uids if uid in known)


def recipient(ticket: Ticket) -> Address | None:
    """Who gets public replies by mail, in which language: the requester; None where there is none with an address."""
    person: Contact | None = ticket.requester
    if person is None or not person.email or person.archived_at is not None:
        return None
    said_all = person.language and person.timezone
    profile = None if said_all else ClientProfile.objects.filter(client_id=ticket.client_id).first()
    language = person.language or (profile.language if profile else "en")
    zone = person.timezone or (profile.timezone if profile else "UTC")
    return Address(person.email, person.name, language, zone)
