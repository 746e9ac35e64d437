# SPDX-License-Identifier: Apache-2.0
"""What can be found of clients: names, places, people."""

from collections.abc import Iterator

from steward.core.records.public import RecordRef
from steward.core.search.public import Document, drop_record, index_record, register_search
from steward.estate.clients.models import ClientProfile, Contact, Site

CLIENT, SITE, CONTACT = "clients.client", "clients.site", "clients.contact"


def client_document(profile: ClientProfile) -> Document:
    """A client by its names."""
    client = profile.client
    return Document(RecordRef(CLIENT, client.uid), client.pk, client.name, profile.legal_name, client.slug)


def site_document(site: Site) -> Document:
    """A place by its name and address."""
    return Document(
        RecordRef(SITE, site.uid), site.client_id, site.name, site.client.name, f"{site.city} {site.address}"
    )


def contact_document(contact: Contact) -> Document:
    """Somebody by name, address and number."""
    detail = ", ".join(each for each in (contact.job_title, contact.client.name) if each)
    return Document(
        RecordRef(CONTACT, contact.uid), contact.client_id, contact.name, detail, f"{contact.email} {contact.phone}"
    )


def index(*rows: ClientProfile | Site | Contact) -> None:
    """Bring the index in step with rows that were just written; what was archived is found no more."""
    for row in rows:
        document = _document(row)
        if not isinstance(row, ClientProfile) and row.archived_at is not None:
            drop_record(document.ref)
        else:
            index_record(document)


def _document(row: ClientProfile | Site | Contact) -> Document:
    if isinstance(row, ClientProfile):
        return client_document(row)
    return site_document(row) if isinstance(row, Site) else contact_document(row)


def _clients() -> Iterator[Document]:
    return map(client_document, ClientProfile.objects.select_related("client").iterator())


def _sites() -> Iterator[Document]:
    return map(site_document, Site.objects.filter(archived_at=None).select_related("client").iterator())


def _contacts() -> Iterator[Document]:
    return map(contact_document, Contact.objects.filter(archived_at=None).select_related("client").iterator())


register_search(CLIENT, _clients)
register_search(SITE, _sites)
register_search(CONTACT, _contacts)
