# SPDX-License-Identifier: Apache-2.0
"""Writes about the people at a client."""

from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action, changed, check_row, save_once, snapshot
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.identity.public import fold_email
from steward.core.tenancy.public import Actor, Client
from steward.estate.clients import words
from steward.estate.clients.events import ContactErased
from steward.estate.clients.models import Contact, ContactRole, Site
from steward.estate.clients.search import index

FIELDS: Final = ("name", "job_title", "roles", "email", "phone", "language", "timezone", "site_id", "notes")


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
    save_once(contact, "email", _("This client has a contact with that address."))
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
    before = snapshot(contact, FIELDS)
    _fill_contact(contact, name=name, roles=roles, site=site, **fields)
    save_once(contact, "email", _("This client has a contact with that address."))
    index(contact)
    # Field names only: the audit is kept for ever, and these are personal data.
    audit(
        "clients.contact.edit",
        contact,
        fields=sorted(changed(before, snapshot(contact, FIELDS))),
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
    check_row(contact)


def _address(text: str) -> str:
    address = fold_email(text)
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("email", _("Write the address as name@example.com.")) from None
    return address
