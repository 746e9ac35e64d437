# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from steward.core.identity.public import User
from steward.core.records.public import RecordRef
from steward.core.tenancy.public import ClientModel, UuidV7
from steward.estate.assets.public import Asset


class Severity(models.TextChoices):
    """How bad it is for the client, if it is true."""

    CRITICAL = "critical", _("Critical")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")
    INFO = "info", _("Information")


class AlertState(models.TextChoices):
    """Where an alert stands."""

    OPEN = "open", _("Open")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    RESOLVED = "resolved", _("Resolved")


class Verdict(models.TextChoices):
    """What a person found: was the alert right?"""

    TRUE_POSITIVE = "true_positive", _("True positive")
    FALSE_POSITIVE = "false_positive", _("False positive")


class Alert(ClientModel):
    """One trouble, from the first report until it is over; reported again it counts on. What it is about is a kind with
    parameters, never a sentence. `topic` says what of the asset it is about: alerts of one (kind, asset, topic) share a ticket.
    """

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    number = models.CharField(max_length=24, editable=False)
    fingerprint = models.CharField(
        max_length=200, help_text="The same trouble has the same: one alert while unresolved."
    )
    kind = models.CharField(max_length=80)
    topic = models.CharField(max_length=120, blank=True)
    params = models.JSONField(default=dict)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    state = models.CharField(max_length=12, choices=AlertState.choices, default=AlertState.OPEN)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ref_kind = models.CharField(max_length=64, blank=True)
    ref_uid = models.UUIDField(null=True, blank=True)
    count = models.PositiveIntegerField(default=1, help_text="How often it was reported.")
    opened_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    snoozed_until = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=14, choices=Verdict.choices, blank=True)
    verdict_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verdict_at = models.DateTimeField(null=True, blank=True)
    in_maintenance = models.BooleanField(default=False, help_text="It began while its asset was in maintenance.")
    ticket_uid = models.UUIDField(null=True, blank=True, help_text="The ticket that it opened or joined.")
    cause = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="behind",
        help_text="The outage of what its asset hangs on, which likely explains it.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "fingerprint"], name="alert_once_while_unresolved", condition=~Q(state="resolved")
            ),
            models.UniqueConstraint(fields=["client", "number"], name="alert_number_once"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="alert_severity_known"),
            models.CheckConstraint(condition=Q(state__in=AlertState.values), name="alert_state_known"),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False)
                | (~Q(state="resolved") & Q(resolved_at__isnull=True)),
                name="alert_resolved_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(verdict="", verdict_at__isnull=True) | (~Q(verdict="") & Q(verdict_at__isnull=False)),
                name="alert_verdict_has_a_time",
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="alert_was_reported"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("opened_at")),
                name="alert_ends_after_it_began",
            ),
            models.CheckConstraint(condition=Q(cause=None) | ~Q(cause=F("pk")), name="alert_not_its_own_cause"),
        ]
        indexes = [
            models.Index(fields=["client", "-opened_at", "-id"], name="alert_latest_of_client"),
            models.Index(fields=["-opened_at", "-id"], name="alert_latest"),
            models.Index(fields=["number"], name="alert_number"),
            models.Index(fields=["client", "asset", "kind", "topic", "-id"], name="alert_of_asset"),
            models.Index(fields=["kind", "client"], name="alert_unresolved", condition=~Q(state="resolved")),
            models.Index(fields=["ticket_uid"], name="alert_of_ticket", condition=Q(ticket_uid__isnull=False)),
            models.Index(fields=["cause", "-opened_at"], name="alert_behind", condition=Q(cause__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_resolved(self) -> bool:
        """Whether it is over."""
        return self.state == AlertState.RESOLVED

    @property
    def ref(self) -> RecordRef | None:
        """The record that raised it: a check, a rule."""
        return RecordRef(self.ref_kind, self.ref_uid) if self.ref_uid is not None else None

    @property
    def group(self) -> str:
        """What shares a ticket with it: its kind, what it is about, and where."""
        where = f"asset:{self.asset_id}" if self.asset_id is not None else f"{self.ref_kind}:{self.ref_uid}"
        return f"{self.client_id}:{self.kind}:{where}:{self.topic}"


class AlertEntry(ClientModel):
    """Something that happened to an alert: a kind with parameters. Without a person the machine did it."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=24)
    params = models.JSONField(default=dict)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["alert", "at", "id"], name="alert_entry_order")]


class Maintenance(ClientModel):
    """A stretch in which trouble with an asset, or without one with all of a client's, is expected: it calls for nobody."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="maintenance_ends_after_it_starts")
        ]
        indexes = [models.Index(fields=["client", "ends_at"], name="maintenance_in_force")]
