# SPDX-License-Identifier: Apache-2.0
"""Clients, their sites and contacts for programs: the same actions and lists as the pages."""

from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.access.public import Refused
from steward.core.identity.public import User
from steward.core.rest.public import endpoint, router
from steward.core.ui.public import acting, list_endpoint
from steward.estate.clients import queries
from steward.estate.clients.actions import (
    client_archive,
    client_create,
    client_edit,
    client_restore,
    contact_create,
    site_create,
)
from steward.estate.clients.models import ClientProfile, Contact, Criticality, Site
from steward.estate.clients.tables import CLIENTS, CONTACTS

api: Router = router("clients", label=_("Clients"))
people: Router = router("contacts", label=_("Contacts"))

list_endpoint(api, "", CLIENTS, permission="clients.view")
list_endpoint(people, "", CONTACTS, permission="clients.view")


class ClientIn(Schema):
    """What may be said of a client."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=120)
    legal_name: str = Field("", max_length=200)
    language: str = Field("en", max_length=10)
    timezone: str = Field("UTC", max_length=64)
    criticality: str = Field(Criticality.MEDIUM.value, max_length=8)
    criticality_reason: str = Field("", max_length=300)
    account_manager: UUID | None = None
    notes: str | None = Field(None, max_length=20_000)


class NewClientIn(ClientIn):
    """A new client."""

    slug: str = Field("", max_length=40)


class ClientOut(Schema):
    """A client."""

    uid: UUID
    slug: str
    name: str
    state: str
    legal_name: str
    language: str
    timezone: str
    criticality: str
    criticality_reason: str
    account_manager: UUID | None


class ClientReasonIn(Schema):
    """Why something is done."""

    reason: str = Field(max_length=300)


class SiteIn(Schema):
    """What may be said of a place."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=120)
    address: str = Field("", max_length=500)
    city: str = Field("", max_length=120)
    country: str = Field("", max_length=2)
    timezone: str = Field("", max_length=64)
    notes: str = Field("", max_length=5_000)


class SiteOut(Schema):
    """A place of a client."""

    uid: UUID
    name: str
    address: str
    city: str
    country: str
    timezone: str


class ContactIn(Schema):
    """What may be said of somebody at a client."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=120)
    job_title: str = Field("", max_length=120)
    roles: list[str] = Field(default_factory=list, max_length=10)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=40)
    language: str = Field("", max_length=10)
    timezone: str = Field("", max_length=64)
    site: UUID | None = None
    notes: str = Field("", max_length=5_000)


class ContactOut(Schema):
    """Somebody at a client."""

    uid: UUID
    name: str
    job_title: str
    roles: list[str]
    email: str
    phone: str
    language: str
    timezone: str
    site: UUID | None


@api.post("", response={201: ClientOut})
@endpoint(permission="clients.create")
def client_post(request: HttpRequest, body: NewClientIn) -> Status[ClientOut]:
    """Take on a client."""
    values = body.dict() | {"account_manager": _manager(body.account_manager), "notes": body.notes or ""}
    made = client_create(actor=acting(), **values)
    return Status(201, _client(queries.profile(made.slug)))


@api.get("/{slug:slug}", response=ClientOut)
@endpoint(permission="clients.view")
def client_get(request: HttpRequest, slug: str) -> ClientOut:
    """One client."""
    return _client(queries.profile(slug))


@api.put("/{slug:slug}", response=ClientOut)
@endpoint(permission="clients.edit")
def client_put(request: HttpRequest, slug: str, body: ClientIn) -> ClientOut:
    """Change a client; what is left out gets its default, but for the notes, which stay."""
    client_edit(
        queries.profile(slug).client,
        actor=acting(),
        **(body.dict() | {"account_manager": _manager(body.account_manager)}),
    )
    return _client(queries.profile(slug))


@api.post("/{slug:slug}/archive", response=ClientOut)
@endpoint(permission="clients.archive")
def client_archive_post(request: HttpRequest, slug: str, body: ClientReasonIn) -> ClientOut:
    """Put a client away."""
    client_archive(queries.profile(slug).client, actor=acting(), reason=body.reason)
    return _client(queries.profile(slug))


@api.post("/{slug:slug}/restore", response=ClientOut)
@endpoint(permission="clients.archive")
def client_restore_post(request: HttpRequest, slug: str) -> ClientOut:
    """Take an archived client up again."""
    client_restore(queries.profile(slug).client, actor=acting())
    return _client(queries.profile(slug))


@api.get("/{slug:slug}/sites", response=list[SiteOut])
@endpoint(permission="clients.view")
def sites_get(request: HttpRequest, slug: str) -> list[SiteOut]:
    """A client's places that are in use."""
    return [_site(each) for each in queries.sites(queries.profile(slug).client)]


@api.post("/{slug:slug}/sites", response={201: SiteOut})
@endpoint(permission="clients.edit")
def site_post(request: HttpRequest, slug: str, body: SiteIn) -> Status[SiteOut]:
    """Add a place."""
    return Status(201, _site(site_create(queries.profile(slug).client, actor=acting(), **body.dict())))


@api.get("/{slug:slug}/contacts", response=list[ContactOut])
@endpoint(permission="clients.view")
def contacts_get(request: HttpRequest, slug: str) -> list[ContactOut]:
    """Who is at a client now."""
    return [_contact(each) for each in queries.contacts_of(queries.profile(slug).client)]


@api.post("/{slug:slug}/contacts", response={201: ContactOut})
@endpoint(permission="clients.edit")
def contact_post(request: HttpRequest, slug: str, body: ContactIn) -> Status[ContactOut]:
    """Add somebody."""
    client = queries.profile(slug).client
    site = queries.sites(client).filter(uid=body.site).first() if body.site else None
    if body.site and site is None:
        raise Refused("site", _("Choose a site of this client."))
    made = contact_create(client, actor=acting(), **(body.dict() | {"site": site}))
    return Status(201, _contact(made))


def _manager(uid: UUID | None) -> User | None:
    if uid is None:
        return None
    found = queries.account_managers().filter(uid=uid).first()
    if found is None:
        raise Refused("account_manager", _("Choose somebody of your own staff."))
    return found


def _client(profile: ClientProfile) -> ClientOut:
    client, manager = profile.client, profile.account_manager
    return ClientOut(
        uid=client.uid, slug=client.slug, name=client.name, state=client.state, legal_name=profile.legal_name, language=profile.language,
        timezone=profile.timezone, criticality=profile.criticality, criticality_reason=profile.criticality_reason,
        account_manager=manager.uid if manager else None,
    )  # fmt: skip


def _site(site: Site) -> SiteOut:
    return SiteOut(
        uid=site.uid, name=site.name, address=site.address, city=site.city, country=site.country, timezone=site.timezone
    )


def _contact(contact: Contact) -> ContactOut:
    return ContactOut(
        uid=contact.uid, name=contact.name, job_title=contact.job_title, roles=contact.roles, email=contact.email, phone=contact.phone,
        language=contact.language, timezone=contact.timezone, site=contact.site.uid if contact.site else None,
    )  # fmt: skip
