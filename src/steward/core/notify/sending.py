# SPDX-License-Identifier: Apache-2.0
"""Asking for a message: rows and a job, in the transaction of what it tells of."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from steward.core.crypto.public import encrypt
from steward.core.events.public import emit
from steward.core.files.public import MEGABYTE, StoredFile
from steward.core.identity.public import User
from steward.core.jobs.public import defer
from steward.core.notify.delivering import SEALED, deliver
from steward.core.notify.events import InboxChanged
from steward.core.notify.identities import sender_for
from steward.core.notify.kinds import NoticeKind, Way, notice_kind
from steward.core.notify.mail import message_id
from steward.core.notify.models import Channel, Delivery, InboxItem, Notice, Wishes
from steward.core.notify.wishes import held_until, ways_to, wishes_of
from steward.core.tenancy.public import Client, ForeignClient, OutsideTransaction, current_scope, scoped, system_scope

MOST_REFERENCES: Final = 20  # of a conversation; a mail's head is no place for hundreds
PARAMS_MAX: Final = 4000  # bytes of JSON
MOST_FILES: Final = 10
FILES_MAX: Final = 18 * MEGABYTE  # in all; encoded it is a third more, and many servers take 25 MB
Param = str | int | float | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody who is no person here, such as a contact of a client."""

    email: str
    name: str = ""
    language: str = settings.LANGUAGE_CODE
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Thread:
    """The conversation that a message belongs to: the token by which answers find it, and the Message-IDs before, the latest last.

    `automatic` is whether a machine wrote it: then it says so, that no other machine answers it.
    """

    token: str
    references: tuple[str, ...] = ()
    automatic: bool = False


Recipient = User | Address | Channel


class BadParams(ValueError):
    """Parameters that the kind of message did not declare, or that are more than references."""


class BadFiles(ValueError):
    """Files that can't go with a message: too many, too large in all, or of a message that goes by no mail."""


def send(
    kind: str,
    *,
    to: Recipient | Iterable[Recipient],
    params: Mapping[str, Param] | None = None,
    client: Client | None,
    by: Way | None = None,
    sealed: Mapping[str, str] | None = None,
    thread: Thread | None = None,
    files: Sequence[StoredFile] = (),
) -> list[UUID]:
    """Tell somebody, or several, with the open transaction: told if it commits.

    `client` is whose matter it is, None when it is the MSP's own; a person of a client is told of that client alone. A
    person reads it in the console at once; by which other ways, and whether after their quiet hours, they decide. `by` takes
    one way alone in their place, for a caller that decides itself which follows. `sealed` are more words for the template that
    hold a secret, such as a link: kept sealed and until the message is sent, and never in the console.
    `thread` is the conversation it belongs to; without one it stands alone, and a machine wrote it.
    `files` of the client go with it where it goes as a mail: kept as references, read when it is sent. A file that is dropped
    before leaves the delivery failed, never a mail without it.
    Returns one identifier for each recipient, doubles left out.

    Raises:
        UnknownNotice, BadParams, BadFiles; ForeignClient for a client outside the scope, or a person or file of another one;
        OutsideTransaction, NoScope.
    """
    scope = current_scope()
    declared = notice_kind(kind)
    given = dict(params or {})
    _refuse_bad(declared, given)
    client_id = client.pk if client is not None else None
    if client_id is not None and not scope.allows(client_id):
        raise ForeignClient(f"{kind}: client {client_id} is outside the scope")
    _refuse_files(declared, files, client_id)
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{kind}: tell in the transaction that makes it true")
    recipients: list[Recipient] = [to] if isinstance(to, User | Address | Channel) else list(to)
    # The rows of a message may belong to the MSP, which the asker need not see.
    with scoped(replace(system_scope("notify"), actor=scope.actor)):
        wishes = wishes_of(each for each in recipients if isinstance(each, User))
        return [
            _tell(
                declared,
                each,
                given,
                client_id,
                wishes.get(each.pk) if isinstance(each, User) else None,
                by=by,
                sealed={"params": dict(sealed)} if sealed else None,
                thread=thread,
                files=files,
            ).uid
            for each in dict.fromkeys(recipients)
        ]


def send_sealed(*, to: str, subject: str, text: str) -> UUID:
    """Send a mail whose words hold a secret, such as a link to set a password. They are kept sealed, and until it is sent."""
    with scoped(system_scope("notify.account_mail")):
        person = User.objects.filter(email=to.strip().lower()).first()
        recipient: Recipient = person or Address(to)
        client_id = person.client_id if person else None
        return _tell(
            notice_kind("notify.account_mail"), recipient, {}, client_id, sealed={"subject": subject, "text": text}
        ).uid


def also_tell_fallback(notice: Notice) -> int:
    """Tell the channels marked as fallback what a failed mail would have told. Returns how many. For the MSP and the client."""
    told = 0
    for channel in Channel.objects.filter(enabled=True, fallback=True):
        if channel.client_id in (None, notice.client_id):
            _tell(notice_kind(notice.kind), channel, notice.params, notice.client_id)
            told += 1
    return told


