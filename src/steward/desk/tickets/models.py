# SPDX-License-Identifier: Apache-2.0
from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from steward.core.files.public import StoredFile
from steward.core.identity.public import User
from steward.core.tenancy.public import ClientModel, UuidV7
from steward.desk.tickets import life
from steward.estate.assets.public import Asset
from steward.estate.clients.public import Contact

TICKET: Final = "tickets.ticket"  # the kind of record
SUMMARY_LENGTH: Final = 200
TEXT_LENGTH: Final = 50_000


class TicketKind(models.TextChoices):
    """What sort of record it is, in the words of ITIL."""

    INCIDENT = "incident", _("Incident")
    SERVICE_REQUEST = "service_request", _("Service request")
    PROBLEM = "problem", _("Problem")
    KNOWN_ERROR = "known_error", _("Known error")


class TicketStatus(models.TextChoices):
    """Where a ticket stands."""

    NEW = life.NEW, _("New")
    OPEN = life.OPEN, _("In progress")
    WAITING_CLIENT = life.WAITING_CLIENT, _("Waiting for the client")
    WAITING_SUPPLIER = life.WAITING_SUPPLIER, _("Waiting for a supplier")
    SCHEDULED = life.SCHEDULED, _("Scheduled")
    RESOLVED = life.RESOLVED, _("Resolved")
    CLOSED = life.CLOSED, _("Closed")


class TicketSource(models.TextChoices):
    """By which way it came."""

    CONSOLE = "console", _("Console")
    API = "api", _("API")
    ALERT = "alert", _("Alert")
    EMAIL = "email", _("E-mail")


_MARKS: Final[dict[str, str]] = {
    TicketStatus.OPEN: "in_progress",
    TicketStatus.WAITING_CLIENT: "waiting",
    TicketStatus.WAITING_SUPPLIER: "waiting",
    TicketStatus.CLOSED: "done",
}


class Level(models.IntegerChoices):
    """Of impact and of urgency."""

    HIGH = 1, _("High")
    MEDIUM = 2, _("Medium")
    LOW = 3, _("Low")


