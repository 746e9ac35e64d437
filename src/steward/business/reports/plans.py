# SPDX-License-Identifier: Apache-2.0
"""What is decided about a client's monthly report: what holds, and for whom. `actions` decides it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Count, IntegerField, OuterRef, QuerySet, Subquery, TimeField, Value
from django.db.models.functions import Coalesce

from steward.business.reports.models import ReportPlan, ReportRecipient
from steward.business.reports.scheduling import due_at, latest_due, month_after
from steward.core.notify.public import known_language
from steward.core.tenancy.public import Client
from steward.estate.clients.public import ClientProfile, Contact


@dataclass(frozen=True, slots=True)
class Mailed:
    """A contact who is mailed the reports, the language that they read, and their zone."""

    contact: Contact
    language: str
    zone: str


def plan_of(client: Client) -> ReportPlan:
    """A client's plan; an unsaved one with the defaults where nobody decided."""
    return ReportPlan.objects.filter(client=client).first() or ReportPlan(client=client)


def zone_of(client: Client) -> str:
    """The zone whose clock a client's plan means."""
    return ClientProfile.objects.filter(client=client).values_list("timezone", flat=True).first() or "UTC"


def next_due(plan: ReportPlan, zone: str, now: datetime) -> tuple[date, datetime]:
    """The month whose report comes next, and when."""
    first = month_after(latest_due(now, plan.day, plan.at, zone))
    return first, due_at(first, plan.day, plan.at, zone)


def contacts_offered(client: Client) -> QuerySet[Contact]:
    """Who can be mailed: contacts in use who have an address."""
    found = Contact.objects.filter(client=client, archived_at=None, erased_at=None).exclude(email="")
    return found.select_related("site").order_by("name", "pk")


def recipients_of(client: Client) -> list[Mailed]:
    """Who is mailed a client's reports now: nobody who was put away, erased, or has no address any more."""
    chosen = ReportRecipient.objects.filter(plan__client=client).values("contact_id")
    found = list(contacts_offered(client).filter(pk__in=chosen))
    profile = ClientProfile.objects.filter(client=client).first() if found else None
    return [_mailed(each, profile) for each in found]


def plans() -> QuerySet[Client]:
    """Every client in use, with what a line about its plan shows."""
    plan = ReportPlan.objects.filter(client=OuterRef("pk"))
    people = ReportRecipient.objects.filter(
        plan__client=OuterRef("pk"), contact__archived_at=None, contact__erased_at=None
    )
    counted = people.exclude(contact__email="").order_by().values("plan__client").annotate(n=Count("pk")).values("n")
    zone = ClientProfile.objects.filter(client=OuterRef("pk")).values("timezone")[:1]
    usual = ReportPlan()
    return Client.objects.filter(state=Client.State.ACTIVE).annotate(
        enabled=Coalesce(Subquery(plan.values("enabled")[:1]), Value(usual.enabled), output_field=BooleanField()),
        day=Coalesce(Subquery(plan.values("day")[:1]), Value(usual.day), output_field=IntegerField()),
        at=Coalesce(Subquery(plan.values("at")[:1]), Value(usual.at), output_field=TimeField()),
        issues=Coalesce(Subquery(plan.values("issues")[:1]), Value(usual.issues), output_field=BooleanField()),
        recipient_count=Coalesce(Subquery(counted), Value(0), output_field=IntegerField()),
        zone=Coalesce(Subquery(zone), Value("UTC")),
    )


def chosen_contacts(plan: ReportPlan) -> list[UUID]:
    """The contacts that a plan names and that can be mailed."""
    if not plan.pk:
        return []
    chosen = plan.recipients.values("contact_id")
    return list(contacts_offered(plan.client).filter(pk__in=chosen).values_list("uid", flat=True))


def _mailed(contact: Contact, profile: ClientProfile | None) -> Mailed:
    of_client: Any = profile or ClientProfile()
    of_site = contact.site.timezone if contact.site is not None else ""
    zone = contact.timezone or of_site or of_client.timezone
    return Mailed(contact, known_language(contact.language or of_client.language), zone)
