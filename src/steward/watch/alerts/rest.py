# SPDX-License-Identifier: Apache-2.0
"""Alerts for programs: the same actions and reads as the pages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema
from ninja.responses import Status
from pydantic import AwareDatetime, ConfigDict, Field

from steward.core.rest.public import endpoint, router
from steward.core.ui.public import acting, list_endpoint
from steward.estate.assets.public import asset as find_asset
from steward.watch.alerts import queries
from steward.watch.alerts.actions import (
    alert_acknowledge,
    alert_judge,
    alert_resolve,
    alert_snooze,
    alert_wake,
    maintenance_begin,
    maintenance_end,
)
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.models import Alert, Maintenance
from steward.watch.alerts.tables import ALERTS
from steward.watch.alerts.words import entry_words

api = router("alerts")
stretches = router("maintenance")

list_endpoint(api, "", ALERTS, permission="alerts.view")


class AlertEntryOut(Schema):
    """Something that happened to an alert."""

    at: datetime
    kind: str
    params: dict[str, Any]
    text: str
    person: UUID | None


class AlertOut(Schema):
    """An alert with what happened to it. `ticket` is the identifier of the ticket that it opened or joined, `cause` the number of the
    alert that likely explains it."""

    uid: UUID
    number: str
    client: str
    asset: str | None
    kind: str
    params: dict[str, Any]
    title: str
    severity: str
    state: str
    count: int
    opened_at: datetime
    last_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    snoozed_until: datetime | None
    verdict: str
    in_maintenance: bool
    ticket: UUID | None
    cause: str | None
    entries: list[AlertEntryOut]


class AcknowledgedOut(AlertOut):
    """An alert, and whether the call changed it."""

    changed: bool


class AlertReasonIn(Schema):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=300)


class SnoozeIn(Schema):
    """Until when; None takes it back."""

    model_config = ConfigDict(extra="forbid")

    until: AwareDatetime | None


class VerdictIn(Schema):
    """true_positive or false_positive."""

    model_config = ConfigDict(extra="forbid")

    verdict: str = Field(max_length=20)


class MaintenanceIn(Schema):
    """A stretch in which trouble with an asset, by its number, is expected; with `whole_client` for all of its client's."""

    model_config = ConfigDict(extra="forbid")

    asset: str = Field(max_length=24)
    whole_client: bool = False
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime
    reason: str = Field(max_length=300)


class MaintenanceOut(Schema):
    """A stretch of maintenance."""

    uid: UUID
    client: str
    asset: str | None
    starts_at: datetime
    ends_at: datetime
    reason: str


@api.get("/{str:number}", response=AlertOut)
@endpoint(permission="alerts.view")
def alert_get(request: HttpRequest, number: str) -> dict[str, Any]:
    """One alert."""
    return _alert(queries.alert(number))


@api.post("/{str:number}/acknowledge", response=AcknowledgedOut)
@endpoint(permission="alerts.work")
def alert_acknowledge_post(request: HttpRequest, number: str) -> dict[str, Any]:
    """Say that one has seen it."""
    changed = alert_acknowledge(queries.alert(number), actor=acting())
    return _alert(queries.alert(number)) | {"changed": changed}


@api.post("/{str:number}/snooze", response=AlertOut)
@endpoint(permission="alerts.work")
def alert_snooze_post(request: HttpRequest, number: str, body: SnoozeIn) -> dict[str, Any]:
    """Put it off until a time, or no longer."""
    found = queries.alert(number)
    if body.until is None:
        alert_wake(found, actor=acting())
    else:
        alert_snooze(found, actor=acting(), until=body.until)
    return _alert(queries.alert(number))


@api.post("/{str:number}/resolve", response=AlertOut)
@endpoint(permission="alerts.work")
def alert_resolve_post(request: HttpRequest, number: str, body: AlertReasonIn) -> dict[str, Any]:
    """Say that it is over."""
    alert_resolve(queries.alert(number), actor=acting(), reason=body.reason)
    return _alert(queries.alert(number))


@api.post("/{str:number}/verdict", response=AlertOut)
@endpoint(permission="alerts.work")
def alert_verdict_post(request: HttpRequest, number: str, body: VerdictIn) -> dict[str, Any]:
    """Say whether it was right."""
    alert_judge(queries.alert(number), actor=acting(), verdict=body.verdict)
    return _alert(queries.alert(number))


@stretches.post("", response={201: MaintenanceOut})
@endpoint(permission="alerts.maintain")
def maintenance_post(request: HttpRequest, body: MaintenanceIn) -> Status[dict[str, Any]]:
    """Expect trouble until a time."""
    found = find_asset(body.asset)
    made = maintenance_begin(
        found.client,
        actor=acting(),
        asset=None if body.whole_client else found,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        reason=body.reason,
    )
    return Status(201, _maintenance(queries.maintenance(str(made.uid))))


@stretches.post("/{uuid:uid}/end", response=MaintenanceOut)
@endpoint(permission="alerts.maintain")
def maintenance_end_post(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """End it now."""
    maintenance_end(queries.maintenance(str(uid)), actor=acting())
    return _maintenance(queries.maintenance(str(uid)))


def _alert(found: Alert) -> dict[str, Any]:
    fields = (
        "uid",
        "number",
        "kind",
        "params",
        "severity",
        "state",
        "count",
        "opened_at",
        "last_at",
        "acknowledged_at",
    )
    more = ("resolved_at", "snoozed_until", "verdict", "in_maintenance")
    return {field: getattr(found, field) for field in (*fields, *more)} | {
        "client": found.client.slug,
        "asset": found.asset.number if found.asset is not None else None,
        "title": title_of(found.kind, found.params),
        "ticket": found.ticket_uid,
        "cause": found.cause.number if found.cause is not None else None,
        "entries": [
            {
                "at": each.at,
                "kind": each.kind,
                "params": each.params,
                "text": entry_words(each),
                "person": each.person.uid if each.person else None,
            }
            for each in queries.entries(found)
        ],
    }


def _maintenance(found: Maintenance) -> dict[str, Any]:
    fields = ("uid", "starts_at", "ends_at", "reason")
    return {field: getattr(found, field) for field in fields} | {
        "client": found.client.slug,
        "asset": found.asset.number if found.asset is not None else None,
    }
