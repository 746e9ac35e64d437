# SPDX-License-Identifier: Apache-2.0
"""Where somebody is signed in, and ending one of these places or all of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from steward.core.identity.models import User


class NoSession(ObjectDoesNotExist):
    """The person has no such session, or has it no longer; whether somebody else has it is not told."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A living session of a person. `uid` names it outside; the key, which would open it, stays inside."""

    uid: UUID
    key: str
    user_agent: str
    address: str
    began_at: datetime
    seen_at: datetime


def sessions_of(person: User) -> list[SignedIn]:
    """The living sessions of `person`, the last seen first; not those that a new password or an end has closed."""
    rows = list(UserSession.objects.filter(user=person).order_by("-last_seen_at", "-pk"))
    living = _living(person, [row.session_key for row in rows])
    return [
        SignedIn(
            _uid(person, row.session_key), row.session_key, row.user_agent, row.ip, row.created_at, row.last_seen_at
        )
        for row in rows
        if row.session_key in living
    ]


def session_of(person: User, uid: UUID) -> SignedIn:
    """The living session of `person` that is called `uid`. Raises NoSession."""
    found = next((each for each in sessions_of(person) if each.uid == uid), None)
    if found is None:
        raise NoSession(str(uid))
    return found


def end_session(person: User, session: SignedIn) -> None:
    """End one session of `person`, from its next request on."""
    Session.objects.filter(session_key=session.key).delete()
    UserSession.objects.filter(user=person, session_key=session.key).delete()


def end_sessions(person: User, *, but: str | None = None) -> int:
    """End the sessions of `person`, from the next request on; the one with the key `but` goes on. Returns how many.

    Without `but` those are ended too that nobody wrote down: every cookie given out so far stops working.
    """
    known = UserSession.objects.filter(user=person).exclude(session_key=but or "")
    keys = list(known.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    known.delete()
    if but is None:
        User.objects.filter(pk=person.pk).update(sessions_round=F("sessions_round") + 1)
        person.refresh_from_db(fields=["sessions_round"])
    return len(keys)


def end_all_sessions() -> int:
    """End every session of everybody, from the next request on. Returns how many."""
    UserSession.objects.all().delete()
    return int(Session.objects.all().delete()[0])


def clear_ended_sessions() -> int:
    """Delete sessions that are over, and what was kept of where they came from. Returns how many were over."""
    ended, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(alive)).delete()
    return int(ended)


def _living(person: User, keys: list[str]) -> set[str]:
    marks = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return {row.session_key for row in rows if _bound(str(row.get_decoded().get(HASH_SESSION_KEY, "")), marks)}


def _bound(mark: str, marks: list[str]) -> bool:
    return any(constant_time_compare(mark, each) for each in marks)


def _uid(person: User, key: str) -> UUID:
    # Of the person and the key, so that the name of a session dies with it and opens nothing for anybody else.
    digest = salted_hmac("steward.identity.session-name", f"{person.pk}:{key}", algorithm="sha256").digest()
    return UUID(bytes=digest[:16], version=4)
