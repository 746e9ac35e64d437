# SPDX-License-Identifier: Apache-2.0
"""Policies."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.access.public import Refused
from steward.core.rest.public import endpoint, router
from steward.core.ui.public import acting, list_endpoint
from steward.promises.sla import queries
from steward.promises.sla.actions import (
    PolicyTerms,
    TargetTerms,
    ThresholdTerms,
    policy_archive,
    policy_create,
    policy_describe,
    policy_restore,
    policy_revise,
)
from steward.promises.sla.models import SlaPolicy, SlaPolicyVersion
from steward.promises.sla.policy import Kind
from steward.promises.sla.tables import POLICIES

api: Router = router("sla-policies", prefix="sla/policies", label=_("Policies"))

list_endpoint(api, "", POLICIES, permission="sla.view")


class TargetIn(Schema):
    """How long may pass, in minutes of a calendar."""

    model_config = ConfigDict(extra="forbid")

    priority: str = Field(max_length=2)
    kind: Kind
    minutes: Decimal = Field(gt=0, max_digits=10, decimal_places=3)
    calendar: UUID


class ThresholdIn(Schema):
    """What is done when a part of a target is used up."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    percent: int = Field(ge=1, le=500)
    action: str = Field(max_length=40)
    config: dict[str, Any] = Field(default_factory=dict, max_length=20)


class SlaTermsIn(Schema):
    """All that one version promises."""

    model_config = ConfigDict(extra="forbid")

    targets: list[TargetIn] = Field(max_length=8)
    thresholds: list[ThresholdIn] = Field(default_factory=list, max_length=40)
    pause_response: list[str] = Field(default_factory=list, max_length=20)
    pause_resolution: list[str] = Field(default_factory=list, max_length=20)
    on_priority_change: str = Field(SlaPolicyVersion.OnPriorityChange.RETROACTIVE.value, max_length=12)
    on_reopen: str = Field(SlaPolicyVersion.OnReopen.RESUME.value, max_length=8)

    def terms(self) -> PolicyTerms:
        """As the actions take it. Raises Refused for a calendar that is not there."""
        calendars = {each.uid: each for each in queries.calendars_in_use()}
        for each in self.targets:
            if each.calendar not in calendars:
                raise Refused("targets", _("There is no calendar %(uid)s in use.") % {"uid": each.calendar})
        return PolicyTerms(
            targets=[
                TargetTerms(each.priority, each.kind, each.minutes, calendars[each.calendar]) for each in self.targets
            ],
            thresholds=[ThresholdTerms(each.kind, each.percent, each.action, each.config) for each in self.thresholds],
            pause_response=self.pause_response,
            pause_resolution=self.pause_resolution,
            on_priority_change=self.on_priority_change,
            on_reopen=self.on_reopen,
        )


class DescriptionIn(Schema):
    """What it is called."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    description: str = Field("", max_length=300)


class NewPolicyIn(SlaTermsIn):
    """A policy with its first terms."""

    name: str = Field(max_length=80)
    description: str = Field("", max_length=300)


class PolicyVersionIn(SlaTermsIn):
    """Other terms for what is opened from a time on; without one, from now."""

    valid_from: datetime | None = None


class TargetOut(Schema):
    """How long may pass."""

    priority: str
    kind: str
    minutes: Decimal
    calendar: UUID


class ThresholdOut(Schema):
    """What is done when a part of a target is used up."""

    kind: str
    percent: int
    action: str
    config: dict[str, Any]


class PolicyVersionOut(Schema):
    """Terms from a time on, until the next version's."""

    uid: UUID
    valid_from: datetime
    recorded_at: datetime
    targets: list[TargetOut]
    thresholds: list[ThresholdOut]
    pause_response: list[str]
    pause_resolution: list[str]
    on_priority_change: str
    on_reopen: str


class SlaPolicyOut(Schema):
    """A policy with all its versions, the latest first."""

    uid: UUID
    name: str
    description: str
    archived_at: datetime | None
    versions: list[PolicyVersionOut]


@api.post("", response={201: SlaPolicyOut})
@endpoint(permission="sla.manage")
def policy_post(request: HttpRequest, body: NewPolicyIn) -> Status[dict[str, Any]]:
    """Make a policy."""
    made = policy_create(actor=acting(), name=body.name, description=body.description, terms=body.terms())
    return Status(201, _policy(made))


@api.get("/{uuid:uid}", response=SlaPolicyOut)
@endpoint(permission="sla.view")
def policy_get(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One policy."""
    return _policy(queries.policy(uid))


@api.put("/{uuid:uid}", response=SlaPolicyOut)
@endpoint(permission="sla.manage")
def policy_put(request: HttpRequest, uid: UUID, body: DescriptionIn) -> dict[str, Any]:
    """Call a policy something else; its terms change by a new version."""
    return _policy(policy_describe(queries.policy(uid), actor=acting(), **body.dict()))


@api.post("/{uuid:uid}/versions", response={201: SlaPolicyOut})
@endpoint(permission="sla.manage")
def policy_version_post(request: HttpRequest, uid: UUID, body: PolicyVersionIn) -> Status[dict[str, Any]]:
    """Promise something else for what is opened from a time on."""
    found = queries.policy(uid)
    policy_revise(found, actor=acting(), terms=body.terms(), valid_from=body.valid_from)
    return Status(201, _policy(found))


@api.post("/{uuid:uid}/archive", response=SlaPolicyOut)
@endpoint(permission="sla.manage")
def policy_archive_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Offer a policy to new contracts no more."""
    return _policy(policy_archive(queries.policy(uid), actor=acting()))


@api.post("/{uuid:uid}/restore", response=SlaPolicyOut)
@endpoint(permission="sla.manage")
def policy_restore_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Offer it again."""
    return _policy(policy_restore(queries.policy(uid), actor=acting()))


def _policy(found: SlaPolicy) -> dict[str, Any]:
    return {
        "uid": found.uid,
        "name": found.name,
        "description": found.description,
        "archived_at": found.archived_at,
        "versions": [_version(each) for each in queries.versions_of(found)],
    }


def _version(version: SlaPolicyVersion) -> dict[str, Any]:
    plain = {
        name: getattr(version, name) for name in PolicyVersionOut.model_fields if name not in ("targets", "thresholds")
    }
    targets = [
        {"priority": each.priority, "kind": each.kind, "minutes": each.minutes, "calendar": each.calendar.uid}
        for each in version.targets.all()
    ]
    thresholds = [
        {"kind": each.kind, "percent": each.percent, "action": each.action, "config": each.config}
        for each in version.thresholds.all()
    ]
    return {**plain, "targets": targets, "thresholds": thresholds}
