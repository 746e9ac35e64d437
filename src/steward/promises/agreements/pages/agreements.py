# SPDX-License-Identifier: Apache-2.0
"""The list of contracts, and one contract: what it promises, since when, what it said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, Kind, Listed, Nav, Request, acting, listed, page, verb
from steward.promises.agreements import queries
from steward.promises.agreements.actions import agreement_activate
from steward.promises.agreements.models import Agreement, AgreementVersion
from steward.promises.agreements.tables import AGREEMENTS
from steward.promises.sla.public import SlaPolicy, promises_of


@dataclass(frozen=True, slots=True)
class Said:
    """One version as a line; `standing` is past, in force or planned."""

    since: datetime
    standing: str
    policy: SlaPolicy
    reason: str


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """A contract's record, as it stands now."""

    title: str
    number: str
    agreement: Agreement
    present: AgreementVersion
    promised: Sequence[Any]
    said: Sequence[Said]


@page(
    "agreements/",
    permission="agreements.view",
    kind=Kind.LIST,
    title=gettext_lazy("Contracts"),
    table=AGREEMENTS,
    template="ui/list.html",
    nav=Nav("promises", gettext_lazy("Contracts"), icon="file-text", order=10, keys="g k"),
)
def agreements(request: Request) -> Listed:
    """What was promised to whom."""
    return listed(AGREEMENTS, request)


@page(
    "agreements/<str:number>/",
    permission="agreements.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Contract"),
    parent="agreements.agreements",
)
def agreement(request: Request, number: str) -> AgreementPage:
    """One contract."""
    found = queries.agreement(number)
    versions = list(queries.versions_of(found))
    now = timezone.now()
    present = next((each for each in versions if each.valid_from <= now), versions[-1])
    return AgreementPage(
        title=found.title,
        number=found.number,
        agreement=found,
        present=present,
        promised=promises_of(present.policy, now),
        said=[_said(each, present, now) for each in versions],
    )


@verb(agreement, "activate", permission="agreements.manage")
def activate(request: Request, number: str) -> Done:
    """Put a draft into force."""
    found = agreement_activate(queries.agreement(number), actor=acting())
    return Done(
        _("%(number)s is in force.") % {"number": found.number}, goto=reverse("agreements.agreement", args=[number])
    )


def _said(version: AgreementVersion, present: AgreementVersion, now: datetime) -> Said:
    standing = _("in force") if version.pk == present.pk else _("planned") if version.valid_from > now else _("past")
    return Said(version.valid_from, standing, version.policy, version.reason)
