# SPDX-License-Identifier: Apache-2.0
"""Writes about a client itself: taking it on, changing it, putting it away and taking it up again."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action, changed, check_row, snapshot
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.identity.public import User
from steward.core.tenancy.public import ALL, Actor, Client, current_scope
from steward.estate.clients import words
from steward.estate.clients.events import ClientArchived, ClientCreated
from steward.estate.clients.models import ClientProfile, Criticality
from steward.estate.clients.search import index

NAME_LENGTH: Final = 120
# What stands in the place of a client's name in addresses of the list itself.
RESERVED: Final = frozenset({"new", "views"})
RESERVED_BEGINNINGS: Final = ("bulk-", "verb-", "export-")
FIELDS: Final = ("legal_name", "language", "timezone", "criticality", "criticality_reason", "account_manager_id")


@action(permission="clients.create")
def client_create(
    *,
    actor: Actor,
    name: str,
    slug: str = "",
    legal_name: str = "",
    language: str = "en",
    timezone: str = "UTC",
    criticality: str = Criticality.MEDIUM,
    criticality_reason: str = "",
    account_manager: User | None = None,
    notes: str = "",
) -> Client:
    """Take on a client.

    Raises:
        Refused: naming the field; the whole form for somebody who sees chosen clients only.
    """
    if current_scope().clients is not ALL:
        raise Refused("", _("Only somebody who sees all clients can take on a new one."))
    name = words.short("name", words.required("name", name), NAME_LENGTH)
    slug = _free_slug(slug or words.slug_of(name))
    client = Client.objects.create(name=name, slug=slug)
    profile = ClientProfile(client=client)
    _fill_profile(profile, legal_name, language, timezone, criticality, criticality_reason, account_manager, notes)
    profile.save()
    index(profile)
    audit("clients.client.create", client, slug=slug, criticality=criticality)
    emit(ClientCreated(client_id=client.pk))
    return client


@action(permission="clients.edit")
def client_edit(
    client: Client,
    *,
    actor: Actor,
    name: str,
    legal_name: str,
    language: str,
    timezone: str,
    criticality: str,
    criticality_reason: str,
    account_manager: User | None,
    notes: str | None = None,
) -> Client:
    """Change what is known about a client. Notes stay as they are when None.

    Raises:
        Refused: as `client_create`.
    """
    profile = ClientProfile.objects.select_for_update().get(client=client)
    before = snapshot(profile, FIELDS) | {"name": client.name}
    client.name = words.short("name", words.required("name", name), NAME_LENGTH)
    _fill_profile(
        profile, legal_name, language, timezone, criticality, criticality_reason, account_manager,
        profile.notes if notes is None else notes,
    )  # fmt: skip
    client.save(update_fields=["name"])
    profile.client = client
    profile.save()
    index(profile)
    audit(
        "clients.client.edit",
        client,
        changed=changed(before, snapshot(profile, FIELDS) | {"name": client.name}),
    )
    return client


@action(permission="clients.archive")
def client_archive(client: Client, *, actor: Actor, reason: str) -> Client:
    """Put a client away: it is kept with all its history, and offered nowhere any more.

    Raises:
        Refused: `reason` when empty; the whole when it is archived already.
    """
    reason = words.required("reason", reason)
    if client.state == Client.State.ARCHIVED:
        raise Refused("", _("This client is archived already."))
    client.state = Client.State.ARCHIVED
    client.save(update_fields=["state"])
    audit("clients.client.archive", client, reason=reason)
    emit(ClientArchived(client_id=client.pk))
    return client


@action(permission="clients.archive")
def client_restore(client: Client, *, actor: Actor) -> Client:
    """Take an archived client up again."""
    client.state = Client.State.ACTIVE
    client.save(update_fields=["state"])
    audit("clients.client.restore", client)
    return client


def _free_slug(slug: str) -> str:
    if words.slug_of(slug) != slug or not slug or slug in RESERVED or slug.startswith(RESERVED_BEGINNINGS):
        raise Refused("slug", _("Use small letters, digits and hyphens, such as acme-logistics."))
    if Client.objects.filter(slug=slug).exists():
        raise Refused("slug", _("Another client has this address. Choose another one."))
    return slug


def _fill_profile(
    profile: ClientProfile,
    legal_name: str,
    language: str,
    zone: str,
    criticality: str,
    reason: str,
    manager: User | None,
    notes: str,
) -> None:
    if manager is not None and not manager.of_staff:
        raise Refused("account_manager", _("Choose somebody of your own staff."))
    profile.legal_name = " ".join(legal_name.split())
    profile.language = words.known_language("language", language) or "en"
    profile.timezone = words.known_timezone("timezone", zone) or "UTC"
    profile.criticality = words.one_of("criticality", criticality, Criticality.values)
    profile.criticality_reason = " ".join(reason.split())
    profile.account_manager = manager
    profile.notes = notes
    check_row(profile)
