# SPDX-License-Identifier: Apache-2.0
"""Rosters, escalations and pages for programs: the same actions and reads as the pages."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from ninja.responses import Status
from pydantic import AwareDatetime, ConfigDict, Field

from steward.core.access.public import Refused, Role
from steward.core.identity.public import User
from steward.core.records.public import record_ref
from steward.core.rest.public import endpoint, router
from steward.core.tenancy.public import Client
from steward.core.ui.public import acting, list_endpoint
from steward.desk.oncall import queries
from steward.desk.oncall.actions import (
    NewStep,
    override_add,
    override_remove,
    page_acknowledge,
    page_end,
    page_open,
    policy_create,
    policy_edit,
    roster_create,
    roster_edit,
)
from steward.desk.oncall.kinds import severity_of, title_of
from steward.desk.oncall.models import EscalationPolicy, EscalationStep, Override, Page, Roster
from steward.desk.oncall.pages.page import PAGES
from steward.desk.oncall.reaching import db_now
from steward.desk.oncall.schedule import Interval, Unit
from steward.desk.oncall.words import answer_words

rosters = router("rosters", label=_("Rosters"))
policies = router("escalations", label=_("Escalations"))
calls = router("pages", label=_("Pages"))

list_endpoint(calls, "", PAGES, permission="oncall.view")

SHOWN = timedelta(days=14)


class RosterIn(Schema):
    """A roster; `people` take turns in their order."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    zone: str = Field("UTC", max_length=64)
    unit: Unit = Unit.WEEKS
    length: int = Field(1, ge=1, le=400)
    handover: time
    starts_on: date
    people: list[UUID] = Field(min_length=1, max_length=50)


class ShiftOut(Schema):
    """Somebody on duty for a stretch."""

    person: UUID
    name: str
    starts_at: datetime
    ends_at: datetime


class RosterOverrideIn(Schema):
    """A shift that somebody takes over."""

    model_config = ConfigDict(extra="forbid")

    person: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str = Field("", max_length=300)


class RosterOverrideOut(Schema):
    """A shift that somebody took over."""

    uid: UUID
    person: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str


class RosterOut(Schema):
    """A roster, what people took over, and who is on duty for the next fourteen days."""

    uid: UUID
    name: str
    zone: str
    unit: str
    length: int
    handover: time
    starts_on: date
    people: list[UUID]
    overrides: list[RosterOverrideOut]
    shifts: list[ShiftOut]


class StepIn(Schema):
    """One step: exactly one of a person, a roster and a role; and how many seconds to wait for an answer."""

    model_config = ConfigDict(extra="forbid")

    person: UUID | None = None
    roster: UUID | None = None
    role: Role | None = None
    wait_seconds: int = Field(ge=5, le=86_400)


class PolicyIn(Schema):
    """An escalation."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    rounds: int = Field(1, ge=1, le=10)
    is_default: bool = False
    steps: list[StepIn] = Field(min_length=1, max_length=20)


class EscalationPolicyOut(Schema):
    """An escalation."""

    uid: UUID
    name: str
    rounds: int
    is_default: bool
    steps: list[StepIn]


class CallIn(Schema):
    """Somebody is called about a client, by its slug. The same `key` gives the same page; without `escalation` the default."""

    model_config = ConfigDict(extra="forbid")

    client: str = Field(max_length=40)
    text: str = Field(min_length=1, max_length=200)
    key: str = Field(min_length=1, max_length=100)
    escalation: UUID | None = None


class AttemptOut(Schema):
    """Somebody was told; `person` is None where a step found nobody."""

    step: int
    person: UUID | None
    channel: str
    state: str
    answer: str
    at: datetime


class PageOut(Schema):
    """A page with all that was tried."""

    uid: UUID
    number: str
    client: str
    kind: str
    title: str
    severity: str
    state: str
    opened_at: datetime
    nobody_reached_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    ended_at: datetime | None
    attempts: list[AttemptOut]


class AnsweredOut(PageOut):
    """A page, and whether the call changed it."""

    changed: bool


@rosters.get("", response=list[RosterOut])
@endpoint(permission="oncall.view")
def rosters_get(request: HttpRequest) -> list[dict[str, Any]]:
    """Every roster."""
    return [_roster(each) for each in queries.rosters()]


@rosters.post("", response={201: RosterOut})
@endpoint(permission="oncall.manage")
def roster_post(request: HttpRequest, body: RosterIn) -> Status[dict[str, Any]]:
    """Set up a roster."""
    made = roster_create(actor=acting(), **_roster_values(body))
    return Status(201, _roster(queries.roster(made.uid)))


@rosters.get("/{uuid:uid}", response=RosterOut)
@endpoint(permission="oncall.view")
def roster_get(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One roster."""
    return _roster(queries.roster(uid))


