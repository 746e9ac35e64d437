# SPDX-License-Identifier: Apache-2.0
"""Backups of Steward itself."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.recovery.public import (
    BackupPlan,
    backup_plan,
    backup_plan_set,
    backup_start,
    backup_verify_start,
)
from steward.core.rest.public import endpoint, router
from steward.core.ui.pages.recovery import BACKUPS
from steward.core.ui.request import acting
from steward.core.ui.table.endpoint import list_endpoint

api = router("recovery", label=_("Backups of Steward"))

list_endpoint(api, "", BACKUPS, permission="recovery.view")


class BackupPlanOut(Schema):
    """When, where to ("": in the data directory) and for how long."""

    enabled: bool
    every_minutes: int
    destination: str
    keys_folder: str
    keep_hours: int
    keep_days: int
    keep_months: int


class BackupPlanIn(Schema):
    """The same, and whether the keys may lie beside the data."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool
    every_minutes: int
    destination: str = Field("", max_length=500)
    keys_folder: str = Field("", max_length=500)
    keys_beside: bool = False
    keep_hours: int
    keep_days: int
    keep_months: int


class BegunOut(Schema):
    """The long work that was begun."""

    operation: UUID


@api.post("", response={202: BegunOut})
@endpoint(permission="recovery.run")
def recovery_post(request: HttpRequest) -> Status[dict[str, Any]]:
    """Back Steward up now; how far it is stands with the long work."""
    return Status(202, {"operation": backup_start(actor=acting()).uid})


@api.post("/verify", response={202: BegunOut})
@endpoint(permission="recovery.run")
def recovery_verify_post(request: HttpRequest) -> Status[dict[str, Any]]:
    """Read the newest backup back, all of it."""
    return Status(202, {"operation": backup_verify_start(actor=acting()).uid})


@api.get("/plan", response=BackupPlanOut)
@endpoint(permission="recovery.view")
def recovery_plan_get(request: HttpRequest) -> BackupPlan:
    """When and where Steward is backed up."""
    return backup_plan()


@api.put("/plan", response=BackupPlanOut)
@endpoint(permission="recovery.manage")
def recovery_plan_put(request: HttpRequest, body: BackupPlanIn) -> BackupPlan:
    """Change when and where."""
    return backup_plan_set(actor=acting(), **body.dict())