class Queue(models.Model):
    """Where tickets wait for somebody: a team, a subject. The MSP's own, alike for all clients."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    is_default = models.BooleanField(default=False, help_text="For tickets that name no queue.")
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=Q(archived_at=None), name="ticket_queue_name_once"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="ticket_queue_default_once"
            ),
        ]
        ordering = [Lower("name"), "id"]

    def __str__(self) -> str:
        return self.name


class Ticket(ClientModel):
    """A matter of a client that people work on. Its row is what holds now; what happened stands in its timeline.

    `due_at` is a copy of the earliest due time among what it owes, kept by the clock, so that lists can sort by it.
    """

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    number = models.CharField(max_length=24, editable=False)
    kind = models.CharField(max_length=16, choices=TicketKind.choices)
    status = models.CharField(max_length=16, choices=TicketStatus.choices, default=TicketStatus.NEW)
    impact = models.PositiveSmallIntegerField(choices=Level.choices)
    urgency = models.PositiveSmallIntegerField(choices=Level.choices)
    priority = models.CharField(max_length=2, help_text="From impact and urgency.")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tier = models.PositiveSmallIntegerField(default=1)
    assignee = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    summary = models.CharField(max_length=SUMMARY_LENGTH)
    description = models.TextField(max_length=TEXT_LENGTH, blank=True)
    requester = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    source = models.CharField(max_length=8, choices=TicketSource.choices)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.TextField(max_length=TEXT_LENGTH, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(
        default=1, help_text="Counts changes, so that nobody overwrites what they did not see."
    )
    due_at = models.DateTimeField(null=True, blank=True)
    due_kind = models.CharField(max_length=10, blank=True)
    reply_token = models.CharField(max_length=16, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "number"], name="ticket_number_once"),
            models.UniqueConstraint(
                fields=["client", "reply_token"], condition=~Q(reply_token=""), name="ticket_token_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=TicketKind.values), name="ticket_kind_known"),
            models.CheckConstraint(condition=Q(status__in=TicketStatus.values), name="ticket_status_known"),
            models.CheckConstraint(condition=Q(source__in=TicketSource.values), name="ticket_source_known"),
            models.CheckConstraint(
                condition=Q(impact__range=(1, 3), urgency__range=(1, 3), tier__range=(1, 3)), name="ticket_levels_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=life.UNRESOLVED, resolved_at__isnull=True)
                | Q(status__in=(life.RESOLVED, life.CLOSED), resolved_at__isnull=False),
                name="ticket_resolved_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["number"], name="ticket_by_number"),
            models.Index(fields=["client", "-opened_at"], name="ticket_of_client"),
            models.Index(fields=["-opened_at", "-id"], name="ticket_latest"),
            models.Index(fields=["-changed_at", "-id"], name="ticket_changed_last"),
            # Lists begin with what breaks first: of all clients, and of one.
            models.Index(fields=["due_at", "id"], name="ticket_by_due"),
            models.Index(fields=["client", "due_at", "id"], name="ticket_of_client_by_due"),
            # The client's column lets those who see some clients count states by the index alone.
            models.Index(fields=["status", "due_at", "id"], include=["client"], name="ticket_by_status_and_due"),
            # Sorted by who works on them, tickets are read from this alone.
            models.Index(fields=["assignee", "id"], include=["client"], name="ticket_of_person"),
            models.Index(
                fields=["assignee", "due_at", "id"],
                name="ticket_work_of_person",
                condition=Q(status__in=life.UNRESOLVED),
            ),
            models.Index(fields=["asset"], name="ticket_of_asset", condition=Q(asset__isnull=False)),
            models.Index(fields=["resolved_at", "id"], name="ticket_resolved_last", condition=Q(status=life.RESOLVED)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.summary}"

    @property
    def mark(self) -> str:
        """Its state by the kit's name for the picture."""
        return _MARKS.get(self.status, self.status)

    @property
    def level(self) -> int:
        """The priority as a number, 1 to 4."""
        return int(self.priority[1:])

    @property
    def is_resolved(self) -> bool:
        """Whether it is over, for now or for good."""
        return self.resolved_at is not None


class Message(ClientModel):
    """Words about a ticket, as somebody wrote them: a public reply, or an internal note that the client's people never see."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    internal = models.BooleanField()
    by_client = models.BooleanField(default=False, help_text="Written by the client's side.")
    automatic = models.BooleanField(default=False, help_text="Written by a machine.")
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    body = models.TextField(max_length=TEXT_LENGTH)
    at = models.DateTimeField()
    notice_uid = models.UUIDField(null=True, blank=True, help_text="The mail it went out by.")

    class Meta:
        indexes = [models.Index(fields=["ticket", "at", "id"], name="ticket_message_order")]


class TimelineEntry(ClientModel):
    """Something that happened to a ticket: a kind and parameters, never a sentence. Rows are only added; the clock is read from them."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="timeline")
    kind = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    public = models.BooleanField(help_text="Whether the client's people see it.")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=8)
    actor_name = models.CharField(max_length=120, blank=True, help_text="Of a machine; persons are named by their row.")
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["ticket", "at", "id"], name="ticket_timeline_order")]


class TicketLink(ClientModel):
    """That a ticket has to do with a record of any room, such as the alert it was opened for."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="links")
    record_kind = models.CharField(max_length=64)
    record_uid = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "ticket", "record_kind", "record_uid"], name="ticket_link_once")
        ]
        indexes = [models.Index(fields=["record_kind", "record_uid"], name="ticket_link_record")]


class Attachment(ClientModel):
    """A file that belongs to words about a ticket; who may see the words may see the file."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "message", "file"], name="ticket_attachment_once")]
