# SPDX-License-Identifier: Apache-2.0
"""Rules and checks for programs: the same actions, reads and schemas as the pages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field
from steward_agent.checks.registry import checks as check_kinds

from steward.core.access.public import Refused
from steward.core.rest.public import endpoint, router
from steward.core.tenancy.public import Client
from steward.core.ui.public import acting, list_endpoint
from steward.estate.assets.public import Asset, assets_of
from steward.estate.assets.public import asset as find_asset
from steward.watch.monitoring import queries
from steward.watch.monitoring.actions import (
    check_archive,
    check_create,
    check_edit,
    override_remove,
    override_set,
    rule_archive,
    rule_create,
    rule_edit,
)
from steward.watch.monitoring.models import Check, Rule, RuleOverride
from steward.watch.monitoring.records import rule_title
from steward.watch.monitoring.registry import rule_kinds
from steward.watch.monitoring.tables import CHECKS, RULES

rules = router("rules")
looks = router("checks")

list_endpoint(rules, "", RULES, permission="monitoring.view")
list_endpoint(looks, "", CHECKS, permission="monitoring.view")

RESULTS = 50


class KindOut(Schema):
    """A kind of rule or check, and the JSON schema of its configuration."""

    slug: str
    label: str
    config: dict[str, Any]


class RuleIn(Schema):
    """A rule for every asset that has an agent; `config` as its kind's schema says."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    kind: str = Field(max_length=40)
    severity: str = Field(max_length=8)
    enabled: bool = True
    config: dict[str, Any]


class RuleChangeIn(Schema):
    """What a rule says from now on."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=80)
    severity: str = Field(max_length=8)
    enabled: bool = True
    config: dict[str, Any]


class RuleOverrideIn(Schema):
    """What holds in place of a rule for a client, by its slug, or for one of its assets, by its number."""

    model_config = ConfigDict(extra="forbid")

    client: str = Field(max_length=40)
    asset: str | None = Field(None, max_length=24)
    severity: str = Field(max_length=8)
    enabled: bool = True
    config: dict[str, Any]
    reason: str = Field("", max_length=300)


class RuleOverrideOut(Schema):
    """Where a rule holds otherwise."""

    uid: UUID
    client: str
    asset: str | None
    severity: str
    enabled: bool
    config: dict[str, Any]
    reason: str


class RuleOut(Schema):
    """A rule, and where it holds otherwise."""

    uid: UUID
    preset: str
    name: str
    kind: str
    severity: str
    enabled: bool
    archived: bool
    config: dict[str, Any]
    overrides: list[RuleOverrideOut]


class CheckValues(Schema):
    """What is looked at, how often; `config` as its kind's schema says."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    interval_seconds: int = 60
    timeout_seconds: float = 10
    enabled: bool = True
    config: dict[str, Any]


class CheckIn(CheckValues):
    """A check that the agent of an asset, by its number, makes."""

    asset: str = Field(max_length=24)
    kind: str = Field(max_length=48)


class ResultOut(Schema):
    """One look."""

    at: datetime
    began: datetime
    seconds: float
    verdict: str
    reason: str
    parameters: dict[str, Any]
    measured: dict[str, float]


class CheckOut(Schema):
    """A check with its newest results."""

    uid: UUID
    number: str
    client: str
    asset: str
    name: str
    kind: str
    interval_seconds: int
    timeout_seconds: float
    enabled: bool
    archived: bool
    config: dict[str, Any]
    last_at: datetime | None
    last_verdict: str
    last_reason: str
    last_parameters: dict[str, Any]
    results: list[ResultOut]


@rules.get("/kinds", response=list[KindOut])
@endpoint(permission="monitoring.view")
def rule_kinds_get(request: HttpRequest) -> list[dict[str, Any]]:
    """Which kinds of rules there are."""
    return [
        {"slug": each.slug, "label": str(each.label), "config": each.config_type.model_json_schema()}
        for each in rule_kinds().values()
    ]


@rules.post("", response={201: RuleOut})
@endpoint(permission="monitoring.manage")
def rule_post(request: HttpRequest, body: RuleIn) -> Status[dict[str, Any]]:
    """Add a rule."""
    made = rule_create(actor=acting(), **body.dict())
    return Status(201, _rule(queries.rule(made.uid)))