@rosters.put("/{uuid:uid}", response=RosterOut)
@endpoint(permission="oncall.manage")
def roster_put(request: HttpRequest, uid: UUID, body: RosterIn) -> dict[str, Any]:
    """Change a roster."""
    roster_edit(queries.roster(uid), actor=acting(), **_roster_values(body))
    return _roster(queries.roster(uid))


@rosters.post("/{uuid:uid}/overrides", response={201: RosterOverrideOut})
@endpoint(permission="oncall.override")
def override_post(request: HttpRequest, uid: UUID, body: RosterOverrideIn) -> Status[dict[str, Any]]:
    """Take over a shift."""
    values = body.dict() | {"person": _person("person", body.person)}
    return Status(201, _override(override_add(queries.roster(uid), actor=acting(), **values)))


@rosters.delete("/{uuid:uid}/overrides/{uuid:override}", response={204: None})
@endpoint(permission="oncall.override")
def override_delete(request: HttpRequest, uid: UUID, override: UUID) -> Status[None]:
    """Give a shift back that was taken over."""
    override_remove(queries.override(uid, override), actor=acting())
    return Status(204, None)


@policies.get("", response=list[EscalationPolicyOut])
@endpoint(permission="oncall.view")
def policies_get(request: HttpRequest) -> list[dict[str, Any]]:
    """Every escalation."""
    return [_policy(each) for each in queries.policies()]


@policies.post("", response={201: EscalationPolicyOut})
@endpoint(permission="oncall.manage")
def policy_post(request: HttpRequest, body: PolicyIn) -> Status[dict[str, Any]]:
    """Say whom pages reach."""
    made = policy_create(actor=acting(), **_policy_values(body))
    return Status(201, _policy(queries.policy(made.uid)))


@policies.put("/{uuid:uid}", response=EscalationPolicyOut)
@endpoint(permission="oncall.manage")
def policy_put(request: HttpRequest, uid: UUID, body: PolicyIn) -> dict[str, Any]:
    """Change whom pages reach, for those opened from now on."""
    policy_edit(queries.policy(uid), actor=acting(), **_policy_values(body))
    return _policy(queries.policy(uid))


@calls.post("", response={201: PageOut})
@endpoint(permission="oncall.page")
def call_post(request: HttpRequest, body: CallIn) -> Status[dict[str, Any]]:
    """Page whoever is on duty, once for each client and key."""
    client = Client.objects.filter(slug=body.client).first()
    if client is None:
        raise Refused("client", _("No client is called “%(value)s”.") % {"value": body.client})
    made = page_open(
        client,
        record_ref(client),
        actor=acting(),
        key=f"api:{body.key}",
        kind="oncall.by_hand",
        params={"text": body.text},
        policy=_found_policy(body.escalation),
    )
    return Status(201, _page(made))


@calls.get("/{str:number}", response=PageOut)
@endpoint(permission="oncall.view")
def page_get(request: HttpRequest, number: str) -> dict[str, Any]:
    """One page with all that was tried."""
    return _page(queries.page(number))


@calls.post("/{str:number}/acknowledge", response=AnsweredOut)
@endpoint(permission="oncall.acknowledge")
def page_acknowledge_post(request: HttpRequest, number: str) -> dict[str, Any]:
    """Look after a page; nobody else is called then."""
    changed = page_acknowledge(queries.page(number), actor=acting(), via="api")
    return _page(queries.page(number)) | {"changed": changed}


