# SPDX-License-Identifier: Apache-2.0
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from steward.core.identity.public import User
from steward.core.tenancy.public import Client, ClientModel, UuidV7


class Criticality(models.TextChoices):
    """How much hangs on something. The word of the field, not ours to grade finer."""

    CRITICAL = "critical", _("Critical")
    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")


class ClientProfile(ClientModel):
    """What is known about a client, one to one with `tenancy.Client`."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    client = models.OneToOneField(Client, on_delete=models.PROTECT, related_name="+")
    legal_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    criticality = models.CharField(max_length=8, choices=Criticality.choices, default=Criticality.MEDIUM)
    criticality_reason = models.CharField(max_length=300, blank=True)
    account_manager = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    notes = models.TextField(max_length=20_000, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(criticality__in=Criticality.values), name="client_profile_criticality_known"
            ),
        ]


class Site(ClientModel):
    """A place of a client: an office, a plant, a shop, a data centre."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=120)
    address = models.TextField(max_length=500, blank=True)
    city = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1, two letters.")
    timezone = models.CharField(max_length=64, blank=True, help_text="Empty: the client's.")
    notes = models.TextField(max_length=5_000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "client", Lower("name"), condition=Q(archived_at=None), name="site_name_once_per_client"
            ),
        ]
        ordering = [Lower("name"), "id"]

    def __str__(self) -> str:
        return self.name


class ContactRole(models.TextChoices):
    """What somebody at the client is there for. A person may have several."""

    MAIN = "main", _("Main contact")
    TECHNICAL = "technical", _("Technical contact")
    APPROVER = "approver", _("Approves changes")
    EMERGENCY = "emergency", _("Reached at any hour")
    SECURITY = "security", _("Security contact")
    BILLING = "billing", _("Billing contact")
    EXECUTIVE = "executive", _("Executive")


class Contact(ClientModel):
    """Somebody at a client. Everything personal is in this row, so that erasing blanks one row."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=120)
    job_title = models.CharField(max_length=120, blank=True)
    roles = ArrayField(models.CharField(max_length=12, choices=ContactRole.choices), default=list, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, blank=True, help_text="Empty: the client's.")
    timezone = models.CharField(max_length=64, blank=True, help_text="Empty: the site's, else the client's.")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="contacts")
    notes = models.TextField(max_length=5_000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "client",
                Lower("email"),
                condition=Q(archived_at=None) & ~Q(email=""),
                name="contact_email_once_per_client",
            ),
        ]
        ordering = [Lower("name"), "id"]

    def __str__(self) -> str:
        return self.name
