# SPDX-License-Identifier: Apache-2.0
"""Every read of clients, their sites and contacts."""

from uuid import UUID

from django.db.models import Case, Count, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from steward.core.identity.public import User
from steward.core.tenancy.public import Client
from steward.estate.clients.models import ClientProfile, Contact, Site


def profiles() -> QuerySet[ClientProfile]:
    """A row for every client of the scope, with what a line shows: how many sites and contacts it has."""
    return ClientProfile.objects.select_related("client", "account_manager").annotate(
        site_count=_count(Site), contact_count=_count(Contact)
    )


def profile(slug: str) -> ClientProfile:
    """One client. Raises ClientProfile.DoesNotExist."""
    return profiles().get(client__slug=slug)


def sites(client: Client) -> QuerySet[Site]:
    """A client's places that are in use."""
    return Site.objects.filter(client=client, archived_at=None)


def site(client: Client, uid: UUID) -> Site:
    """One place of a client, archived or not. Raises Site.DoesNotExist."""
    return Site.objects.get(client=client, uid=uid)


def contacts() -> QuerySet[Contact]:
    """All contacts of the scope, with what a line shows."""
    return Contact.objects.select_related("client", "site")


def contacts_of(client: Client) -> QuerySet[Contact]:
    """Who is at a client now; the main contact and whoever is reached at any hour first."""
    first = Case(When(roles__contains=["main"], then=0), When(roles__contains=["emergency"], then=1), default=2)
    return contacts().filter(client=client, archived_at=None).order_by(first, "name", "id")


def contact(client: Client, uid: UUID) -> Contact:
    """One contact of a client, archived or not. Raises Contact.DoesNotExist."""
    return contacts().get(client=client, uid=uid)


def account_managers() -> QuerySet[User]:
    """Who of the staff may look after a client."""
    return User.objects.filter(side=User.Side.STAFF, is_active=True).order_by("name", "email")


def _count(model: type[Site] | type[Contact]) -> Coalesce:
    rows = model.objects.filter(client=OuterRef("client"), archived_at=None).order_by().values("client")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0, output_field=IntegerField())
