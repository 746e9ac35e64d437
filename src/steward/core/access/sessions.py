# SPDX-License-Identifier: Apache-2.0
"""Who may see and end sessions: everybody their own, others' who may act on that person."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from steward.core.access.action import OWN, action
from steward.core.access.errors import Denied, Refused
from steward.core.access.reach import refuse_out_of_reach
from steward.core.audit.public import audit
from steward.core.identity.public import SignedIn, User, end_session, end_sessions, session_of, sessions_of
from steward.core.tenancy.public import Actor


def own_sessions(*, actor: Actor) -> list[SignedIn]:
    """Where the actor is signed in. Raises Denied for a token, whose rights don't reach its owner's sign-in."""
    return sessions_of(_oneself(actor))


def sessions_within_reach(person: User, *, actor: Actor) -> list[SignedIn] | None:
    """Where `person` is signed in; None for an actor who could not end these sessions either."""
    if not actor.may("people.manage"):
        return None
    try:
        refuse_out_of_reach(actor, person, "people.manage")
    except Denied:
        return None
    return sessions_of(person)


@action(permission=OWN)
def own_session_end(uid: UUID, *, actor: Actor, here: str | None) -> SignedIn:
    """End one of the actor's own sessions. `here` is the key of the one in use, which is ended by signing out.

    Raises NoSession, for another person's too; Refused (`session`) for the one in use; Denied for a token.
    """
    person = _oneself(actor)
    ended = _ended(person, uid, here)
    audit("people.session.end", person)
    return ended


@action(permission=OWN)
def own_sessions_end(*, actor: Actor, but: str | None) -> int:
    """End one's own sessions; the one with the key `but` goes on. Returns how many ended."""
    person = _oneself(actor)
    ended = end_sessions(person, but=but)
    audit("people.sessions.end", person, sessions=ended)
    return ended


@action(permission="people.manage")
def session_revoke(person: User, uid: UUID, *, actor: Actor, here: str | None) -> SignedIn:
    """End one session of `person` at once. Raises NoSession, Refused (`session`) for the one in use, Denied."""
    refuse_out_of_reach(actor, person, "people.manage")
    ended = _ended(person, uid, here)
    audit("people.session.revoke", person)
    return ended


@action(permission="people.manage")
def sessions_revoke(person: User, *, actor: Actor) -> int:
    """End every session of `person` at once. Returns how many were known."""
    refuse_out_of_reach(actor, person, "people.manage")
    ended = end_sessions(person)
    audit("people.sessions.revoke", person, sessions=ended)
    return ended


def _ended(person: User, uid: UUID, here: str | None) -> SignedIn:
    found = session_of(person, uid)
    if found.key == here:
        raise Refused("session", _("This is the session that you are using. Sign out to end it."))
    end_session(person, found)
    return found


def _oneself(actor: Actor) -> User:
    if actor.kind != "person" or actor.user_id is None:
        raise Denied(OWN)
    return User.objects.get(pk=actor.user_id)
