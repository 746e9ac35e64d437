# SPDX-License-Identifier: Apache-2.0
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import ClientModel, UuidV7

PRIORITIES: Final = ("P1", "P2", "P3", "P4")


class KindOfTarget(models.TextChoices):
    """What is promised of a ticket; the same words as `policy.Kind`."""

    RESPONSE = "response", _("Response")
    RESOLUTION = "resolution", _("Resolution")


class SlaCalendar(models.Model):
    """Opening hours under a name; what they are from when on stands in their versions."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=Q(archived_at=None), name="sla_calendar_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SlaCalendarVersion(models.Model):
    """The hours from `valid_from` until the next version's. Never changed: whoever changes hours adds a version."""

    calendar = models.ForeignKey(SlaCalendar, on_delete=models.PROTECT, related_name="versions")
    valid_from = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    timezone = models.CharField(max_length=64)
    always = models.BooleanField(default=False)
    week = models.JSONField(default=dict, help_text='{"mon": [["09:00", "18:00"]]}, as a document of the clock has it.')
    holidays = ArrayField(models.DateField(), default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "valid_from"], name="sla_calendar_version_once")]
        ordering = ["valid_from", "id"]


class SlaPolicy(models.Model):
    """Targets under a name; what they are from when on stands in their versions."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=Q(archived_at=None), name="sla_policy_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SlaPolicyVersion(models.Model):
    """What a policy promises from `valid_from` until the next version's. Never changed; it judges what was opened under it."""

    class OnPriorityChange(models.TextChoices):
        RETROACTIVE = "retroactive", _("Measure everything anew, as if it had always been so")
        PROSPECTIVE = "prospective", _("Begin anew at the change, and keep what stood before")

    class OnReopen(models.TextChoices):
        RESUME = "resume", _("Go on from where the clock stood")
        RESTART = "restart", _("Begin anew")

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    policy = models.ForeignKey(SlaPolicy, on_delete=models.PROTECT, related_name="versions")
    valid_from = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    on_priority_change = models.CharField(max_length=12, choices=OnPriorityChange.choices)
    on_reopen = models.CharField(max_length=8, choices=OnReopen.choices)
    pause_response = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    pause_resolution = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "valid_from"], name="sla_policy_version_once")]
        ordering = ["valid_from", "id"]


class SlaTarget(models.Model):
    """How long may pass for a kind and a priority, in time of a calendar."""

    version = models.ForeignKey(SlaPolicyVersion, on_delete=models.PROTECT, related_name="targets")
    priority = models.CharField(max_length=2, choices=[(each, each) for each in PRIORITIES])
    kind = models.CharField(max_length=10, choices=KindOfTarget.choices)
    minutes = models.DecimalField(max_digits=10, decimal_places=3)
    calendar = models.ForeignKey(SlaCalendar, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "priority", "kind"], name="sla_target_once"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="sla_target_is_some_time"),
            models.CheckConstraint(condition=Q(priority__in=PRIORITIES), name="sla_target_priority_known"),
            models.CheckConstraint(condition=Q(kind__in=KindOfTarget.values), name="sla_target_kind_known"),
        ]
        ordering = ["priority", "kind"]


class SlaThreshold(models.Model):
    """What is done when a part of a target is used up: an action that some room registered."""

    version = models.ForeignKey(SlaPolicyVersion, on_delete=models.PROTECT, related_name="thresholds")
    kind = models.CharField(max_length=10, choices=KindOfTarget.choices)
    percent = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=40)
    config = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "kind", "percent", "action"], name="sla_threshold_once"),
            models.CheckConstraint(condition=Q(percent__gte=1, percent__lte=500), name="sla_threshold_is_a_part"),
            models.CheckConstraint(condition=Q(kind__in=KindOfTarget.values), name="sla_threshold_kind_known"),
        ]
        ordering = ["kind", "percent", "action"]


class Obligation(ClientModel):
    """Something owed to a client by a time. Whoever owes it writes it and keeps it in step; the clock says when it is due."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        BREACHED = "breached", _("Breached")
        MET = "met", _("Met")
        MET_LATE = "met_late", _("Met late")
        WAIVED = "waived", _("No longer owed")

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    clause = models.CharField(max_length=120, help_text="The clause that promises it, such as AGR-12 3.1.")
    kind = models.CharField(max_length=10, choices=KindOfTarget.choices)
    subject_kind = models.CharField(max_length=64)
    subject_uid = models.UUIDField()
    version = models.ForeignKey(SlaPolicyVersion, on_delete=models.PROTECT, related_name="+")
    priority = models.CharField(max_length=2)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    target_seconds = models.PositiveIntegerField()
    zero_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="Null while it is paused, or never.")
    met_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True, help_text="When the clock is to be looked at again.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "subject_kind", "subject_uid", "kind"], name="obligation_once_per_kind"
            ),
            models.CheckConstraint(condition=Q(kind__in=KindOfTarget.values), name="obligation_kind_known"),
        ]
        indexes = [
            models.Index(fields=["wake_at"], name="obligation_wakes", condition=Q(wake_at__isnull=False)),
            models.Index(
                fields=["client", "due_at"], name="obligation_due", condition=Q(state__in=["open", "breached"])
            ),
            models.Index(fields=["subject_kind", "subject_uid"], name="obligation_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.clause} {self.kind}"


class ThresholdPassed(ClientModel):
    """A threshold was reached and its action is owed, once per obligation, zero, percent and action."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    obligation = models.ForeignKey(Obligation, on_delete=models.CASCADE, related_name="passed")
    zero_at = models.DateTimeField()
    percent = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=40)
    config = models.JSONField(default=dict)
    reached_at = models.DateTimeField(help_text="The instant at which the clock reached it.")
    seen_at = models.DateTimeField(db_default=Now(), help_text="When it was noticed.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "obligation", "zero_at", "percent", "action"], name="threshold_passed_once"
            ),
        ]
        ordering = ["reached_at", "id"]
