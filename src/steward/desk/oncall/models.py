# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.tenancy.public import ClientModel, UuidV7
from steward.desk.oncall.escalation import Policy, Result, Step
from steward.desk.oncall.schedule import Rotation, Shift, Unit


class Roster(models.Model):
    """People who take turns to be on duty, by the wall clock of a zone."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=80, unique=True)
    zone = models.CharField(max_length=64, default="UTC")
    unit = models.CharField(max_length=5, choices=[(each.value, each.value) for each in Unit], default=Unit.WEEKS)
    length = models.PositiveSmallIntegerField(default=1)
    handover = models.TimeField()
    starts_on = models.DateField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(length__gte=1), name="roster_shift_has_a_length")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def rotation(self) -> Rotation:
        """Whose turn it is by the rotation alone. Asks for the members, unless they were fetched along."""
        people = tuple(each.person_id for each in sorted(self.members.all(), key=lambda each: each.order))
        return Rotation(people, Unit(self.unit), self.length, self.zone, self.starts_on, self.handover)


class RotationMember(models.Model):
    """Somebody who takes a turn in a roster; the same person may take several."""

    roster = models.ForeignKey(Roster, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["roster", "order"], name="rotation_turn_once")]
        ordering = ["order"]


class Override(models.Model):
    """Somebody covers a stretch of a roster, whatever its rotation says. One that was taken back is kept and does not count."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    roster = models.ForeignKey(Roster, on_delete=models.CASCADE, related_name="overrides")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after_it_starts")
        ]
        indexes = [
            models.Index(fields=["roster", "ends_at"], name="override_in_force", condition=Q(removed_at__isnull=True))
        ]

    def shift(self) -> Shift:
        """It as a stretch of time."""
        return Shift(self.person_id, self.starts_at, self.ends_at)


class EscalationPolicy(models.Model):
    """Whom a page reaches, one after another, until somebody acknowledges it."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=80, unique=True)
    rounds = models.PositiveSmallIntegerField(default=1, help_text="How often the steps are gone through.")
    is_default = models.BooleanField(default=False, help_text="For pages that name no policy.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rounds__gte=1), name="policy_has_a_round"),
            models.UniqueConstraint(fields=["is_default"], name="policy_default_once", condition=Q(is_default=True)),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EscalationStep(models.Model):
    """One step: a person, whoever is on duty in a roster, or whoever holds a role; and how long to wait for an answer."""

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField()
    wait_seconds = models.PositiveIntegerField(help_text="Before the next step, when nobody acknowledges.")
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=24, blank=True, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "order"], name="escalation_step_once"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, roster__isnull=True, role="")
                | Q(person__isnull=True, roster__isnull=False, role="")
                | (Q(person__isnull=True, roster__isnull=True) & ~Q(role="")),
                name="escalation_step_names_one",
            ),
        ]
        ordering = ["order"]

    @property
    def whom(self) -> str:
        """Whom it names: "person:7", "roster:3", "role:service_manager"."""
        if self.person_id is not None:
            return f"person:{self.person_id}"
        return f"roster:{self.roster_id}" if self.roster_id is not None else f"role:{self.role}"


class Page(ClientModel):
    """Somebody is called, and must answer.

    What it is about is a record and a kind with parameters, never a sentence. `plan` is the escalation as it stood when the
    page was opened, so that a change of the policy does not change the course of a night. Whoever opens a page for the same
    record with the same key gets the one there is.
    """

    class State(models.TextChoices):
        OPEN = "open"
        NOBODY_REACHED = "nobody_reached"
        ACKNOWLEDGED = "acknowledged"
        ENDED = "ended"

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    number = models.CharField(max_length=24)
    subject_kind = models.CharField(max_length=64)
    subject_uid = models.UUIDField()
    key = models.CharField(max_length=120, help_text="What of the record it is about: one page for each.")
    kind = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    policy = models.ForeignKey(EscalationPolicy, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    plan = models.JSONField(default=dict)
    state = models.CharField(max_length=14, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(db_default=Now())
    look_at = models.DateTimeField(null=True, blank=True, help_text="When something is due next.")
    nobody_reached_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    acknowledged_via = models.CharField(max_length=7, blank=True, help_text="console, link or api.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "subject_kind", "subject_uid", "key"], name="page_once"),
            models.UniqueConstraint(fields=["client", "number"], name="page_number_once"),
            models.CheckConstraint(
                condition=~Q(state="acknowledged") | Q(acknowledged_at__isnull=False),
                name="page_acknowledged_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-opened_at"], name="page_latest"),
            models.Index(fields=["number"], name="page_number"),
            models.Index(fields=["look_at"], name="page_due", condition=Q(state="open")),
            models.Index(fields=["state"], name="page_unanswered", condition=Q(state__in=("open", "nobody_reached"))),
        ]

    def __str__(self) -> str:
        return self.number

    def escalation(self) -> Policy:
        """The plan as the state machine takes it."""
        steps: list[dict[str, Any]] = self.plan.get("steps", [])
        return Policy(tuple(Step(each["whom"], each["wait"]) for each in steps), self.plan.get("rounds", 1))

    @property
    def is_unanswered(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state in (self.State.OPEN, self.State.NOBODY_REACHED)


class PageAttempt(ClientModel):
    """That one person was told of a page by one channel, and what the other side said to it; or that a step found nobody."""

    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="attempts")
    position = models.PositiveSmallIntegerField(help_text="The step, counted through over all rounds, from 0.")
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=7, choices=[(each.value, each.value) for each in Result])
    answer = models.CharField(max_length=300, blank=True, help_text="The other side's own words.")
    code = models.CharField(max_length=20, blank=True, help_text="What we say of it ourselves, with `params`.")
    params = models.JSONField(default=dict)
    notice_uid = models.UUIDField(null=True, blank=True)
    delivery_uid = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "page", "position", "person", "channel"],
                name="page_attempt_once",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["page", "at"], name="page_attempt_order")]


class AnswerLink(ClientModel):
    """The right of one person to acknowledge one page without signing in, by a link whose key is kept as its hash alone."""

    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="links")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key_hash"], name="answer_link_once")]
        indexes = [models.Index(fields=["key_hash"], name="answer_link_key")]