@calls.post("/{str:number}/end", response=AnsweredOut)
@endpoint(permission="oncall.acknowledge")
def page_end_post(request: HttpRequest, number: str) -> dict[str, Any]:
    """Say that what a page was about is over."""
    changed = page_end(queries.page(number), actor=acting())
    return _page(queries.page(number)) | {"changed": changed}


def _person(field: str, uid: UUID) -> User:
    found = queries.may_take_turns().filter(uid=uid).first()
    if found is None:
        raise Refused(field, _("Nobody who may acknowledge pages has the identifier %(uid)s.") % {"uid": uid})
    return found


def _roster_values(body: RosterIn) -> dict[str, Any]:
    return body.dict() | {"people": [_person("people", each) for each in body.people]}


def _policy_values(body: PolicyIn) -> dict[str, Any]:
    return body.dict() | {"steps": [NewStep(_whom(each), each.wait_seconds) for each in body.steps]}


def _whom(step: StepIn) -> User | Roster | Role:
    given = [each for each in (step.person, step.roster, step.role) if each is not None]
    if len(given) != 1:
        raise Refused("steps", _("A step names exactly one of a person, a roster and a role."))
    if step.person is not None:
        return _person("steps", step.person)
    if step.role is not None:
        return step.role
    found = Roster.objects.filter(uid=given[0]).first()
    if found is None:
        raise Refused("steps", _("There is no such roster."))
    return found


def _found_policy(uid: UUID | None) -> EscalationPolicy | None:
    if uid is None:
        return None
    found = queries.policies().filter(uid=uid).first()
    if found is None:
        raise Refused("escalation", _("There is no such escalation."))
    return found


def _roster(found: Roster) -> dict[str, Any]:
    now = db_now().astimezone(UTC)
    covering = queries.overrides_of(found)
    people = {each.person_id: each.person for each in found.members.all()}
    people |= {each.person_id: each.person for each in covering}
    shifts = queries.shifts(found, Interval(now, now + SHOWN))
    fields = ("uid", "name", "zone", "unit", "length", "handover", "starts_on")
    return {field: getattr(found, field) for field in fields} | {
        "people": [each.person.uid for each in found.members.all()],
        "overrides": [_override(each) for each in covering if each.ends_at > now],
        "shifts": [
            {
                "person": people[each.person_id].uid,
                "name": str(people[each.person_id]),
                "starts_at": each.starts_at,
                "ends_at": each.ends_at,
            }
            for each in shifts
        ],
    }


def _override(found: Override) -> dict[str, Any]:
    fields = ("uid", "starts_at", "ends_at", "reason")
    return {field: getattr(found, field) for field in fields} | {"person": found.person.uid}


def _policy(found: EscalationPolicy) -> dict[str, Any]:
    steps = [_step(each) for each in found.steps.all()]
    return {
        "uid": found.uid,
        "name": found.name,
        "rounds": found.rounds,
        "is_default": found.is_default,
        "steps": steps,
    }


def _step(step: EscalationStep) -> dict[str, Any]:
    return {
        "person": step.person.uid if step.person else None,
        "roster": step.roster.uid if step.roster else None,
        "role": step.role or None,
        "wait_seconds": step.wait_seconds,
    }


def _page(found: Page) -> dict[str, Any]:
    fields = ("uid", "number", "kind", "state", "opened_at", "nobody_reached_at", "acknowledged_at", "ended_at")
    return {field: getattr(found, field) for field in fields} | {
        "client": found.client.slug,
        "title": title_of(found.kind, found.params),
        "severity": severity_of(found.kind),
        "acknowledged_by": found.acknowledged_by.uid if found.acknowledged_by else None,
        "attempts": [
            {
                "step": each.position,
                "person": each.person.uid if each.person else None,
                "channel": each.channel,
                "state": each.state,
                "answer": answer_words(each),
                "at": each.at,
            }
            for each in queries.attempts(found)
        ],
    }
