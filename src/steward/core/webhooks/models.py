# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from steward.core.identity.public import User
from steward.core.tenancy.public import ClientOrMspModel, UuidV7


class Endpoint(ClientOrMspModel):
    """Where messages go: of one client alone, or of everything. Its address may hold a secret and is sealed like the key."""

    class State(models.TextChoices):
        ACTIVE = "active"
        OFF = "off"  # by a person
        FAILING = "failing"  # by itself, after days without one message that got through
        GONE = "gone"  # by itself: the other side said 410
        ARCHIVED = "archived"

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=80)
    origin = models.CharField(max_length=270, help_text="Scheme, host and port: what of the address may be shown.")
    sealed_url = models.TextField()
    events = models.JSONField(default=list, help_text="The types of events it is told.")
    sealed_key = models.TextField()
    sealed_key_before = models.TextField(
        blank=True, help_text="The key before the last change; signs along for a while."
    )
    key_before_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    failing_since = models.DateTimeField(null=True, blank=True, help_text="The first failure that no success followed.")
    failures = models.IntegerField(default=0, help_text="Tries that failed since then.")
    rests_until = models.DateTimeField(null=True, blank=True, help_text="No try before this, whatever waits.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="endpoint_name_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(state__in=("active", "off", "failing", "gone", "archived")), name="endpoint_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def takes(self) -> bool:
        """Whether messages go there."""
        return self.state == Endpoint.State.ACTIVE


class Delivery(ClientOrMspModel):
    """One message to one endpoint; its `uid` is the message's id, however often it is sent."""

    class State(models.TextChoices):
        QUEUED = "queued"
        DELIVERED = "delivered"
        FAILED = "failed"  # all tries were in vain
        STOPPED = "stopped"  # its endpoint was switched off

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    type = models.CharField(max_length=100)
    data = models.JSONField()
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.IntegerField(default=0, help_text="Since it was last queued by a person.")
    next_at = models.DateTimeField(help_text="When it is tried next, while it is queued.")
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "-created_at"], name="webhook_delivery_latest"),
            models.Index(fields=["client", "-created_at"], name="webhook_delivery_of_client"),
            models.Index(fields=["ended_at"], name="webhook_delivery_ended"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("queued", "delivered", "failed", "stopped")), name="webhook_delivery_state_known"
            )
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """The id of the message as the other side reads it."""
        return f"msg_{self.uid.hex}"


class Attempt(ClientOrMspModel):
    """One try, and what came of it: a status with the other side's words, or why nobody was reached by code and parameters."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries")
    at = models.DateTimeField(db_default=Now())
    status = models.IntegerField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)
    code = models.CharField(max_length=20, blank=True)
    params = models.JSONField(default=dict)
    milliseconds = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["delivery", "id"], name="webhook_attempt_order")]