@rules.get("/{uuid:uid}", response=RuleOut)
@endpoint(permission="monitoring.view")
def rule_get(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One rule."""
    return _rule(queries.rule(uid))


@rules.put("/{uuid:uid}", response=RuleOut)
@endpoint(permission="monitoring.manage")
def rule_put(request: HttpRequest, uid: UUID, body: RuleChangeIn) -> dict[str, Any]:
    """Change a rule for everybody."""
    rule_edit(queries.rule(uid), actor=acting(), **body.dict())
    return _rule(queries.rule(uid))


@rules.post("/{uuid:uid}/archive", response=RuleOut)
@endpoint(permission="monitoring.manage")
def rule_archive_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Have a rule hold nowhere."""
    rule_archive(queries.rule(uid), actor=acting())
    return _rule(queries.rule(uid))


@rules.put("/{uuid:uid}/overrides", response=RuleOverrideOut)
@endpoint(permission="monitoring.override")
def override_put(request: HttpRequest, uid: UUID, body: RuleOverrideIn) -> dict[str, Any]:
    """Have a rule hold otherwise for a client or an asset; what was said for it before is replaced."""
    rule = queries.rule(uid)
    client = Client.objects.filter(slug=body.client).first()
    if client is None:
        raise Refused("client", _("No client is called “%(value)s”.") % {"value": body.client})
    values = body.dict(exclude={"client", "asset"})
    made = override_set(rule, client, actor=acting(), asset=_asset(client, body.asset), **values)
    return _override(queries.override(made.uid))


@rules.delete("/{uuid:uid}/overrides/{uuid:override}", response={204: None})
@endpoint(permission="monitoring.override")
def override_delete(request: HttpRequest, uid: UUID, override: UUID) -> Status[None]:
    """Have a rule hold there again as everywhere."""
    found = queries.overrides_of(queries.rule(uid)).get(uid=override)
    override_remove(found, actor=acting())
    return Status(204, None)


@looks.get("/kinds", response=list[KindOut])
@endpoint(permission="monitoring.view")
def check_kinds_get(request: HttpRequest) -> list[dict[str, Any]]:
    """Which kinds of checks there are."""
    return [{"slug": each.slug, "label": each.summary, "config": each.schema()} for each in check_kinds().values()]


@looks.post("", response={201: CheckOut})
@endpoint(permission="monitoring.override")
def check_post(request: HttpRequest, body: CheckIn) -> Status[dict[str, Any]]:
    """Have an asset's agent look at something."""
    found = find_asset(body.asset)
    made = check_create(found, actor=acting(), **body.dict(exclude={"asset"}))
    return Status(201, _check(queries.check(made.number)))


@looks.get("/{str:number}", response=CheckOut)
@endpoint(permission="monitoring.view")
def check_get(request: HttpRequest, number: str) -> dict[str, Any]:
    """One check."""
    return _check(queries.check(number))


@looks.put("/{str:number}", response=CheckOut)
@endpoint(permission="monitoring.override")
def check_put(request: HttpRequest, number: str, body: CheckValues) -> dict[str, Any]:
    """Change what is looked at."""
    check_edit(queries.check(number), actor=acting(), **body.dict())
    return _check(queries.check(number))


@looks.post("/{str:number}/archive", response=CheckOut)
@endpoint(permission="monitoring.override")
def check_archive_post(request: HttpRequest, number: str) -> dict[str, Any]:
    """Look no more."""
    check_archive(queries.check(number), actor=acting())
    return _check(queries.check(number))


def _asset(client: Client, number: str | None) -> Asset | None:
    if number is None:
        return None
    found = assets_of(client).filter(number=number).first()
    if found is None:
        raise Refused("asset", _("This client has no asset %(number)s.") % {"number": number})
    return found


def _rule(found: Rule) -> dict[str, Any]:
    fields = ("uid", "preset", "kind", "severity", "enabled", "config")
    return {field: getattr(found, field) for field in fields} | {
        "name": rule_title(found),
        "archived": found.archived_at is not None,
        "overrides": [_override(each) for each in queries.overrides_of(found)],
    }


def _override(found: RuleOverride) -> dict[str, Any]:
    fields = ("uid", "severity", "enabled", "config", "reason")
    return {field: getattr(found, field) for field in fields} | {
        "client": found.client.slug,
        "asset": found.asset.number if found.asset is not None else None,
    }


def _check(found: Check) -> dict[str, Any]:
    fields = ("uid", "number", "name", "kind", "interval_seconds", "timeout_seconds", "enabled", "config")
    last = ("last_at", "last_verdict", "last_reason", "last_parameters")
    return {field: getattr(found, field) for field in (*fields, *last)} | {
        "client": found.client.slug,
        "asset": found.asset.number,
        "archived": found.archived_at is not None,
        "results": list(queries.results_of(found)[:RESULTS]),
    }
