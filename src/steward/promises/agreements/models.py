# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import ClientModel, UuidV7
from steward.promises.sla.public import SlaPolicy


class Agreement(ClientModel):
    """A contract with a client. From when to when it holds are local days of its zone, both included."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("In force")
        ENDED = "ended", _("Ended")

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    number = models.CharField(max_length=24, editable=False)
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    timezone = models.CharField(max_length=64)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "number"], name="agreement_number_once"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="agreement_ends_after_its_start",
            ),
            models.CheckConstraint(condition=Q(state__in=["draft", "active", "ended"]), name="agreement_state_known"),
        ]
        indexes = [models.Index(fields=["client", "starts_on"], name="agreement_of_client")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class AgreementVersion(ClientModel):
    """What a contract says from `valid_from` until the next version's. Never changed: an amendment is a version."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    valid_from = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    policy = models.ForeignKey(SlaPolicy, on_delete=models.PROTECT, related_name="+")
    response_clause = models.CharField(max_length=20, default="3.1")
    resolution_clause = models.CharField(max_length=20, default="3.2")
    scope = models.TextField(max_length=20_000, blank=True, help_text="What is in scope and what is not, as agreed.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was amended.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "agreement", "valid_from"], name="agreement_version_once"),
        ]
        ordering = ["valid_from", "id"]
