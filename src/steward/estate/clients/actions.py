# SPDX-License-Identifier: Apache-2.0
"""Every write to clients, their sites and contacts."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.identity.public import User, fold_email
from steward.core.tenancy.public import ALL, Actor, Client, current_scope
from steward.estate.clients import words
from steward.estate.clients.events import ClientArchived, ClientCreated, ContactErased, SiteArchived
from steward.estate.clients.models import ClientProfile, Contact, ContactRole, Criticality, Site
from steward.estate.clients.search import index


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
    before = _snapshot(profile, _PROFILE_FIELDS) | {"name": client.name}
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
        changed=_changed(before, _snapshot(profile, _PROFILE_FIELDS) | {"name": client.name}),
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


@action(permission="clients.edit")
def site_create(client: Client, *, actor: Actor, name: str, **fields: str) -> Site:
    """Add a place of a client: `address`, `city`, `country`, `timezone`, `notes`.

    Raises:
        Refused: naming the field; `name` when the client has a site of that name.
    """
    site = Site(client=client)
    _fill_site(site, name=name, **fields)
    _save_once(site, "name", _("This client has a site of that name."))
    index(site)
    audit("clients.site.create", site)
    return site


@action(permission="clients.edit")
def site_edit(site: Site, *, actor: Actor, name: str, **fields: str) -> Site:
    """Change a site. Raises Refused as `site_create`."""
    before = _snapshot(site, _SITE_FIELDS)
    _fill_site(site, name=name, **fields)
    _save_once(site, "name", _("This client has a site of that name."))
    index(site)
    audit("clients.site.edit", site, changed=_changed(before, _snapshot(site, _SITE_FIELDS)))
    return site


@action(permission="clients.archive")
def site_archive(site: Site, *, actor: Actor) -> Site:
    """Give up a site; what is there keeps its history."""
    if site.archived_at is None:
        site.archived_at = timezone.now()
        site.save(update_fields=["archived_at"])
        index(site)
        audit("clients.site.archive", site)
        emit(SiteArchived(client_id=site.client_id, site_id=site.pk))
    return site


@action(permission="clients.edit")
def contact_create(
    client: Client, *, actor: Actor, name: str, roles: Sequence[str] = (), site: Site | None = None, **fields: str
) -> Contact:
    """Add somebody at a client: `job_title`, `email`, `phone`, `language`, `timezone`, `notes`.

    Raises:
        Refused: naming the field; `email` when the client has a contact with that address.
    """
    contact = Contact(client=client)
    _fill_contact(contact, name=name, roles=roles, site=site, **fields)
    _save_once(contact, "email", _("This client has a contact with that address."))
    index(contact)
    audit("clients.contact.create", contact, roles=contact.roles)
    return contact


@action(permission="clients.edit")
def contact_edit(
    contact: Contact, *, actor: Actor, name: str, roles: Sequence[str] = (), site: Site | None = None, **fields: str
) -> Contact:
    """Change a contact. Raises Refused as `contact_create`, and for one that was erased."""
    if contact.erased_at is not None:
        raise Refused("", _("This contact was erased. Add a new one instead."))
    before = _snapshot(contact, _CONTACT_FIELDS)
    _fill_contact(contact, name=name, roles=roles, site=site, **fields)
    _save_once(contact, "email", _("This client has a contact with that address."))
    index(contact)
    # Field names only: the audit is kept for ever, and these are personal data.
    audit(
        "clients.contact.edit",
        contact,
        fields=sorted(_changed(before, _snapshot(contact, _CONTACT_FIELDS))),
        roles=contact.roles,
    )
    return contact


@action(permission="clients.archive")
def contact_archive(contact: Contact, *, actor: Actor) -> Contact:
    """Somebody is no longer there; the history keeps their name until it is erased."""
    if contact.archived_at is None:
        contact.archived_at = timezone.now()
        contact.save(update_fields=["archived_at"])
        index(contact)
        audit("clients.contact.archive", contact)
    return contact


@action(permission="clients.erase")
def contact_erase(contact: Contact, *, actor: Actor) -> Contact:
    """Blank somebody's personal data. The row stays, so that what refers to it still reads."""
    contact.name = str(_("Erased contact"))
    contact.job_title = contact.email = contact.phone = contact.notes = ""
    contact.roles = []
    contact.archived_at = contact.archived_at or timezone.now()
    contact.erased_at = timezone.now()
    contact.save()
    index(contact)
    audit("clients.contact.erase", contact)
    emit(ContactErased(client_id=contact.client_id, contact_id=contact.pk))
    return contact


NAME_LENGTH = 120
# What stands in the place of a client's name in addresses of the list itself.
RESERVED = frozenset({"new", "views"})
RESERVED_BEGINNINGS = ("bulk-", "verb-", "export-")
_PROFILE_FIELDS = ("legal_name", "language", "timezone", "criticality", "criticality_reason", "account_manager_id")
_SITE_FIELDS = ("name", "address", "city", "country", "timezone", "notes")
_CONTACT_FIELDS = ("name", "job_title", "roles", "email", "phone", "language", "timezone", "site_id", "notes")


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
    _check(profile)


def _fill_site(
    site: Site, *, name: str, address: str = "", city: str = "", country: str = "", timezone: str = "", notes: str = ""
) -> None:
    site.name = words.required("name", name)
    site.address, site.city, site.notes = address.strip(), " ".join(city.split()), notes
    site.country = words.country_code("country", country)
    site.timezone = words.known_timezone("timezone", timezone)
    _check(site)


def _fill_contact(
    contact: Contact, *, name: str, roles: Sequence[str], site: Site | None, job_title: str = "", email: str = "", phone: str = "",
    language: str = "", timezone: str = "", notes: str = "",
) -> None:  # fmt: skip
    contact.name = words.required("name", name)
    contact.roles = sorted({words.one_of("roles", role, ContactRole.values) for role in roles})
    contact.site = site
    contact.job_title, contact.notes = " ".join(job_title.split()), notes
    contact.email = _address(email)
    contact.phone = words.phone_number("phone", phone)
    contact.language = words.known_language("language", language)
    contact.timezone = words.known_timezone("timezone", timezone)
    if not contact.email and not contact.phone:
        raise Refused("email", _("Give an e-mail address or a telephone number, or nobody can reach this contact."))
    _check(contact)


def _address(text: str) -> str:
    address = fold_email(text)
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("email", _("Write the address as name@example.com.")) from None
    return address


def _check(row: Model) -> None:
    """Lengths and choices, as the model has them. Raises Refused for the first field that does not fit."""
    try:
        row.clean_fields()
    except ValidationError as wrong:
        field, messages = next(iter(wrong.message_dict.items()))
        raise Refused(field, messages[0]) from None


def _save_once(row: Model, field: str, message: Any) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as taken:
        raise Refused(field, message) from taken


def _snapshot(row: Model, fields: Sequence[str]) -> dict[str, Any]:
    return {field: getattr(row, field) for field in fields}


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    return {field: [before[field], value] for field, value in after.items() if before[field] != value}
