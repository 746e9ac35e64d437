# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from steward.core.jobs.public import periodic
from steward.core.notify.models import Delivery, InboxItem, Notice, Wishes
from steward.core.notify.sending import hand_over_later
from steward.settings.env import get_settings

OF_USE: Final = timedelta(hours=24)
SEALED_OF_USE: Final = timedelta(minutes=30)  # a link to set a password is old by then
KEEP_ADDRESSES: Final = timedelta(days=90)
KEEP_INBOX: Final = timedelta(days=365)


@periodic("*/5 * * * *", name="notify.send_waiting")
def send_waiting() -> None:
    """Try again what had nothing to send it with, once a mail server is set; let go what is too old to be of use."""
    now = timezone.now()
    waiting = Delivery.objects.filter(state=Delivery.State.NO_CHANNEL)
    old = Q(created_at__lt=now - OF_USE) | Q(created_at__lt=now - SEALED_OF_USE, notice__kind="notify.account_mail")
    expired = list(waiting.filter(old).values_list("pk", "notice_id"))
    Delivery.objects.filter(pk__in=[pk for pk, _ in expired]).update(state=Delivery.State.EXPIRED, ended_at=now)
    Notice.objects.filter(pk__in=[notice for _, notice in expired]).exclude(sealed="").update(sealed="")
    if get_settings().smtp_url is None:
        return
    for delivery in waiting.exclude(old).select_for_update(skip_locked=True, of=("self",)):
        delivery.state, delivery.ended_at = Delivery.State.QUEUED, None
        delivery.save(update_fields=["state", "ended_at"])
        hand_over_later(delivery)


@periodic("* * * * *", name="notify.send_held")
def send_held() -> None:
    """Send what waited for the end of somebody's quiet hours."""
    over = Delivery.objects.filter(state=Delivery.State.HELD, held_until__lte=timezone.now())
    for delivery in over.select_for_update(skip_locked=True, of=("self",)):
        delivery.state = Delivery.State.QUEUED
        delivery.save(update_fields=["state"])
        hand_over_later(delivery)


@periodic("23 2 * * *", name="notify.forget")
def forget() -> None:
    """Blank old addresses of people outside, unseal nothing older than a day, clear old inboxes and what the erased wished."""
    now = timezone.now()
    Notice.objects.filter(created_at__lt=now - KEEP_ADDRESSES).exclude(address="").update(address="", address_name="")
    Notice.objects.filter(created_at__lt=now - OF_USE).exclude(sealed="").update(sealed="")
    InboxItem.objects.filter(Q(at__lt=now - KEEP_INBOX) | Q(person__erased_at__isnull=False)).delete()
    Wishes.objects.filter(person__erased_at__isnull=False).delete()
