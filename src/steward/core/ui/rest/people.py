# SPDX-License-Identifier: Apache-2.0
"""People: inviting, roles, the clients they see, their sessions and links, leaving, erasing. A token does what its owner may, no more:
it gives no right that it lacks itself, and reaches nobody who holds one."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.access.public import (
    Refused,
    Role,
    StaffClient,
    clients_limit_set,
    identity_unlink,
    invitation_repeat,
    person_activate,
    person_deactivate,
    person_erase,
    person_invite,
    roles_set,
    sessions_revoke,
)
from steward.core.identity.public import fold_email, has_second_factor, identities_of
from steward.core.rest.public import endpoint, router
from steward.core.tenancy.public import Client
from steward.core.ui.pages.people import PEOPLE
from steward.core.ui.pages.person import person_by
from steward.core.ui.request import acting
from steward.core.ui.rest.naming import named_client, named_clients
from steward.core.ui.table.endpoint import list_endpoint

MOST_CLIENTS = 1000

api = router("people", label=gettext_lazy("People"))

list_endpoint(api, "", PEOPLE, permission="people.view")


class ClientRef(Schema):
    """A client, as far as one needs to name it."""

    uid: UUID
    slug: str
    name: str


class LinkOut(Schema):
    """A provider that signs a person in."""

    uid: UUID
    provider: str


class PersonOut(Schema):
    """A person: roles by their names in the API, the clients that one of the staff sees by their slugs, unless it is all."""

    uid: UUID
    name: str
    email: str
    side: str
    client: ClientRef | None
    roles: list[str]
    all_clients: bool
    clients: list[str]
    second_factor: bool
    links: list[LinkOut]
    active: bool


class InvitationIn(Schema):
    """Somebody to invite; with `client`, by its slug, one of that client's people, without it one of the staff."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254)
    name: str = Field(max_length=120)
    roles: list[Role] = Field(max_length=20)
    client: str | None = Field(None, max_length=80)
    all_clients: bool = False
    clients: list[str] = Field(default_factory=list, max_length=MOST_CLIENTS)
    language: str = Field("en", max_length=10)
    timezone: str = Field("UTC", max_length=60)


class RolesIn(Schema):
    """Exactly the roles that a person is to hold."""

    model_config = ConfigDict(extra="forbid")

    roles: list[Role] = Field(max_length=20)


class ClientsIn(Schema):
    """Which clients one of the staff is to see: all, or these, by their slugs."""

    model_config = ConfigDict(extra="forbid")

    all_clients: bool
    clients: list[str] = Field(default_factory=list, max_length=MOST_CLIENTS)


class EraseIn(Schema):
    """The address of whom to erase, so that nobody is erased by a wrong identifier."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254)


class EndedOut(Schema):
    """How many sessions ended."""

    ended: int


@api.post("", response={201: PersonOut})
@endpoint(permission="people.manage")
def person_post(request: HttpRequest, body: InvitationIn) -> Status[dict[str, Any]]:
    """Invite somebody: a link to choose a password is mailed to them."""
    made = person_invite(
        actor=acting(),
        email=body.email,
        name=body.name,
        roles=body.roles,
        client=named_client(body.client),
        all_clients=body.all_clients,
        clients=named_clients(body.clients),
        language=body.language,
        timezone_name=body.timezone,
    )
    return Status(201, _person(made.uid))


@api.get("/{uuid:uid}", response=PersonOut)
@endpoint(permission="people.view")
def person(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One person within reach."""
    return _person(uid)


@api.put("/{uuid:uid}/roles", response=PersonOut)
@endpoint(permission="people.manage")
def roles_put(request: HttpRequest, uid: UUID, body: RolesIn) -> dict[str, Any]:
    """Give a person exactly these roles."""
    roles_set(person_by(uid), actor=acting(), roles=body.roles)
    return _person(uid)


@api.put("/{uuid:uid}/clients", response=PersonOut)
@endpoint(permission="people.manage")
def clients_put(request: HttpRequest, uid: UUID, body: ClientsIn) -> dict[str, Any]:
    """Choose the clients that one of the staff sees."""
    chosen = named_clients(body.clients)
    clients_limit_set(person_by(uid), actor=acting(), all_clients=body.all_clients, clients=chosen)
    return _person(uid)


@api.post("/{uuid:uid}/invitation", response=PersonOut)
@endpoint(permission="people.manage")
def invitation_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Mail the link to choose a password again."""
    invitation_repeat(person_by(uid), actor=acting())
    return _person(uid)


@api.post("/{uuid:uid}/deactivate", response=PersonOut)
@endpoint(permission="people.manage")
def deactivate_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """End somebody's access at once: sign-in, sessions, tokens, links to providers."""
    person_deactivate(person_by(uid), actor=acting())
    return _person(uid)


@api.post("/{uuid:uid}/activate", response=PersonOut)
@endpoint(permission="people.manage")
def activate_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Let somebody sign in again."""
    person_activate(person_by(uid), actor=acting())
    return _person(uid)


@api.delete("/{uuid:uid}/sessions", response=EndedOut)
@endpoint(permission="people.manage")
def sessions_delete(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Sign somebody out everywhere."""
    return {"ended": sessions_revoke(person_by(uid), actor=acting())}


@api.delete("/{uuid:uid}/links/{uuid:link}", response={204: None})
@endpoint(permission="people.manage")
def link_delete(request: HttpRequest, uid: UUID, link: UUID) -> Status[None]:
    """Have a provider sign somebody in no more."""
    identity_unlink(person_by(uid), link, actor=acting())
    return Status(204, None)


@api.post("/{uuid:uid}/erase", response={204: None})
@endpoint(permission="people.erase")
def erase_post(request: HttpRequest, uid: UUID, body: EraseIn) -> Status[None]:
    """Blank everything personal about somebody, for ever."""
    found = person_by(uid)
    if fold_email(body.email) != found.email:
        raise Refused("email", _("This is not the address of this person. Enter it as it stands there."))
    person_erase(found, actor=acting())
    return Status(204, None)


def client_ref(client: Client) -> dict[str, Any]:
    """A client as answers name it."""
    return {"uid": client.uid, "slug": client.slug, "name": client.name}


def _person(uid: UUID) -> dict[str, Any]:
    found: Any = person_by(uid)
    chosen = Client.objects.filter(pk__in=StaffClient.objects.filter(user=found).values("client_id"))
    return {
        **{name: getattr(found, name) for name in ("uid", "name", "email", "side", "all_clients")},
        "client": client_ref(found.client) if found.client else None,
        "roles": sorted(found.held),
        "clients": list(chosen.order_by("slug").values_list("slug", flat=True)),
        "second_factor": has_second_factor(found),
        "links": [{"uid": each.uid, "provider": each.provider.name} for each in identities_of(found)],
        "active": found.is_active,
    }
