# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from steward.core.identity.public import User
from steward.core.tenancy.public import ClientOrMspModel, UuidV7


class Operation(ClientOrMspModel):
    """One piece of long work. Without a client it is the MSP's, seen by those who see every client."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    ENDED = (State.DONE, State.FAILED, State.CANCELLED)

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    kind = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    message_kind = models.CharField(max_length=40, blank=True)
    message_params = models.JSONField(default=dict)
    checkpoint = models.JSONField(default=dict, help_text="Where to go on after a worker died.")
    run = models.IntegerField(default=0, help_text="Which beginning this is; counts up when a worker died.")
    result = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=160, blank=True)
    error_text = models.CharField(max_length=500, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total__isnull=True) | Q(done__lte=F("total")), name="operation_not_beyond_its_end"
            )
        ]
        indexes = [
            models.Index(fields=["client", "-created_at"], name="operation_latest"),
            models.Index(fields=["owner", "-created_at"], name="operation_own"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in self.ENDED

    @property
    def percent(self) -> int | None:
        """How far it is; None when the end is not known."""
        return self.done * 100 // self.total if self.total else None