def _tell(
    kind: NoticeKind,
    to: Recipient,
    params: Mapping[str, Param],
    client_id: int | None,
    wishes: Wishes | None = None,
    *,
    by: Way | None = None,
    sealed: Mapping[str, str | dict[str, str]] | None = None,
    thread: Thread | None = None,
    files: Sequence[StoredFile] = (),
) -> Notice:
    notice = _notice(kind, to, params, client_id)
    notice.files = " ".join(str(each.uid) for each in files)
    if thread is not None:
        notice.reply_token, notice.automatic = thread.token, thread.automatic
        notice.references = " ".join(thread.references[-MOST_REFERENCES:])
    if wishes is not None and wishes.language:
        notice.language = wishes.language
    notice.save()
    notice.refresh_from_db(fields=["uid"])
    if sealed is not None:
        notice.sealed = encrypt(SEALED, json.dumps(sealed).encode(), context=notice.uid.bytes)
        notice.save(update_fields=["sealed"])
    if isinstance(to, User) and Way.APP in kind.ways:
        InboxItem.objects.create(person=to, kind=kind.kind, params=dict(params))
        emit(InboxChanged(to.uid, told=True))
    until = held_until(kind, to, wishes, timezone.now()) if isinstance(to, User) else None
    for way in [by] if by is not None else sorted(_ways(kind, to, wishes)):
        _queue(notice, way, until)
    return notice


def _ways(kind: NoticeKind, to: Recipient, wishes: Wishes | None) -> frozenset[Way]:
    if isinstance(to, User):
        return ways_to(kind, wishes)
    return frozenset({Way.CHANNEL}) if isinstance(to, Channel) else kind.ways & {Way.MAIL}


def _notice(kind: NoticeKind, to: Recipient, params: Mapping[str, Param], client_id: int | None) -> Notice:
    notice = Notice(kind=kind.kind, params=dict(params), client_id=client_id, reply_token=secrets.token_hex(8))
    if isinstance(to, User):
        if to.client_id is not None and client_id not in (None, to.client_id):
            raise ForeignClient(f"{kind.kind}: person {to.pk} is of another client")
        notice.person, notice.language, notice.timezone = to, to.language, to.timezone
        notice.client_id = to.client_id if client_id is None else client_id
    elif isinstance(to, Channel):
        if to.client_id is not None and client_id not in (None, to.client_id):
            raise ForeignClient(f"{kind.kind}: channel {to.pk} is of another client")
        # What is told to a channel of the MSP is the MSP's own, whichever client it tells of.
        notice.channel, notice.language, notice.client_id = to, settings.LANGUAGE_CODE, to.client_id
    else:
        notice.address, notice.address_name, notice.language, notice.timezone = (
            to.email,
            to.name,
            to.language,
            to.timezone,
        )
    return notice


def _queue(notice: Notice, way: Way, until: datetime | None) -> Delivery:
    state = Delivery.State.HELD if until else Delivery.State.QUEUED
    delivery = Delivery.objects.create(
        notice=notice, client_id=notice.client_id, way=way, state=state, held_until=until
    )
    delivery.refresh_from_db(fields=["uid"])
    if way is Way.MAIL:
        delivery.message_id = message_id(delivery.uid, sender_for(notice.client_id).address)
        delivery.save(update_fields=["message_id"])
    if until is None:
        hand_over_later(delivery)
    return delivery


def hand_over_later(delivery: Delivery) -> None:
    """Have a delivery tried, in the scope of the system."""
    with scoped(system_scope("notify.deliver")):
        defer(deliver, delivery=delivery.pk)


def _refuse_bad(kind: NoticeKind, params: Mapping[str, Param]) -> None:
    if unknown := set(params) - kind.params:
        raise BadParams(f"{kind.kind}: {', '.join(sorted(unknown))} not declared")
    if missing := kind.params - set(params):
        raise BadParams(f"{kind.kind}: {', '.join(sorted(missing))} missing")
    if len(json.dumps(params).encode()) > PARAMS_MAX:
        raise BadParams(f"{kind.kind}: more than {PARAMS_MAX} bytes of parameters; give references")


def _refuse_files(kind: NoticeKind, files: Sequence[StoredFile], client_id: int | None) -> None:
    if any(each.client_id != client_id for each in files):
        raise ForeignClient(f"{kind.kind}: a file is not of the client whose matter it is")
    if files and Way.MAIL not in kind.ways:
        raise BadFiles(f"{kind.kind}: goes by no mail")
    if len(files) > MOST_FILES or sum(each.size for each in files) > FILES_MAX:
        raise BadFiles(f"{kind.kind}: at most {MOST_FILES} files of {FILES_MAX} bytes in all")
