# SPDX-License-Identifier: Apache-2.0
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import OWN, Refused, action
from steward.core.audit.public import audit
from steward.core.crypto.public import encrypt
from steward.core.identity.public import User
from steward.core.notify.answers import Outcome
from steward.core.notify.delivering import SEALED_URL
from steward.core.notify.models import Channel, Delivery, InboxItem, MailIdentity
from steward.core.notify.outside import look_at
from steward.core.notify.sending import hand_over_later, send
from steward.core.tenancy.public import Actor, Client

RETRIED = (Delivery.State.FAILED, Delivery.State.NO_CHANNEL, Delivery.State.BOUNCED)


@action(permission="notify.manage")
def channel_add(
    *, actor: Actor, client: Client | None, name: str, url: str, fallback: bool
) -> Channel:  # the decorator looks at it
    """Add an outside channel by its Apprise address, which is sealed and never shown again.

    Raises:
        Refused: field `name` when it is empty or taken, field `url` when it is no address of a service.
    """
    name = name.strip()
    if not name:
        raise Refused("name", _("Give the channel a name."))
    if Channel.objects.filter(client=client, name=name).exists():
        raise Refused("name", _("There is a channel of this name already."))
    channel = Channel(client=client, name=name, service=_service(url), fallback=fallback)
    channel.sealed_url = ""
    channel.save()
    channel.refresh_from_db(fields=["uid"])
    channel.sealed_url = encrypt(SEALED_URL, url.encode(), context=channel.uid.bytes)
    channel.save(update_fields=["sealed_url"])
    audit("notify.channel.add", channel, name=name, service=channel.service, fallback=fallback)
    return channel


@action(permission="notify.manage")
def channel_edit(channel: Channel, *, actor: Actor, name: str, enabled: bool, fallback: bool, url: str = "") -> Channel:
    """Change a channel; its address only when a new one is given.

    Raises:
        Refused: as `channel_add`.
    """
    name = name.strip()
    if not name:
        raise Refused("name", _("Give the channel a name."))
    if Channel.objects.filter(client=channel.client_id, name=name).exclude(pk=channel.pk).exists():
        raise Refused("name", _("There is a channel of this name already."))
    channel.name, channel.enabled, channel.fallback = name, enabled, fallback
    if url:
        channel.service = _service(url)
        channel.sealed_url = encrypt(SEALED_URL, url.encode(), context=channel.uid.bytes)
    channel.save()
    audit("notify.channel.edit", channel, name=name, enabled=enabled, fallback=fallback, address_changed=bool(url))
    return channel


@action(permission="notify.manage")
def channel_test(channel: Channel, *, actor: Actor) -> None:
    """Send a test message through a channel; what becomes of it stands in the log."""
    send("notify.test", to=channel, params={"sent_by": actor.user_id}, client=channel.client)
    audit("notify.channel.test", channel)


@action(permission="notify.manage")
def mail_test(*, actor: Actor, person: User) -> None:
    """Send a test mail to a person; what becomes of it stands in the log."""
    send("notify.test", to=person, params={"sent_by": actor.user_id}, client=None)
    audit("notify.mail.test", person)


@action(permission="notify.manage")
def mail_identity_set(
    *, actor: Actor, client: Client | None, name: str, address: str, reply_to: str = ""
) -> MailIdentity:
    """Set who mail of a client comes from; without a client, all mail that has no identity of its own.

    Raises:
        Refused: fields `address`, `reply_to` when they are no addresses.
    """
    _refuse_no_address("address", address)
    if reply_to:
        _refuse_no_address("reply_to", reply_to)
    identity = MailIdentity.objects.filter(client=client).first() or MailIdentity(client=client)
    identity.name, identity.address, identity.reply_to = " ".join(name.split()), address, reply_to
    identity.save()
    audit("notify.identity.set", identity, address=address, reply_to=reply_to)
    return identity


@action(permission="notify.manage")
def delivery_retry(delivery: Delivery, *, actor: Actor) -> None:
    """Try a delivery again that did not get through.

    Raises:
        Refused: field `delivery` when it is under way, done, or too old to be of use.
    """
    found = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if found.state not in RETRIED:
        raise Refused("delivery", _("This message is not among those that failed; reload the page."))
    found.state, found.ended_at = Delivery.State.QUEUED, None
    found.save(update_fields=["state", "ended_at"])
    hand_over_later(found)
    audit("notify.delivery.retry", found)


@action(permission=OWN)
def inbox_read(*, actor: Actor, item: InboxItem | None = None) -> int:
    """Mark one item of one's own inbox as read, or all of them. Returns how many."""
    unread = InboxItem.objects.filter(person_id=actor.user_id, read_at__isnull=True)
    if item is not None:
        unread = unread.filter(pk=item.pk)
    return unread.update(read_at=timezone.now())


def _service(url: str) -> str:
    if look_at(url).outcome is not Outcome.SENT:
        raise Refused(
            "url", _("This is no address of a service that can be told; see the list at appriseit.com/services.")
        )
    return url.partition(":")[0].lower()[:40]


def _refuse_no_address(field: str, address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(field, _("Write an address such as support@example.com.")) from None
