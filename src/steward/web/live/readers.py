# SPDX-License-Identifier: Apache-2.0
"""Who reads a stream, what they may hear of, and whether they still may. Synchronous: run in the hub's few threads."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import close_old_connections, transaction
from django.http import HttpRequest
from django.utils import timezone

from steward.core.access.public import missing_step, scope_for
from steward.core.identity.public import User
from steward.core.tenancy.public import Client, Scope, scoped
from steward.core.ui.public import BadTopic, Topic, topic_permission


class NotSignedIn(PermissionError):
    """No living session, or one of somebody who has no second factor yet."""


class UnknownTopic(LookupError):
    """A topic of a client outside the reader's scope, of nobody, or of what the reader may not see: from outside all the same."""


@dataclass(frozen=True, slots=True)
class Reader:
    """An open stream's reader."""

    session_key: str
    person: int


def reader_of(session_key: str, topics: Iterable[str]) -> tuple[Reader, frozenset[str]]:
    """The reader behind a session's key, with the topics written as they are announced.

    Raises NotSignedIn, UnknownTopic, BadTopic.
    """
    close_old_connections()
    try:
        with transaction.atomic():
            person = _person(session_key)
            scope = scope_for(person)
            with scoped(scope):
                heard = frozenset(str(_within(Topic.parse(each), person, scope)) for each in topics)
    finally:
        close_old_connections()
    return Reader(session_key, person.pk), heard


def still_reading(readers: Iterable[Reader]) -> set[Reader]:
    """Those whose session lives and who may still sign in: one query, however many there are."""
    asked = set(readers)
    close_old_connections()
    try:
        with transaction.atomic():
            living = set(
                Session.objects.filter(
                    session_key__in={each.session_key for each in asked}, expire_date__gt=timezone.now()
                ).values_list("session_key", flat=True)
            )
            active = set(
                User.objects.filter(pk__in={each.person for each in asked}, is_active=True).values_list("pk", flat=True)
            )
    finally:
        close_old_connections()
    return {each for each in asked if each.session_key in living and each.person in active}


def _person(session_key: str) -> User:
    request = HttpRequest()
    request.session = SessionStore(session_key)
    person = get_user(request)  # checks the password's mark in the session, so that a changed password ends it
    if not person.is_authenticated:
        raise NotSignedIn("Sign in again.")
    if not person.is_active or missing_step(person) is not None:
        raise NotSignedIn("Sign in again.")
    return person


def _within(asked: Topic, person: User, scope: Scope) -> Topic:
    if asked.whose == "p":
        if asked.owner != person.uid:
            raise UnknownTopic
        return asked
    needed = topic_permission(asked.kind)
    if needed is None or not scope.actor.may(needed):
        raise UnknownTopic
    client = Client.objects.filter(uid=asked.owner).values_list("id", flat=True).first()
    if client is None or not scope.allows(client):
        raise UnknownTopic
    return asked


__all__ = ["BadTopic", "NotSignedIn", "Reader", "UnknownTopic", "reader_of", "still_reading"]
