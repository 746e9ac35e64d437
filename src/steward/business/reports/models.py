# SPDX-License-Identifier: Apache-2.0
from typing import Any, Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from steward.business.reports.month import Month
from steward.core.files.public import StoredFile
from steward.core.identity.public import User
from steward.core.tenancy.public import ClientModel, UuidV7

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
