# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from steward.core.identity.public import User
from steward.core.tenancy.public import UuidV7


class BackupPlan(models.Model):
    """When Steward backs itself up, where to, and for how long that is kept: one row, or none while nobody has said."""

    SHORTEST, LONGEST = 5, 7 * 24 * 60  # minutes

    only = models.BooleanField(default=True, unique=True, editable=False)
    enabled = models.BooleanField(default=False)
    every_minutes = models.PositiveIntegerField(default=15)
    destination = models.CharField(max_length=500, blank=True, help_text="A directory; empty: in the data directory.")
    keys_folder = models.CharField(max_length=500, blank=True, help_text="A directory; empty: in the data directory.")
    keep_hours = models.PositiveIntegerField(default=48)
    keep_days = models.PositiveIntegerField(default=30)
    keep_months = models.PositiveIntegerField(default=12)
    changed_at = models.DateTimeField(db_default=Now())
    pruned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(only=True), name="backup_plan_is_one"),
            models.CheckConstraint(condition=Q(every_minutes__range=(5, 7 * 24 * 60)), name="backup_plan_interval"),
        ]

    def __str__(self) -> str:
        return f"every {self.every_minutes} minutes" if self.enabled else "off"


class Backup(models.Model):
    """One try to back Steward up, and what became of it. `at` is the instant that its ledger is of."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        PRUNED = "pruned"  # it was good, and has had its time

    class Reason(models.TextChoices):
        SCHEDULE = "schedule"
        HAND = "hand"
        COMMAND = "command"

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    reason = models.CharField(max_length=10, choices=Reason.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    name = models.CharField(max_length=60, blank=True)
    destination = models.CharField(max_length=500)
    operation = models.UUIDField(null=True, blank=True, help_text="The long work that makes it.")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(null=True, blank=True)
    size = models.BigIntegerField(default=0, help_text="Bytes of what was backed up.")
    stored = models.BigIntegerField(default=0, help_text="Bytes that had to be stored for it.")
    missing = models.IntegerField(default=0, help_text="Contents of files that were gone or changed.")
    error = models.CharField(max_length=500, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    damaged = models.IntegerField(null=True, blank=True, help_text="Chunks that were found damaged; 0: none.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="backup_one_at_a_time"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(at__isnull=False, finished_at__isnull=False),
                name="backup_done_has_its_instant",
            ),
        ]
        indexes = [models.Index(fields=["-started_at"], name="backup_latest")]

    def __str__(self) -> str:
        return self.name or str(self.uid)

    @property
    def good(self) -> bool:
        """Whether it can be restored, as far as is known."""
        return self.state == self.State.DONE and not self.damaged
