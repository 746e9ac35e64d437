# SPDX-License-Identifier: Apache-2.0
"""By which ways a message goes to a person, and when: what they wish, within what its kind allows."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from steward.core.crypto.public import decrypt
from steward.core.identity.public import User
from steward.core.notify.kinds import NoticeKind, Way
from steward.core.notify.models import Wishes
from steward.core.notify.quiet import quiet_until
from steward.core.notify.rendering import known_zone

SEALED_OWN: Final = "notify.own_channel"
OUTWARD: Final = frozenset({Way.MAIL, Way.CHANNEL})


def wishes_of(people: Iterable[User]) -> Mapping[int, Wishes]:
    """What each person wishes, by their number; nobody who never said anything, and nobody who was erased."""
    found = [each.pk for each in people if each.erased_at is None]
    return {each.pk: each for each in Wishes.objects.filter(person_id__in=found)} if found else {}


def ways_to(kind: NoticeKind, wishes: Wishes | None) -> frozenset[Way]:
    """The ways besides the console. An urgent message has at least one of them, whatever was wished."""
    open_ways = OUTWARD if wishes is not None and wishes.sealed_url else frozenset({Way.MAIL})
    taken = _wanted(kind, wishes) & open_ways
    return taken or (frozenset({Way.MAIL}) if kind.urgent else frozenset())


def _wanted(kind: NoticeKind, wishes: Wishes | None) -> frozenset[Way]:
    if not kind.is_chosen:
        return kind.ways
    if wishes is not None and kind.kind in wishes.ways:
        return frozenset(way for way in OUTWARD if way.value in wishes.ways[kind.kind])
    # Somebody who gives an address of their own wants to be reached by it when it matters.
    return kind.ways | ({Way.CHANNEL} if kind.urgent else frozenset())


def held_until(kind: NoticeKind, person: User, wishes: Wishes | None, now: datetime) -> datetime | None:
    """Until when a message to a person waits for their quiet hours to end; None when it goes at once."""
    if wishes is None or kind.urgent or not kind.is_chosen:
        return None
    return quiet_until(now, wishes.quiet_from, wishes.quiet_to, known_zone(person.timezone))


def own_channel(person: User) -> str:
    """The address of a person's own channel; "" when there is none."""
    wishes = wishes_of([person]).get(person.pk)
    if wishes is None or not wishes.sealed_url:
        return ""
    return decrypt(SEALED_OWN, wishes.sealed_url, context=person.uid.bytes).decode()
