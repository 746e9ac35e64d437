# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from steward.core.notify.answers import saying
from steward.core.notify.models import Attempt, Channel, Delivery, InboxItem, MailIdentity
from steward.core.notify.rendering import Words, render
from steward.core.tenancy.public import Scope, current_scope, scoped, system_scope


def inbox(person_id: int) -> QuerySet[InboxItem]:
    """What was told to a person in the console, newest first. The caller passes the person who asks, and nobody else."""
    return InboxItem.objects.filter(person_id=person_id).order_by("-at", "-pk")


def unread_count(person_id: int) -> int:
    """How much of it the person has not read."""
    return inbox(person_id).filter(read_at__isnull=True).count()


def inbox_words(item: InboxItem, *, language: str, zone: str) -> Words:
    """An inbox item in words, with links to what the current scope may see."""
    return words_for(item.kind, item.params, language=language, zone=zone, scope=current_scope())


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


def channels() -> QuerySet[Channel]:
    """The outside channels within the scope, by name."""
    return Channel.objects.select_related("client").order_by("name", "pk")


def mail_identities() -> QuerySet[MailIdentity]:
    """Who mail comes from, within the scope."""
    return MailIdentity.objects.select_related("client").order_by("client__name", "pk")


def notification_delay_seconds() -> float:
    """Age of the oldest message that waits to be handed over; 0 when none waits. A figure, hence without a scope of its own."""
    with scoped(system_scope("metrics")), transaction.atomic():
        oldest = Delivery.objects.filter(state=Delivery.State.QUEUED).aggregate(at=Min("created_at"))["at"]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0
