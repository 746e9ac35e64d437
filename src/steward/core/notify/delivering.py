# SPDX-License-Identifier: Apache-2.0
"""Handing one message over: prepared in one transaction, tried outside of any, written down in another.

A worker that is killed in between tries again, and the mail it sends again has the same Message-ID."""

import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from email.errors import MessageError
from email.message import EmailMessage
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from steward.core.access.public import scope_for
from steward.core.crypto.public import decrypt
from steward.core.events.public import emit
from steward.core.files.public import ContentGone, ContentsAway, StoredFile, open_file
from steward.core.identity.public import fold_email
from steward.core.jobs.public import Backoff, OperatorError, current_job, job
from steward.core.notify.answers import Answer, Outcome, own_answer
from steward.core.notify.events import HandOverFailed, MailBounced, NobodyReached, UrgentMailFailed
from steward.core.notify.identities import sender_for
from steward.core.notify.kinds import Way, notice_kind
from steward.core.notify.mail import Enclosed, compose, enclose
from steward.core.notify.models import Attempt, BouncedAddress, Delivery, Notice
from steward.core.notify.outside import tell
from steward.core.notify.quoting import secrets_in_address, secrets_in_mail, without
from steward.core.notify.rendering import Words, known_language, render, words
from steward.core.notify.smtp import MailServer, hand_over
from steward.core.notify.wishes import own_channel
from steward.core.tenancy.public import Scope, system_scope
from steward.settings.env import get_settings

SEALED: Final = "notify"  # the purpose of the key that seals words
SEALED_URL: Final = "notify.channel"
RETRY: Final = Backoff(attempts=9, first=timedelta(seconds=5), factor=3.0, longest=timedelta(hours=1))

NOT_NOW: Final = (Delivery.State.SENT, Delivery.State.BOUNCED, Delivery.State.EXPIRED, Delivery.State.HELD)

_ENDS: Final = {
    Outcome.SENT: Delivery.State.SENT,
    Outcome.BOUNCED: Delivery.State.BOUNCED,
    Outcome.REFUSED: Delivery.State.FAILED,
    Outcome.NO_CHANNEL: Delivery.State.NO_CHANNEL,
}


@dataclass(frozen=True, slots=True)
class _Ready:
    """All that an attempt needs, so that none of it is read while the other side is waited for."""

    delivery: int
    words: Words
    mail: EmailMessage | None
    sender: str
    recipient: str
    url: str = field(repr=False)
    secrets: frozenset[str] = field(repr=False)  # what the other side's words must not repeat
    refusal: str = ""  # why nothing can be handed over, as a code
    files: tuple[StoredFile, ...] = ()
    lacks_a_file: bool = False


@job(name="notify.deliver", retry=RETRY, queue="notify", atomic=False)
def deliver(*, delivery: int) -> None:
    """Try one delivery. Raises OperatorError, and is tried again, when the other side can't take it now."""
    with transaction.atomic():
        ready = _prepare(delivery)
    if ready is None:
        return
    began = time.monotonic()
    said = _hand_over(ready)
    with transaction.atomic():
        _write_down(ready, said, round((time.monotonic() - began) * 1000))
    if said.outcome is Outcome.LATER:
        raise OperatorError(said.text)


def address_hash(address: str) -> str:
    """An address as bounces remember it."""
    return hashlib.sha256(fold_email(address).encode()).hexdigest()


def _prepare(pk: int) -> _Ready | None:
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("notice", "notice__person", "notice__channel")
        .get(pk=pk)
    )
    if delivery.state in NOT_NOW:
        return None
    notice = delivery.notice
    found = _words(notice)
    if delivery.way == Way.CHANNEL:
        url = _channel_address(notice)
        return _Ready(pk, found, None, "", "", url, secrets_in_address(url) | _secrets_in(notice, found))
    to = notice.person.email if notice.person else notice.address
    name = notice.person.name if notice.person else notice.address_name
    sender = sender_for(notice.client_id)
    try:
        mail = compose(
            found,
            sender=sender,
            to=to,
            to_name=name,
            identifier=delivery.message_id,
            token=notice.reply_token,
            at=delivery.created_at,
            references=notice.references.split(),
            automatic=notice.automatic,
        )
    except (ValueError, LookupError, TypeError, AttributeError, MessageError):
        # Words come from outside: whoever writes what no mail can hold must not keep others from being told in another way.
        return _Ready(pk, found, None, sender.address, to, "", frozenset(), "unwritable")
    files, asked = files_of(notice), len(notice.files.split())
    hidden = _secrets_in(notice, found)
    return _Ready(pk, found, mail, sender.address, to, "", hidden, files=files, lacks_a_file=len(files) < asked)


def files_of(notice: Notice) -> tuple[StoredFile, ...]:
    """The files that go with a message where it goes as a mail, in their order; those that are kept no more are left out."""
    if not notice.files:
        return ()
    found = {
        str(each.uid): each for each in StoredFile.objects.filter(client=notice.client_id, uid__in=notice.files.split())
    }
    return tuple(found[uid] for uid in notice.files.split() if uid in found)


def _secrets_in(notice: Notice, found: Words) -> frozenset[str]:
    return secrets_in_mail(found.text) if notice.sealed else frozenset()


def _channel_address(notice: Notice) -> str:
    if notice.channel is not None:
        return decrypt(SEALED_URL, notice.channel.sealed_url, context=notice.channel.uid.bytes).decode()
    return own_channel(notice.person) if notice.person is not None else ""


