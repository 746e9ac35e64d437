# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.tenancy.public import ClientOrMspModel, UuidV7


class Approval(ClientOrMspModel):
    """A question that is open or was answered. Without a client it is the MSP's own."""

    class State(models.TextChoices):
        OPEN = "open"
        APPROVED = "approved"
        REJECTED = "rejected"
        EXPIRED = "expired"
        WITHDRAWN = "withdrawn"

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    kind = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    record_kind = models.CharField(max_length=64)
    record_uid = models.UUIDField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    permission = models.CharField(max_length=64, blank=True, help_text="Who holds it may answer.")
    role = models.CharField(max_length=24, blank=True, choices=[(role.value, role.value) for role in Role])
    quorum = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quorum__gte=1), name="approval_quorum_of_one_or_more"),
            models.CheckConstraint(condition=~Q(permission="", role=""), name="approval_has_approvers"),
        ]
        indexes = [
            models.Index(fields=["client", "-created_at"], name="approval_latest"),
            models.Index(fields=["record_kind", "record_uid"], name="approval_record"),
            models.Index(fields=["expires_at"], name="approval_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"


class Decision(ClientOrMspModel):
    """What one person answered."""

    class Verdict(models.TextChoices):
        APPROVE = "approve"
        REJECT = "reject"

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="decisions")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "approval", "person"], name="decision_once", nulls_distinct=False)
        ]
