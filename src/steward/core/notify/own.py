# SPDX-License-Identifier: Apache-2.0
"""What a person decides about messages to themselves."""

from collections.abc import Collection, Mapping
from datetime import time, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import OWN, Denied, Refused, action
from steward.core.audit.public import audit
from steward.core.crypto.public import encrypt
from steward.core.identity.public import User
from steward.core.notify.answers import Outcome
from steward.core.notify.kinds import NoticeKind, notice_kinds
from steward.core.notify.models import Notice, Wishes
from steward.core.notify.outside import look_at
from steward.core.notify.sending import send
from steward.core.notify.wishes import OUTWARD, SEALED_OWN, ways_to
from steward.core.tenancy.public import Actor, scoped, system_scope

# Services whose address names no host: Steward calls the service's own, never a machine of somebody's choosing.
PUBLIC_SERVICES: Final = ("discord", "gchat", "pbul", "pover", "prowl", "slack", "tgram")
BETWEEN_TESTS: Final = timedelta(seconds=30)
TEST: Final = "notify.test"


@action(permission=OWN)
def wishes_set(
    *,
    actor: Actor,
    language: str,
    quiet_from: time | None,
    quiet_to: time | None,
    ways: Mapping[str, Collection[str]],
    channel: str | None = None,
) -> Wishes:
    """Say how one wants to be told: the language of mail ("" as the profile), quiet hours by one's own clock, and for each
    kind of message the ways besides the console ("mail", "channel"); a kind left out goes as it was declared. `channel` is the
    address of a channel of one's own, which is sealed; None leaves it, "" takes it away.

    For persons, not for tokens. Raises:
        Refused: fields `language`, `quiet_from`, `quiet_to`, `ways`, `channel`, each saying what is possible.
    """
    person = _oneself(actor)
    wishes = Wishes.objects.select_for_update().filter(person=person).first() or Wishes(person=person)
    wishes.language = _checked_language(language)
    wishes.quiet_from, wishes.quiet_to = _checked_hours(quiet_from, quiet_to)
    if channel is not None:
        wishes.service, wishes.sealed_url = _sealed(channel.strip(), person, actor)
    wishes.ways = _checked_ways(ways, wishes)
    wishes.save()
    audit(
        "notify.wishes.set",
        person,
        language=wishes.language,
        quiet_hours=wishes.quiet_from is not None,
        kinds=sorted(wishes.ways),
        service=wishes.service,
    )
    return wishes


@action(permission=OWN)
def own_test(*, actor: Actor) -> None:
    """Send oneself a test message by mail, and by one's own channel where there is one.

    Raises:
        Refused: field `test` within half a minute of the last one.
    """
    person = _oneself(actor)
    with scoped(system_scope(TEST)):
        since = timezone.now() - BETWEEN_TESTS
        if Notice.objects.filter(person=person, kind=TEST, created_at__gt=since).exists():
            raise Refused("test", _("A test message went out a moment ago. Wait half a minute, then try again."))
    send(TEST, to=person, params={"sent_by": actor.user_id}, client=None)


def chosen_kinds() -> list[NoticeKind]:
    """The kinds of messages that a person chooses ways for, in alphabetical order."""
    return [kind for kind in notice_kinds() if kind.is_chosen]


def _oneself(actor: Actor) -> User:
    if actor.kind != "person" or actor.user_id is None:
        raise Denied(OWN)
    return User.objects.select_for_update().get(pk=actor.user_id)


def _checked_language(language: str) -> str:
    if language and language not in dict(settings.LANGUAGES):
        known = ", ".join(code for code, _name in settings.LANGUAGES if code != settings.PSEUDO_LOCALE)
        raise Refused("language", _("Choose one of: %(known)s; or none, for that of your profile.") % {"known": known})
    return language


def _checked_hours(begins: time | None, ends: time | None) -> tuple[time | None, time | None]:
    if (begins is None) != (ends is None):
        missing = "quiet_to" if ends is None else "quiet_from"
        raise Refused(missing, _("Give both ends of the quiet hours, or neither."))
    if begins is None or ends is None:
        return None, None
    if begins.tzinfo is not None or ends.tzinfo is not None:
        raise Refused("quiet_from", _("Write the hours without a zone, as 22:00: they are those of your own clock."))
    if begins == ends:
        raise Refused(
            "quiet_to", _("Quiet hours that end when they begin would last the whole day. Choose another end.")
        )
    return begins, ends


def _sealed(url: str, person: User, actor: Actor) -> tuple[str, str]:
    if not url:
        return "", ""
    service = url.partition(":")[0].lower()[:40]
    if service not in PUBLIC_SERVICES and not actor.may("notify.manage"):
        known = ", ".join(PUBLIC_SERVICES)
        raise Refused("channel", _("Use a service that is reached at its own address: %(known)s.") % {"known": known})
    if look_at(url).outcome is not Outcome.SENT:
        raise Refused(
            "channel", _("This is no address of a service that can be told; see the list at appriseit.com/services.")
        )
    return service, encrypt(SEALED_OWN, url.encode(), context=person.uid.bytes)


def _checked_ways(ways: Mapping[str, Collection[str]], wishes: Wishes) -> dict[str, list[str]]:
    """What was chosen, as far as it differs from how the kinds go by themselves."""
    kinds = {kind.kind: kind for kind in chosen_kinds()}
    as_declared = Wishes(sealed_url=wishes.sealed_url)
    found = {}
    for name, wanted in ways.items():
        if name not in kinds:
            known = ", ".join(kinds)
            raise Refused(
                "ways",
                _("There is no choice for “%(kind)s”. Use one of: %(known)s.") % {"kind": name[:80], "known": known},
            )
        _refuse_ways(kinds[name], set(wanted), wishes)
        if set(wanted) != {way.value for way in ways_to(kinds[name], as_declared)}:
            found[name] = sorted(set(wanted))
    return found


def _refuse_ways(kind: NoticeKind, wanted: set[str], wishes: Wishes) -> None:
    if unknown := wanted - {way.value for way in OUTWARD}:
        raise Refused(
            "ways", _("“%(way)s” is no way. Use mail, channel, or neither.") % {"way": sorted(unknown)[0][:40]}
        )
    if "channel" in wanted and not wishes.sealed_url:
        raise Refused("ways", _("Give the address of your own channel first, then choose what goes there."))
    if kind.urgent and not wanted:
        raise Refused(
            "ways", _("“%(kind)s” is urgent and needs a way besides the console.") % {"kind": str(kind.label)}
        )
