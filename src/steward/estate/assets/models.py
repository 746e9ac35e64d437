# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import ClientModel, UuidV7
from steward.estate.clients.public import Contact, Criticality, Site


class AssetKind(models.TextChoices):
    """What an asset is."""

    PHYSICAL_SERVER = "physical_server", _("Physical server")
    VIRTUAL_SERVER = "virtual_server", _("Virtual server")
    WORKSTATION = "workstation", _("Workstation")
    LAPTOP = "laptop", _("Laptop")
    NETWORK_DEVICE = "network_device", _("Network device")
    STORAGE = "storage", _("Storage")
    PRINTER = "printer", _("Printer")
    CLOUD_RESOURCE = "cloud_resource", _("Cloud resource")
    SOFTWARE = "software", _("Software")
    LICENCE = "licence", _("Licence")
    OTHER = "other", _("Other")


class AssetState(models.TextChoices):
    """Where an asset stands in its life."""

    PLANNED = "planned", _("Planned")
    IN_SERVICE = "in_service", _("In service")
    RETIRED = "retired", _("Retired")


class Asset(ClientModel):
    """One thing that is looked after."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    number = models.CharField(max_length=24, editable=False)
    name = models.CharField(max_length=253)
    kind = models.CharField(max_length=16, choices=AssetKind.choices)
    state = models.CharField(max_length=10, choices=AssetState.choices, default=AssetState.IN_SERVICE)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(max_length=120, blank=True, help_text="Room, rack, desk.")
    criticality = models.CharField(max_length=8, choices=Criticality.choices, default=Criticality.MEDIUM)
    criticality_reason = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    vendor = models.CharField(max_length=256, blank=True)
    product = models.CharField(max_length=256, blank=True)
    serial = models.CharField(max_length=256, blank=True)
    purchased_on = models.DateField(null=True, blank=True)
    warranty_until = models.DateField(null=True, blank=True)
    support_until = models.DateField(null=True, blank=True)
    notes = models.TextField(max_length=20_000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "number"], name="asset_number_once"),
            models.CheckConstraint(condition=Q(kind__in=AssetKind.values), name="asset_kind_known"),
            models.CheckConstraint(condition=Q(state__in=AssetState.values), name="asset_state_known"),
            models.CheckConstraint(condition=Q(criticality__in=Criticality.values), name="asset_criticality_known"),
        ]
        indexes = [
            models.Index("client", Lower("name"), "id", name="asset_by_client_and_name"),
            models.Index(Lower("name"), "id", name="asset_by_name"),
            models.Index(fields=["number"], name="asset_by_number"),
        ]
        ordering = [Lower("name"), "id"]

    def __str__(self) -> str:
        return self.name


class RelationKind(models.TextChoices):
    """How one asset hangs on another; read from the source to the target."""

    RUNS_ON = "runs_on", _("Runs on")
    DEPENDS_ON = "depends_on", _("Depends on")
    BACKS_UP = "backs_up", _("Backs up")
    PROTECTS = "protects", _("Protects")


class Relation(ClientModel):
    """`source` runs on, depends on, backs up or protects `target`."""

    uid = models.UUIDField(unique=True, editable=False, db_default=UuidV7())
    source = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="relations_out")
    target = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="relations_in")
    kind = models.CharField(max_length=10, choices=RelationKind.choices)
    notes = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "source", "target", "kind"], name="relation_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="relation_not_to_itself"),
            models.CheckConstraint(condition=Q(kind__in=RelationKind.values), name="relation_kind_known"),
        ]
