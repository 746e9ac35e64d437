# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from steward.core.identity.public import User
from steward.core.notify.answers import saying
from steward.core.notify.delivering import address_hash
from steward.core.notify.identities import sender_for
from steward.core.notify.kinds import NoticeKind, Way
from steward.core.notify.mail import Sender
from steward.core.notify.models import (
    Attempt,
    BouncedAddress,
    Channel,
    Delivery,
    InboxItem,
    MailIdentity,
    Notice,
    Wishes,
)
from steward.core.notify.rendering import Said, Words, render, say
from steward.core.notify.wishes import ways_to, wishes_of
from steward.core.tenancy.public import Scope, current_scope, scoped, system_scope

SEALED_KIND: Final = "notify.account_mail"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of a message by one way: the delivery and its state, how often it was tried, and the last answer as an attempt
    has it: the other side's words, or ours by code and parameters."""

    delivery: UUID
    state: str
    attempts: int
    answer: str = ""
    code: str = ""
    params: dict[str, str] = field(default_factory=dict)


def inbox(person_id: int) -> QuerySet[InboxItem]:
    """What was told to a person in the console, newest first. The caller passes the person who asks, and nobody else."""
    return InboxItem.objects.filter(person_id=person_id).order_by("-at", "-pk")


def unread_count(person_id: int) -> int:
    """How much of it the person has not read."""
    return inbox(person_id).filter(read_at__isnull=True).count()


def inbox_words(item: InboxItem, *, language: str, zone: str) -> Words:
    """An inbox item in words, with links to what the current scope may see."""
    return words_for(item.kind, item.params, language=language, zone=zone, scope=current_scope())


def inbox_said(items: Sequence[InboxItem], *, language: str, zone: str) -> list[Said]:
    """Many inbox items for their reader, in a fixed number of queries."""
    return say([(item.kind, item.params) for item in items], language=language, zone=zone)


def notice_said(notice: Notice, *, language: str, zone: str) -> Said | None:
    """A message as the current reader may see it; None for one whose words lay sealed, which nobody reads but who it went to."""
    if notice.kind == SEALED_KIND:
        return None
    return say([(notice.kind, notice.params)], language=language, zone=zone)[0]


def words_for(kind: str, params: Mapping[str, Any], *, language: str, zone: str, scope: Scope) -> Words:
    """The words of a kind of message for a reader."""
    return render(kind, params, language=language, zone=zone, scope=scope)


def deliveries() -> QuerySet[Delivery]:
    """The log, newest first: each message by each way, with its notice. Within the scope."""
    return Delivery.objects.select_related("notice", "notice__person", "notice__channel", "client").order_by(
        "-created_at", "-pk"
    )


def attempts(delivery: Delivery) -> QuerySet[Attempt]:
    """Every try of a delivery with the other side's answer, in order."""
    return Attempt.objects.filter(delivery=delivery).order_by("number")


def attempt_text(attempt: Attempt) -> str:
    """What became of a try: the other side's own words as they are, or ours in the reader's language."""
    return saying(attempt.code, attempt.params) if attempt.code else attempt.answer


def undelivered_counts() -> dict[str, int]:
    """How many deliveries are in each state that somebody should look at. Within the scope."""
    bad = (Delivery.State.NO_CHANNEL, Delivery.State.FAILED, Delivery.State.BOUNCED)
    return dict(Delivery.objects.filter(state__in=bad).values_list("state").annotate(Count("pk")).order_by("state"))


def message_ids(notices: Iterable[UUID]) -> dict[UUID, str]:
    """The Message-ID that each message has, or will have, as a mail. Within the scope."""
    rows = Delivery.objects.filter(notice__uid__in=list(notices), way=Way.MAIL).exclude(message_id="")
    return dict(rows.values_list("notice__uid", "message_id"))


def channels() -> QuerySet[Channel]:
    """The outside channels within the scope, by name."""
    return Channel.objects.select_related("client").order_by("name", "pk")


def mail_identities() -> QuerySet[MailIdentity]:
    """Who mail comes from, within the scope."""
    return MailIdentity.objects.select_related("client").order_by("client__name", "pk")


def notification_delay_seconds() -> float:
    """Age of the oldest message that waits to be handed over; 0 when none waits. A figure, hence without a scope of its own."""
    with scoped(system_scope("metrics")), transaction.atomic():
        # What was held for somebody's quiet hours began to wait when they ended.
        since = Min(Coalesce("held_until", "created_at"))
        oldest = Delivery.objects.filter(state=Delivery.State.QUEUED).aggregate(at=since)["at"]
    return max((timezone.now() - oldest).total_seconds(), 0.0) if oldest else 0.0


def ways_of(delivery: Delivery) -> list[Delivery]:
    """The same message by its other ways."""
    return list(Delivery.objects.filter(notice_id=delivery.notice_id).exclude(pk=delivery.pk).order_by("way"))


def bounce_of(address: str) -> BouncedAddress | None:
    """That an address was refused for good, when, and in which words; None while mail to it gets through."""
    return BouncedAddress.objects.filter(pk=address_hash(address)).first() if address else None


def own_wishes(person_id: int) -> Wishes:
    """What a person wishes, an unsaved row when they never said anything. For the person who asks, and nobody else."""
    return Wishes.objects.filter(person_id=person_id).first() or Wishes(person_id=person_id)


def chosen_ways(kind: NoticeKind, wishes: Wishes) -> list[str]:
    """The ways besides the console that a kind of message takes to a person, for the page that changes them."""
    return sorted(way.value for way in ways_to(kind, wishes))


def own_last_told(person_id: int) -> Delivery | None:
    """The last message that went to a person's own channel, as far as the scope shows it."""
    told = Delivery.objects.filter(notice__person_id=person_id, way=Way.CHANNEL)
    return told.order_by("-created_at", "-pk").first()


def outward_ways(people: Iterable[User]) -> dict[int, tuple[Way, ...]]:
    """By which ways each person can be told besides the console, by their number; the one that rings first."""
    found = list(people)
    wishes = wishes_of(found)
    own = {pk for pk, each in wishes.items() if each.sealed_url}
    return {each.pk: (Way.CHANNEL, Way.MAIL) if each.pk in own else (Way.MAIL,) for each in found}


def handed_over(notices: Iterable[UUID]) -> dict[UUID, HandedOver]:
    """What became of messages that were sent by one way each, by the identifier that `send` gave. Within the scope."""
    found = {each.pk: each for each in deliveries().filter(notice__uid__in=list(notices))}
    last: dict[int, Attempt] = {}
    for attempt in Attempt.objects.filter(delivery__in=found).order_by("delivery_id", "number"):
        last[attempt.delivery_id] = attempt
    return {each.notice.uid: _handed_over(each, last.get(pk)) for pk, each in found.items()}


def _handed_over(delivery: Delivery, last: Attempt | None) -> HandedOver:
    if last is None:
        return HandedOver(delivery.uid, delivery.state, delivery.attempts)
    return HandedOver(delivery.uid, delivery.state, delivery.attempts, last.answer, last.code, last.params)


def default_sender() -> Sender:
    """Who mail comes from when a client has no sender of its own. Needs a scope of all clients to see the MSP's own."""
    return sender_for(None)
