# SPDX-License-Identifier: Apache-2.0
"""One client: who it is, where it is, whom to speak to; what else is known, other rooms add."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import Actor, Client
from steward.core.ui.public import Done, Kind, Request, acting, page, undoes, verb
from steward.estate.clients import queries
from steward.estate.clients.actions import client_restore
from steward.estate.clients.models import ClientProfile, Contact, ContactRole, Criticality, Site


@dataclass(frozen=True, slots=True)
class Place:
    """A site as a line."""

    site: Site
    where: str


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as a line."""

    contact: Contact
    roles: str
    by: str


@dataclass(frozen=True, slots=True)
class ClientPage:
    """A client's record. `notes` is None for readers they aren't meant for."""

    title: str
    client: Client
    profile: ClientProfile
    language: str
    archived: bool
    places: list[Place]
    people: list[Person]
    notes: str | None
    why: list[dict[str, Any]]


@page("clients/<slug:slug>/", permission="clients.view", kind=Kind.RECORD, title=_("Client"), parent="clients.clients")
def client(request: Request, slug: str) -> ClientPage:
    """The record of a client."""
    found = queries.profile(slug)
    may_read = acting().may("clients.notes_view")
    return ClientPage(
        title=found.client.name,
        client=found.client,
        profile=found,
        language=str(dict(settings.LANGUAGES).get(found.language, found.language)),
        archived=found.client.state == Client.State.ARCHIVED,
        places=[_place(each) for each in queries.sites(found.client)],
        people=[_person(each) for each in queries.contacts_of(found.client)],
        notes=found.notes if may_read else None,
        why=_why(found),
    )


def _place(site: Site) -> Place:
    return Place(site, ", ".join(each for each in (*site.address.splitlines(), site.city, site.country) if each))


def _person(contact: Contact) -> Person:
    roles = ", ".join(str(ContactRole(role).label) for role in contact.roles)
    by = ", ".join(str(each) for each in ((contact.email and _("e-mail")), (contact.phone and _("telephone"))) if each)
    return Person(contact, roles, by)


def _why(profile: ClientProfile) -> list[dict[str, Any]]:
    return [
        {"label": _("Set by hand"), "text": Criticality(profile.criticality).label},
        {"label": _("Reason given"), "text": profile.criticality_reason},
        {"label": _("Used for"), "text": _("the order of lists")},
    ]


@verb(client, "restore", permission="clients.archive")
def restore(request: Request, slug: str) -> Done:
    """Take an archived client up again."""
    found = client_restore(queries.profile(slug).client, actor=acting())
    return Done(_("%(name)s is a client again.") % {"name": found.name})


@undoes("clients.client.archive")
def undo_archive(*, actor: Actor, slug: str) -> None:
    """Take back that a client was archived."""
    client_restore(queries.profile(slug).client, actor=actor)
