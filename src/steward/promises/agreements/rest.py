# SPDX-License-Identifier: Apache-2.0
"""Contracts for programs: the same actions and lists as the pages."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.access.public import Refused
from steward.core.rest.public import endpoint, router
from steward.core.tenancy.public import Client
from steward.core.ui.public import acting, list_endpoint
from steward.promises.agreements import queries
from steward.promises.agreements.actions import (
    AgreementTerms,
    agreement_activate,
    agreement_amend,
    agreement_create,
    agreement_end,
)
from steward.promises.agreements.models import Agreement
from steward.promises.agreements.tables import AGREEMENTS
from steward.promises.sla.public import policies_in_use

api: Router = router("agreements", label=_("Contracts"))

list_endpoint(api, "", AGREEMENTS, permission="agreements.view")


class AgreementTermsIn(Schema):
    """What one version says."""

    model_config = ConfigDict(extra="forbid")

    policy: UUID
    response_clause: str = Field("3.1", max_length=20)
    resolution_clause: str = Field("3.2", max_length=20)
    scope: str = Field("", max_length=20_000)

    def terms(self) -> AgreementTerms:
        """As the actions take it. Raises Refused for a policy that is not there."""
        policy = policies_in_use().filter(uid=self.policy).first()
        if policy is None:
            raise Refused("policy", _("There is no policy in use with this uid."))
        return AgreementTerms(policy, self.response_clause, self.resolution_clause, self.scope)


class NewAgreementIn(AgreementTermsIn):
    """A contract with a client, named by its slug."""

    client: str = Field(max_length=40)
    title: str = Field(max_length=120)
    timezone: str = Field(max_length=64)
    starts_on: date
    ends_on: date | None = None


class AmendmentIn(AgreementTermsIn):
    """Other terms from a time on; without one, from now."""

    reason: str = Field(max_length=300)
    valid_from: datetime | None = None


class EndIn(Schema):
    """The last day."""

    model_config = ConfigDict(extra="forbid")

    ends_on: date
    reason: str = Field(max_length=300)


class AgreementVersionOut(Schema):
    """What a contract says from a time on, until the next version."""

    valid_from: datetime
    recorded_at: datetime
    policy: UUID
    response_clause: str
    resolution_clause: str
    scope: str
    reason: str


class AgreementOut(Schema):
    """A contract with all its versions, the latest first."""

    uid: UUID
    number: str
    client: str
    title: str
    state: str
    timezone: str
    starts_on: date
    ends_on: date | None
    end_reason: str
    versions: list[AgreementVersionOut]


@api.post("", response={201: AgreementOut})
@endpoint(permission="agreements.manage")
def agreement_post(request: HttpRequest, body: NewAgreementIn) -> Status[dict[str, Any]]:
    """Draft a contract."""
    client = Client.objects.filter(slug=body.client).first()
    if client is None:
        raise Refused("client", _("There is no client with this slug."))
    made = agreement_create(
        client,
        actor=acting(),
        title=body.title,
        timezone=body.timezone,
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        terms=body.terms(),
    )
    return Status(201, _agreement(made))


@api.get("/{number}", response=AgreementOut)
@endpoint(permission="agreements.view")
def agreement_get(request: HttpRequest, number: str) -> dict[str, Any]:
    """One contract."""
    return _agreement(queries.agreement(number))


@api.post("/{number}/activate", response=AgreementOut)
@endpoint(permission="agreements.manage")
def agreement_activate_post(request: HttpRequest, number: str) -> dict[str, Any]:
    """Put a draft into force."""
    return _agreement(agreement_activate(queries.agreement(number), actor=acting()))


@api.post("/{number}/versions", response={201: AgreementOut})
@endpoint(permission="agreements.manage")
def agreement_version_post(request: HttpRequest, number: str, body: AmendmentIn) -> Status[dict[str, Any]]:
    """Amend a contract."""
    found = queries.agreement(number)
    agreement_amend(found, actor=acting(), terms=body.terms(), reason=body.reason, valid_from=body.valid_from)
    return Status(201, _agreement(found))


@api.post("/{number}/end", response=AgreementOut)
@endpoint(permission="agreements.manage")
def agreement_end_post(request: HttpRequest, number: str, body: EndIn) -> dict[str, Any]:
    """Give a contract its last day."""
    found = queries.agreement(number)
    return _agreement(agreement_end(found, actor=acting(), ends_on=body.ends_on, reason=body.reason))


def _agreement(found: Agreement) -> dict[str, Any]:
    own = ("uid", "number", "title", "state", "timezone", "starts_on", "ends_on", "end_reason")
    said = ("valid_from", "recorded_at", "response_clause", "resolution_clause", "scope", "reason")
    return {
        **{name: getattr(found, name) for name in own},
        "client": found.client.slug,
        "versions": [
            {"policy": each.policy.uid, **{name: getattr(each, name) for name in said}}
            for each in queries.versions_of(found)
        ],
    }
