# SPDX-License-Identifier: Apache-2.0
"""Writes about a client's places."""

from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import action, changed, check_row, save_once, snapshot
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.tenancy.public import Actor, Client
from steward.estate.clients import words
from steward.estate.clients.events import SiteArchived
from steward.estate.clients.models import Site
from steward.estate.clients.search import index

FIELDS: Final = ("name", "address", "city", "country", "timezone", "notes")


@action(permission="clients.edit")
def site_create(client: Client, *, actor: Actor, name: str, **fields: str) -> Site:
    """Add a place of a client: `address`, `city`, `country`, `timezone`, `notes`.

    Raises:
        Refused: naming the field; `name` when the client has a site of that name.
    """
    site = Site(client=client)
    _fill_site(site, name=name, **fields)
    save_once(site, "name", _("This client has a site of that name."))
    index(site)
    audit("clients.site.create", site)
    return site


@action(permission="clients.edit")
def site_edit(site: Site, *, actor: Actor, name: str, **fields: str) -> Site:
    """Change a site. Raises Refused as `site_create`."""
    before = snapshot(site, FIELDS)
    _fill_site(site, name=name, **fields)
    save_once(site, "name", _("This client has a site of that name."))
    index(site)
    audit("clients.site.edit", site, changed=changed(before, snapshot(site, FIELDS)))
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


def _fill_site(
    site: Site, *, name: str, address: str = "", city: str = "", country: str = "", timezone: str = "", notes: str = ""
) -> None:
    site.name = words.required("name", name)
    site.address, site.city, site.notes = address.strip(), " ".join(city.split()), notes
    site.country = words.country_code("country", country)
    site.timezone = words.known_timezone("timezone", timezone)
    check_row(site)
