# SPDX-License-Identifier: Apache-2.0
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from steward.core.identity.public import User
from steward.core.tenancy.public import ClientModel, UuidV7
from steward.estate.assets.public import Asset
from steward.estate.clients.public import Site


class EnrolmentToken(ClientModel):
    """A key with which machines make themselves known to one client. Only its hash is kept."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    name = models.CharField(max_length=80)
    hash = models.CharField(max_length=64, editable=False, db_index=True)
    hint = models.CharField(max_length=12, editable=False, help_text="The first characters, to tell tokens apart.")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    pre_approved = models.BooleanField(default=False)
    max_uses = models.PositiveIntegerField(default=1)
    used = models.PositiveIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "hash"], name="enrolment_token_once"),
            models.CheckConstraint(condition=Q(used__lte=F("max_uses")), name="enrolment_token_not_overused"),
        ]

    def __str__(self) -> str:
        return self.name


class AgentState(models.TextChoices):
    """Where a machine stands. On the wire a refused one is told `revoked`: it has nothing else to do."""

    PENDING = "pending", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    REVOKED = "revoked", _("Revoked")


class Agent(ClientModel):
    """One machine's own voice. Its id is what it signs with, a 32-bit number; its private key never leaves the machine."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    state = models.CharField(max_length=8, choices=AgentState.choices, default=AgentState.PENDING)
    public_key = models.BinaryField(max_length=32)
    hostname = models.CharField(max_length=253)
    machine_id = models.CharField(max_length=32, blank=True)
    os = models.CharField(max_length=256, blank=True)
    arch = models.CharField(max_length=64, blank=True)
    agent_version = models.CharField(max_length=64, blank=True)
    protocol = models.PositiveSmallIntegerField(default=1)
    boot_id = models.CharField(max_length=32, blank=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    token = models.ForeignKey(EnrolmentToken, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    interval_seconds = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(3600)], help_text="How often it samples."
    )
    twin = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="An agent with the same machine id under another key: enrolled anew, or a cloned disk.",
    )
    enrolled_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was refused or revoked.")
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    capabilities = models.JSONField(
        null=True,
        editable=False,
        help_text="Which checks it can run: slug and version of each. None from one too old to say.",
    )
    assigned = models.BinaryField(default=b"", help_text="The checks it is to run, as its policy has them.")
    # Set by a trigger with the database's clock, whatever changed the row: the gateways read by it what is new.
    changed_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "public_key"], name="agent_key_once"),
            models.CheckConstraint(condition=Q(state__in=AgentState.values), name="agent_state_known"),
            models.CheckConstraint(condition=Q(id__gt=0, id__lt=2**32), name="agent_id_of_32_bits"),
            models.CheckConstraint(
                condition=~Q(state=AgentState.APPROVED) | Q(asset__isnull=False), name="agent_approved_has_an_asset"
            ),
            models.CheckConstraint(
                condition=Q(interval_seconds__gte=1, interval_seconds__lte=3600), name="agent_interval_sane"
            ),
        ]
        indexes = [
            models.Index(fields=["changed_at"], name="agent_by_change"),
            models.Index(fields=["client", "machine_id"], name="agent_by_machine"),
            models.Index(fields=["client", "asset"], name="agent_by_asset"),
        ]

    def __str__(self) -> str:
        return self.hostname


class GatewayPulse(models.Model):
    """When a gateway was alive last, and since when without a break: whoever was not heard while none was, was not silent."""

    at = models.DateTimeField()
    since = models.DateTimeField()


class Multirange(models.Field):  # type: ignore[type-arg]  # written and read by named SQL only
    """PostgreSQL's int8multirange: which whole numbers are in."""

    def db_type(self, connection: object) -> str:
        return "int8multirange"


class SampleMark(ClientModel):
    """Which batches of one start of an agent are durable. Ranges, since a proxy may deliver out of order."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    boot = models.UUIDField()
    done = Multirange(editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "agent", "boot"], name="sample_mark_once")]
        indexes = [models.Index(fields=["changed_at"], name="sample_mark_by_change")]


class SeriesChunk(ClientModel):
    """Up to 64 series of an agent with ids in a row, `first` being the lowest: what an id means, for ever.

    The asset may change, when the agent turns out to speak for another one; then the store is told anew.

    `entries` is zstd over msgpack of [(name, labels)]; entry n has the id `first + n`.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    first = models.BigIntegerField(primary_key=True)
    entries = models.BinaryField()
    count = models.PositiveSmallIntegerField()
    published = models.PositiveSmallIntegerField(
        default=0, help_text="How many of the entries the telemetry store knows."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first__gt=0, first__lt=2**32), name="series_ids_of_32_bits"),
            models.CheckConstraint(
                condition=Q(count__gte=1, count__lte=64, published__lte=F("count")), name="series_chunk_counts"
            ),
        ]


class SetAside(ClientModel):
    """Samples that were not stored: how many, of which agent, why, on which day."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    reason = models.CharField(max_length=12)
    samples = models.BigIntegerField()
    first_ts = models.DateTimeField()
    last_ts = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "agent", "day", "reason"], name="set_aside_once_a_day")
        ]


class InventoryIntake(ClientModel):
    """An inventory as it came, until the worker has looked at it."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    received_at = models.DateTimeField(auto_now_add=True)
    document = models.BinaryField()


class Inventory(ClientModel):
    """What a machine is made of, as last seen. A section it could not collect keeps what was known."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    received_at = models.DateTimeField()
    collected_at = models.DateTimeField()
    hardware = models.JSONField(null=True)
    system = models.JSONField(null=True)
    packages = models.JSONField(null=True)
    addresses = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "agent"], name="inventory_once")]


class InventoryChange(ClientModel):
    """One difference between two inventories of a machine: a kind and its parameters, never a sentence."""

    class Kind(models.TextChoices):
        ADDED = "added", _("Added")
        REMOVED = "removed", _("Removed")
        CHANGED = "changed", _("Changed")

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    section = models.CharField(max_length=10)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    path = models.CharField(max_length=400)
    before = models.CharField(max_length=400, blank=True)
    after = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("added", "removed", "changed")), name="inventory_change_kind_known"
            )
        ]
        indexes = [models.Index(fields=["client", "asset", "-at", "-id"], name="inventory_change_by_asset")]