def _words(notice: Notice) -> Words:
    kept = json.loads(decrypt(SEALED, notice.sealed, context=notice.uid.bytes)) if notice.sealed else {}
    if "text" in kept:
        with override(known_language(notice.language)):
            return words(kept["subject"], kept["text"], notice.language)
    params = {**notice.params, **kept.get("params", {})}
    return render(notice.kind, params, language=notice.language, zone=notice.timezone, scope=_reader(notice))


def _reader(notice: Notice) -> Scope:
    if notice.person is not None:
        return scope_for(notice.person)
    everything = system_scope("notify.reader")
    return (
        everything if notice.client_id is None and notice.channel is not None else everything.narrowed(_clients(notice))
    )


def _clients(notice: Notice) -> frozenset[int]:
    return frozenset() if notice.client_id is None else frozenset({notice.client_id})


def _hand_over(ready: _Ready) -> Answer:
    if ready.refusal:
        return own_answer(Outcome.REFUSED, ready.refusal)
    if ready.mail is None and not ready.url:
        return own_answer(Outcome.REFUSED, "no_own_channel")
    if ready.mail is None:
        return without(tell(ready.url, title=ready.words.subject, body=ready.words.text), ready.secrets)
    if get_settings().smtp_url is None:
        return own_answer(Outcome.NO_CHANNEL, "no_server")
    try:
        server = MailServer.parse(get_settings().smtp_url or "")
    except ValueError:
        return own_answer(Outcome.NO_CHANNEL, "bad_server")
    if trouble := _enclosed(ready, ready.mail):
        return trouble
    said = hand_over(ready.mail, sender=ready.sender, recipient=ready.recipient, server=server)
    return without(said, ready.secrets | server.secrets)


def _enclosed(ready: _Ready, mail: EmailMessage) -> Answer | None:
    """Put the files into the mail. The answer when one of them can't be had: a mail without it would look whole."""
    if ready.lacks_a_file:
        return own_answer(Outcome.REFUSED, "file_gone")
    try:
        enclose(mail, [_content(each) for each in ready.files])
    except ContentGone:
        return own_answer(Outcome.REFUSED, "file_gone")
    except ContentsAway:
        return own_answer(Outcome.LATER, "files_away")
    return None


def _content(file: StoredFile) -> Enclosed:
    with open_file(file) as content:
        return Enclosed(file.name, file.content_type, content.read())


def _write_down(ready: _Ready, said: Answer, milliseconds: int) -> None:
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("notice").get(pk=ready.delivery)
    delivery.attempts += 1
    Attempt.objects.create(
        delivery=delivery,
        client_id=delivery.client_id,
        number=delivery.attempts,
        outcome=said.outcome,
        answer="" if said.code else said.text,
        code=said.code,
        params=said.params,
        milliseconds=milliseconds,
    )
    running = current_job()
    if said.outcome is not Outcome.LATER:
        delivery.state = _ENDS[said.outcome]
    elif running is None or running.last_attempt:
        delivery.state = Delivery.State.FAILED
    delivery.ended_at = None if delivery.state == Delivery.State.QUEUED else timezone.now()
    delivery.save(update_fields=["attempts", "state", "ended_at"])
    _follow_up(delivery, said, ready.recipient)


def bounced(delivery: Delivery, said: Answer) -> None:
    """Write down that a mail which had been taken did not arrive. Needs the scope of the system and a transaction."""
    locked = (
        Delivery.objects.select_for_update(of=("self",)).select_related("notice", "notice__person").get(pk=delivery.pk)
    )
    if locked.state == Delivery.State.BOUNCED:
        return
    notice = locked.notice
    recipient = notice.person.email if notice.person else notice.address
    _write_down(_Ready(locked.pk, Words("", "", ""), None, "", recipient, "", frozenset()), said, 0)


def _follow_up(delivery: Delivery, said: Answer, recipient: str) -> None:
    notice = delivery.notice
    urgent = notice_kind(notice.kind).urgent
    if said.outcome in (Outcome.SENT, Outcome.BOUNCED) and notice.sealed:
        Notice.objects.filter(pk=notice.pk).update(sealed="")
    if said.outcome is Outcome.BOUNCED:
        BouncedAddress.objects.update_or_create(
            address_hash=address_hash(recipient), defaults={"answer": said.text, "at": timezone.now()}
        )
        emit(MailBounced(notice.uid, notice.person_id))
    if said.outcome is Outcome.SENT and delivery.way == Way.MAIL:
        BouncedAddress.objects.filter(address_hash=address_hash(recipient)).delete()
    if said.outcome is not Outcome.SENT:
        emit(HandOverFailed(notice.uid, notice.kind, said.outcome))
    if not urgent or said.outcome is Outcome.SENT:
        return
    if notice.channel_id is not None:
        if delivery.state == Delivery.State.FAILED:
            emit(NobodyReached(notice.uid, notice.kind))
    elif delivery.attempts == 1 and (delivery.way == Way.MAIL or not _is_mailed(notice)):
        emit(UrgentMailFailed(notice.uid))


def _is_mailed(notice: Notice) -> bool:
    # Where mail goes as well, its fate decides whether another way is sought, so that nobody is told twice.
    return Delivery.objects.filter(notice=notice, way=Way.MAIL).exists()
