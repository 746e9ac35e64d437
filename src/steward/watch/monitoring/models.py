# SPDX-License-Identifier: Apache-2.0
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from steward.core.tenancy.public import ClientModel, UuidV7
from steward.estate.assets.public import Asset
from steward.watch.alerts.public import Severity


class Rule(models.Model):
    """When something measured counts as trouble: a kind of rule with its configuration, for every asset that has an agent unless
    a client's or an asset's override says otherwise. One made from a preset has its slug, and its words where it has no name.
    """

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    preset = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    config = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["preset"], name="rule_preset_once", condition=~Q(preset="")),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="rule_severity_known"),
            models.CheckConstraint(condition=~Q(preset="", name=""), name="rule_has_a_name"),
        ]


class RuleOverride(ClientModel):
    """What holds of a rule for one asset, or without one for a client: in place of all that the rule says, not mixed with it."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    enabled = models.BooleanField(default=True)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    config = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "rule", "asset"], name="rule_override_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="rule_override_severity_known"),
        ]


class Verdict(models.TextChoices):
    """As an agent says: unknown means that it could not look, which is neither."""

    OK = "ok"
    FAILING = "failing"
    UNKNOWN = "unknown"


class Check(ClientModel):
    """Something that the agent of an asset looks at again and again, and what it saw last."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    number = models.CharField(max_length=24, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=48)
    interval_seconds = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(1), MaxValueValidator(86_400)]
    )
    timeout_seconds = models.FloatField(default=10, validators=[MinValueValidator(0.1), MaxValueValidator(60)])
    config = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    last_verdict = models.CharField(max_length=7, choices=Verdict.choices, blank=True)
    last_reason = models.CharField(max_length=48, blank=True)
    last_parameters = models.JSONField(default=dict)
    last_seconds = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "number"], name="check_number_once"),
            models.CheckConstraint(
                condition=Q(interval_seconds__gte=1, interval_seconds__lte=86_400), name="check_interval_sane"
            ),
            models.CheckConstraint(
                condition=Q(timeout_seconds__gte=0.1, timeout_seconds__lte=60)
                & Q(timeout_seconds__lte=F("interval_seconds")),
                name="check_timeout_sane",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "asset"], name="check_of_asset"),
            models.Index(fields=["number"], name="check_number"),
        ]

    def __str__(self) -> str:
        return self.name


class CheckResult(ClientModel):
    """One look of a check: (check, at) names it. Kept for a while; the samples of it are kept as long as all others."""

    look = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="results")
    at = models.DateTimeField()
    began = models.DateTimeField()
    seconds = models.FloatField()
    verdict = models.CharField(max_length=7, choices=Verdict.choices)
    reason = models.CharField(max_length=48)
    parameters = models.JSONField(default=dict)
    measured = models.JSONField(default=dict)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "look", "at"], name="check_result_once")]


class Round(models.Model):
    """That the rules of a kind were judged: when last, how long it took, and what kept it from being done, if anything."""

    kind = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True, blank=True, help_text="The last time it was done.")
    took_ms = models.PositiveIntegerField(default=0)
    watched = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=40, blank=True)


class BlindSpell(models.Model):
    """A stretch in which the rules of a kind were not judged. Without an end it goes on."""

    kind = models.CharField(max_length=40)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=40, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], name="blind_spell_once", condition=Q(until__isnull=True))
        ]
        indexes = [models.Index(fields=["kind", "-since"], name="blind_spell_latest")]
