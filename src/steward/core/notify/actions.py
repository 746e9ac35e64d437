# SPDX-License-Identifier: Apache-2.0
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import OWN, Refused, action
from steward.core.audit.public import audit
from steward.core.crypto.public import encrypt
from steward.core.events.public import emit
from steward.core.identity.public import User
from steward.core.notify.addresses import on_the_line
from steward.core.notify.answers import Outcome, answer
from steward.core.notify.bounces import read_bounce
from steward.core.notify.delivering import SEALED_URL, bounced
from steward.core.notify.events import InboxChanged
from steward.core.notify.kinds import Way
from steward.core.notify.models import Channel, Delivery, InboxItem, MailIdentity
from steward.core.notify.outside import look_at
from steward.core.notify.sending import hand_over_later, send
from steward.core.tenancy.public import ALL, Actor, Client, current_scope, scoped, system_scope

RETRIED: Final = (
    Delivery.State.FAILED,
    Delivery.State.NO_CHANNEL,
    Delivery.State.BOUNCED,
    Delivery.State.HELD,
)
LOCAL_MAX: Final = 64  # letters before the @ (RFC 5321, 4.5.3.1.1)
NAME_MAX: Final = 120
TOKEN: Final = 17  # a plus sign and the sixteen letters of a reply token


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
def bounce_take(*, actor: Actor, message: str) -> bool:
    """Take a mail that says that another one did not arrive, as a mail server passes it on. Returns whether it was one of ours.

    Raises:
        Refused: field `message` when it is no such mail.
    """
    found = read_bounce(message)
    if found is None:
        raise Refused("message", _("This is no mail that says that another one did not arrive (RFC 3464)."))
    with scoped(replace(system_scope("notify.bounce"), actor=actor)):
        delivery = Delivery.objects.filter(message_id=found.message_id, way=Way.MAIL).first()
        if delivery is None:
            return False
        bounced(delivery, answer(Outcome.BOUNCED, found.answer))
        audit("notify.delivery.bounce", delivery)
    return True


@action(permission="notify.manage")
def channel_test(channel: Channel, *, actor: Actor) -> None:
    """Send a test message through a channel; what becomes of it stands in the log."""
    send("notify.test", to=channel, params={"sent_by": actor.user_id}, client=channel.client)
    audit("notify.channel.test", channel)


@action(permission="notify.manage")
def mail_test(*, actor: Actor, person: User, client: Client | None = None) -> None:
    """Send a test mail to a person, as mail of `client` where one is given; what becomes of it stands in the log."""
    send("notify.test", to=person, params={"sent_by": actor.user_id}, client=client)
    audit("notify.mail.test", person)


@action(permission="notify.manage")
def mail_identity_add(
    *, actor: Actor, client: Client | None, name: str, address: str, reply_to: str = ""
) -> MailIdentity:
    """Set who mail of a client comes from, as `mail_identity_set`, where nobody has yet.

    Raises:
        Refused: field `client` when it has a sender already; `name`, `address`, `reply_to` as `mail_identity_set`.
    """
    if MailIdentity.objects.filter(client=client).exists():
        raise Refused("client", _("There is a sender for this already; open it in the list and change it."))
    return _identity_written(MailIdentity(client=client), name, address, reply_to)


@action(permission="notify.manage")
def mail_identity_set(
    *, actor: Actor, client: Client | None, name: str, address: str, reply_to: str = ""
) -> MailIdentity:
    """Set who mail of a client comes from; without a client, all mail that has no identity of its own.

    A domain of other letters is kept in the form that mail servers read. Raises:
        Refused: field `name` when it can't stand in a mail; `address`, `reply_to` when they are no addresses, or when the
        token of an answer would find no room in `reply_to`.
    """
    found = MailIdentity.objects.filter(client=client).first() or MailIdentity(client=client)
    return _identity_written(found, name, address, reply_to)


@action(permission="notify.manage")
def mail_identity_remove(identity: MailIdentity, *, actor: Actor) -> None:
    """Take a sender away: its mail comes from the MSP's own then, and without that from STEWARD_MAIL_FROM."""
    was = {"name": identity.name, "address": identity.address, "reply_to": identity.reply_to}
    audit("notify.identity.remove", identity, **was)
    identity.delete()


@action(permission="notify.manage")
def delivery_retry(delivery: Delivery, *, actor: Actor) -> None:
    """Try a delivery again that did not get through.

    Raises:
        Refused: field `delivery` when it is under way, done, or too old to be of use. One that is held for quiet hours goes
        at once.
    """
    found = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if found.state not in RETRIED:
        raise Refused("delivery", _("This message is not among those that failed; reload the page."))
    found.state, found.ended_at = Delivery.State.QUEUED, None
    found.save(update_fields=["state", "ended_at"])
    hand_over_later(found)
    audit("notify.delivery.retry", found)


@action(permission=OWN)
def inbox_read(*, actor: Actor, items: Collection[InboxItem] | None = None) -> int:
    """Mark items of one's own inbox as read, or all of them. Returns how many were unread."""
    unread = InboxItem.objects.filter(person_id=actor.user_id, read_at__isnull=True)
    if items is not None:
        unread = unread.filter(pk__in=[item.pk for item in items])
    read = unread.update(read_at=timezone.now())
    if read:
        person = User.objects.values_list("uid", flat=True).get(pk=actor.user_id or 0)
        emit(InboxChanged(person, told=False))
    return read


def _service(url: str) -> str:
    if look_at(url).outcome is not Outcome.SENT:
        raise Refused(
            "url", _("This is no address of a service that can be told; see the list at appriseit.com/services.")
        )
    return url.partition(":")[0].lower()[:40]


def _refuse_out_of_reach(identity: MailIdentity) -> None:
    if identity.client_id is None and current_scope().clients is not ALL:
        raise Refused(
            "client", _("Only those who see every client change where all other mail comes from. Choose one.")
        )


def _identity_written(identity: MailIdentity, name: str, address: str, reply_to: str) -> MailIdentity:
    _refuse_out_of_reach(identity)
    identity.name, identity.address = _checked_name(name), _checked_address("address", address)
    identity.reply_to = _checked_address("reply_to", reply_to) if reply_to.strip() else ""
    if len(identity.reply_to.partition("@")[0]) > LOCAL_MAX - TOKEN:
        words = _(
            "Write at most %(most)s letters before the @: a token is added there by which an answer finds its way."
        )
        raise Refused("reply_to", words % {"most": LOCAL_MAX - TOKEN})
    identity.save()
    identity.refresh_from_db(fields=["uid"])
    audit("notify.identity.set", identity, address=identity.address, reply_to=identity.reply_to)
    return identity


def _checked_name(name: str) -> str:
    found = " ".join(name.split())
    if len(found) > NAME_MAX or not found.isprintable():
        raise Refused("name", _("Write a name of at most %(most)s letters, in one line.") % {"most": NAME_MAX})
    return found


def _checked_address(field: str, text: str) -> str:
    local, at, domain = text.strip().rpartition("@")
    try:
        address = on_the_line(f"{local}{at}{domain.lower()}")
        address.encode("ascii")  # the check below takes a dotless i for an I
        validate_email(address)
    except (ValidationError, UnicodeError):
        raise Refused(field, _("Write an address such as support@example.com.")) from None
    return address
