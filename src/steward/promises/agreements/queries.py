# SPDX-License-Identifier: Apache-2.0
"""Every read of contracts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Now

from steward.core.tenancy.public import Client, current_scope
from steward.promises.agreements.models import Agreement, AgreementVersion
from steward.promises.sla.public import Kind, SlaPolicyVersion, version_at


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a client at an instant: the contract, the version of its policy that judges, and the clause of each kind."""

    agreement_uid: UUID
    number: str
    timezone: str
    version: SlaPolicyVersion
    clauses: Mapping[Kind, str]


def without_unseen_drafts(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Leave out the drafts where the reader may not see what is still being written: a client's own people."""
    if current_scope().actor.may("agreements.drafts_view"):
        return rows
    return rows.exclude(state=Agreement.State.DRAFT)


def agreements() -> QuerySet[Agreement]:
    """All contracts that the reader may see, with what a line shows: the policy that the version in force names."""
    in_force = AgreementVersion.objects.filter(agreement=OuterRef("pk"), valid_from__lte=Now()).order_by("-valid_from")
    return without_unseen_drafts(Agreement.objects.select_related("client")).annotate(
        policy_name=Subquery(in_force.values("policy__name")[:1])
    )


def agreement(number: str) -> Agreement:
    """One contract by its number. Raises Agreement.DoesNotExist."""
    return agreements().get(number=number)


def versions_of(agreement: Agreement) -> QuerySet[AgreementVersion]:
    """What a contract says and said, the latest first."""
    return agreement.versions.select_related("policy").order_by("-valid_from", "-id")


def agreements_of(client: Client) -> QuerySet[Agreement]:
    """A client's contracts, the latest first."""
    return agreements().filter(client=client).order_by("-starts_on", "-id")


def terms_at(client_id: int, at: datetime) -> Terms | None:
    """What was promised to a client at an instant; None where no contract held. Four queries at most."""
    for each in (
        Agreement.objects.filter(client_id=client_id).exclude(state=Agreement.State.DRAFT).order_by("-starts_on")
    ):
        day = at.astimezone(ZoneInfo(each.timezone)).date()
        if each.starts_on <= day and (each.ends_on is None or day <= each.ends_on):
            return _terms(each, at)
    return None


def _terms(agreement: Agreement, at: datetime) -> Terms | None:
    rows = agreement.versions.all()
    said = rows.filter(valid_from__lte=at).order_by("-valid_from").first() or rows.order_by("valid_from").first()
    version = version_at(said.policy_id, at) if said is not None else None
    if said is None or version is None:
        return None
    clauses = {
        Kind.RESPONSE: f"{agreement.number} {said.response_clause}",
        Kind.RESOLUTION: f"{agreement.number} {said.resolution_clause}",
    }
    return Terms(agreement.uid, agreement.number, agreement.timezone, version, clauses)
