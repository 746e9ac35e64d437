# SPDX-License-Identifier: Apache-2.0
"""One person: who they are, what they may, where they are signed in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import (
    StaffClient,
    actor_for,
    identity_unlink,
    invitation_repeat,
    people,
    permissions,
    person_activate,
    person_deactivate,
    session_revoke,
    sessions_revoke,
    sessions_within_reach,
)
from steward.core.audit.public import Entry
from steward.core.identity.public import ExternalIdentity, User, has_second_factor, identities_of
from steward.core.tenancy.public import Actor, Client
from steward.core.ui.devices import device_words
from steward.core.ui.pages.people import roles_words, with_roles
from steward.core.ui.pages.sessions import SessionView, posted_uid, session_views
from steward.core.ui.registry import Kind, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.toasts import Done, undoes

SHOWN_ENTRIES = 20


@dataclass(frozen=True, slots=True)
class Person:
    """A person's page; `sessions` is None for who could not end them."""

    title: str
    person: User
    roles: list[str]
    rights: list[Any]
    clients: QuerySet[Client] | None
    second_factor: bool
    identities: list[ExternalIdentity]
    sessions: list[SessionView] | None
    entries: list[Entry]
    myself: bool
    menu: list[dict[str, Any]]


def person_by(uid: UUID) -> User:
    """The person within reach. Raises User.DoesNotExist."""
    found: User = with_roles(people()).get(uid=uid)
    return found


@page(
    "people/<uuid:uid>/",
    permission="people.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Person"),
    parent="ui.people_list",
    template="ui/pages/person.html",
)
def person(request: Request, uid: UUID) -> Person:
    """What a person may do, and what they did."""
    found, actor = person_by(uid), acting()
    held = actor_for(found).permissions
    chosen = Client.objects.filter(pk__in=StaffClient.objects.filter(user=found).values("client_id"))
    sessions = sessions_within_reach(found, actor=actor)
    entries = (
        list(Entry.objects.filter(actor_id=found.pk, actor_kind="person")[:SHOWN_ENTRIES])
        if actor.may("audit.view")
        else []
    )
    return Person(
        title=str(found),
        person=found,
        roles=roles_words(found),
        rights=[each for code, each in permissions().items() if code in held],
        clients=None if found.all_clients or not found.of_staff else chosen,
        second_factor=has_second_factor(found),
        identities=identities_of(found),
        sessions=None if sessions is None else session_views(sessions, request.session.session_key),
        entries=entries,
        myself=found.pk == request.user.pk,
        menu=_menu(found, myself=found.pk == request.user.pk),
    )


def _menu(found: User, *, myself: bool) -> list[dict[str, Any]]:
    """What may be done about a person besides what stands on buttons."""
    items: list[dict[str, Any]] = []
    if found.is_active:
        items.append({"label": _("Sign out everywhere"), "post": "verb-sign-out/", "icon": "logout"})
        if not found.last_login:
            items.append({"label": _("Send the invitation again"), "post": "verb-invite-again/", "icon": "mail"})
        if not myself:
            items.append({"label": _("Stop access"), "post": "verb-deactivate/", "icon": "user-off", "danger": True})
    else:
        items.append({"label": _("Give access again"), "post": "verb-activate/", "icon": "user-check"})
    if acting().may("people.erase") and not myself:
        items += [{"rule": True}, {"label": _("Erase personal data"), "url": "erase/", "icon": "eraser"}]
    return items


@verb(person, "deactivate", permission="people.manage")
def _deactivate(request: Request, uid: UUID) -> Done:
    found = person_by(uid)
    person_deactivate(found, actor=acting())
    words = _("%(name)s can no longer sign in; sessions and tokens have ended.") % {"name": found}
    return Done(words, undo="ui.person.deactivate", undo_args={"uid": str(uid)})


@undoes("ui.person.deactivate")
def _undo_deactivate(*, actor: Actor, uid: str) -> None:
    person_activate(person_by(UUID(uid)), actor=actor)


@verb(person, "activate", permission="people.manage")
def _activate(request: Request, uid: UUID) -> Done:
    found = person_by(uid)
    person_activate(found, actor=acting())
    return Done(_("%(name)s may sign in again.") % {"name": found})


@verb(person, "sign-out", permission="people.manage")
def _sign_out(request: Request, uid: UUID) -> Done:
    found = person_by(uid)
    ended = sessions_revoke(found, actor=acting())
    return Done(_("%(name)s was signed out everywhere (%(n)s sessions).") % {"name": found, "n": ended})


@verb(person, "end-session", permission="people.manage")
def _end_session(request: Request, uid: UUID) -> Done:
    found = person_by(uid)
    ended = session_revoke(found, posted_uid(request), actor=acting(), here=request.session.session_key)
    words = _("%(name)s was signed out on %(device)s.")
    return Done(words % {"name": found, "device": device_words(ended.user_agent)})


@verb(person, "invite-again", permission="people.manage")
def _invite_again(request: Request, uid: UUID) -> Done:
    found = person_by(uid)
    invitation_repeat(found, actor=acting())
    return Done(_("A new invitation is on its way to %(email)s.") % {"email": found.email})


@verb(person, "unlink", permission="people.manage")
def _unlink(request: Request, uid: UUID) -> Done:
    found = person_by(uid)
    try:
        gone = identity_unlink(found, posted_uid(request), actor=acting())
    except ExternalIdentity.DoesNotExist:
        raise Http404 from None
    return Done(_("%(provider)s does not sign %(name)s in any more.") % {"provider": gone.provider.name, "name": found})
