# SPDX-License-Identifier: Apache-2.0
from datetime import time
from typing import Any, Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from steward.business.reports.month import Month
from steward.core.files.public import StoredFile
from steward.core.identity.public import User
from steward.core.tenancy.public import Client, ClientModel, UuidV7
from steward.estate.clients.public import Contact

REPORT: Final = "reports.report"  # the kind of record


class ReportState(models.TextChoices):
    """Of a report: whether its client may see any of it. Of a revision: whether it is frozen."""

    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")


class Report(ClientModel):
    """What a client is told about one month of its contract's zone. What it says stands in its revisions."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    number = models.CharField(max_length=24, editable=False)
    month = models.DateField(help_text="Its first day.")
    timezone = models.CharField(max_length=64, help_text="The zone that cuts the month.")
    state = models.CharField(max_length=6, choices=ReportState.choices, default=ReportState.DRAFT)
    created_at = models.DateTimeField(db_default=Now())
    discarded_at = models.DateTimeField(
        null=True, blank=True, help_text="When its only draft was thrown away; the schedule does not make it again."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "month"], name="report_once_a_month"),
            models.UniqueConstraint(fields=["client", "number"], name="report_number_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="report_month_is_its_first_day"),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_state_known"),
        ]
        indexes = [
            models.Index(fields=["number"], name="report_by_number"),
            models.Index(fields=["-month", "-id"], name="report_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.month:%Y-%m}"

    @property
    def span(self) -> Month:
        """Its month, as the contract's zone cuts it."""
        return Month(self.month.year, self.month.month, self.timezone)


class Revision(ClientModel):
    """What was counted, once. While it is a draft it may be counted again; issued, it is never changed, and its hash says so."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="revisions")
    n = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=6, choices=ReportState.choices, default=ReportState.DRAFT)
    content = models.JSONField(help_text="Figures and facts as they were counted: no sentence, see `frozen`.")
    sha256 = models.CharField(max_length=64, help_text="Of the content and the rows.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was issued again.")
    counted_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "report", "n"], name="revision_number_once"),
            models.UniqueConstraint(fields=["client", "report"], condition=Q(state="draft"), name="revision_one_draft"),
            models.CheckConstraint(
                condition=Q(state="draft", issued_at__isnull=True) | Q(state="issued", issued_at__isnull=False),
                name="revision_issued_has_a_time",
            ),
        ]
        ordering = ["report_id", "n"]

    @property
    def is_issued(self) -> bool:
        """Whether it is frozen."""
        return self.state == ReportState.ISSUED

    @property
    def is_so_far(self) -> bool:
        """Whether it was counted before the month was over."""
        return self.counted_at < self.report.span.end


class CountedRow(ClientModel):
    """One thing that one figure was counted from, as it was called then."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="rows")
    figure = models.CharField(max_length=64)
    record_kind = models.CharField(max_length=64)
    record_uid = models.UUIDField()
    number = models.CharField(max_length=24)
    label = models.CharField(max_length=200)
    at = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["client", "revision", "figure", "id"], name="report_row_of_figure")]

    @property
    def values(self) -> list[Any]:
        """The row as the hash of its revision takes it."""
        at = self.at.isoformat() if self.at is not None else None
        return [self.figure, self.record_kind, str(self.record_uid), self.number, self.label, at, self.facts]


class ReportFile(ClientModel):
    """A revision as a PDF in one language."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="files")
    language = models.CharField(max_length=10)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "revision", "language"], name="report_file_once_a_language")
        ]


class CountingState(models.TextChoices):
    """How the counting of a month ended; `running` while it did not."""

    RUNNING = "running", _("Being counted")
    DONE = "done", _("Counted")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Stopped")


class Counting(ClientModel):
    """One time that a worker counts a report's month. What comes of it is the report's draft; one at a time."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="countings")
    operation = models.UUIDField(null=True, blank=True, help_text="The long work that counts.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is issued again.")
    by_schedule = models.BooleanField(default=False)
    issues = models.BooleanField(default=False, help_text="What was counted is issued and mailed at once.")
    state = models.CharField(max_length=9, choices=CountingState.choices, default=CountingState.RUNNING)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "report"], condition=Q(state="running"), name="report_counted_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(state__in=CountingState.values), name="counting_state_known"),
            models.CheckConstraint(
                condition=Q(state="running", ended_at__isnull=True) | ~Q(state="running") & Q(ended_at__isnull=False),
                name="counting_ended_has_a_time",
            ),
        ]
        indexes = [models.Index(fields=["operation"], name="counting_of_operation")]


class ReportPlan(ClientModel):
    """Whether a client's report is made of each month, when, and whether a person looks at it before the client does.

    A client without one has what the defaults say."""

    FIRST_DAY: Final = 1
    LAST_DAY: Final = 28  # every month has it

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    client = models.OneToOneField(Client, on_delete=models.PROTECT, related_name="+")
    enabled = models.BooleanField(default=True)
    day = models.PositiveSmallIntegerField(default=2, help_text="Of the month after, by the client's clock.")
    at = models.TimeField(default=time(6))
    issues = models.BooleanField(default=False, help_text="Issue and mail it, without a person's look.")
    since = models.DateField(null=True, blank=True, help_text="The first month that it is made of; empty: as ever.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(day__gte=1, day__lte=28), name="report_plan_day_in_every_month")
        ]


class ReportRecipient(ClientModel):
    """A contact who is mailed the reports of their client."""

    plan = models.ForeignKey(ReportPlan, on_delete=models.CASCADE, related_name="recipients")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "plan", "contact"], name="report_recipient_once")]


class ReportMail(ClientModel):
    """That a revision was mailed to a contact. What became of it stands with the notice."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="mails")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10)
    notice = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "revision", "contact"], name="report_mailed_once")]
        ordering = ["revision_id", "id"]
