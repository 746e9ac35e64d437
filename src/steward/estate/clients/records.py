# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import register_record
from steward.core.tenancy.public import Client
from steward.estate.clients.models import Contact, Site


def client_url(client: Client) -> str:
    """A client's page."""
    return reverse("clients.client", args=[client.slug])


def _site_title(site: Site) -> str:
    return f"{site.name}, {site.client.name}"


def _contact_title(contact: Contact) -> str:
    return f"{contact.name}, {contact.client.name}"


register_record(
    "clients.client", model="tenancy.Client", url=client_url, title=str, permission="clients.view", label=_("Client")
)
register_record(
    "clients.site",
    model="clients.Site",
    url=lambda site: f"{client_url(site.client)}#sites",
    title=_site_title,
    permission="clients.view",
    label=_("Site"),
)
register_record(
    "clients.contact",
    model="clients.Contact",
    url=lambda contact: f"{client_url(contact.client)}#people",
    title=_contact_title,
    permission="clients.view",
    label=_("Contact"),
)
