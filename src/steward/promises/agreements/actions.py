# SPDX-License-Identifier: Apache-2.0
"""Every write to contracts. What a contract says is never changed: an amendment is a version that holds from a time on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone as clock
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.records.public import next_number
from steward.core.tenancy.public import Actor, Client
from steward.promises.agreements.events import AgreementActivated, AgreementAmended, AgreementEnded
from steward.promises.agreements.models import Agreement, AgreementVersion
from steward.promises.agreements.search import index
from steward.promises.sla.public import SlaPolicy, starting
from steward.settings.zones import zone_names

PREFIX: Final = "AGR"
TITLE_LENGTH, CLAUSE_LENGTH, SCOPE_LENGTH, REASON_LENGTH = 120, 20, 20_000, 300


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """What one version says."""

    policy: SlaPolicy
    response_clause: str = "3.1"
    resolution_clause: str = "3.2"
    scope: str = ""


@action(permission="agreements.manage")
def agreement_create(
    client: Client,
    *,
    actor: Actor,
    title: str,
    timezone: str,
    starts_on: date,
    ends_on: date | None = None,
    terms: AgreementTerms,
) -> Agreement:
    """Draft a contract; it promises nothing until it is activated.

    Raises:
        Refused: naming the field: `title`, `timezone`, `ends_on` before `starts_on`, `policy` archived, a clause too long.
    """
    _check_days(starts_on, ends_on)
    if timezone not in zone_names():
        raise Refused("timezone", _("Choose a time zone such as Europe/Istanbul."))
    agreement = Agreement.objects.create(
        client=client,
        number=next_number(PREFIX),
        title=_title(title),
        timezone=timezone,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    agreement.refresh_from_db(fields=["uid"])
    _version(agreement, starting(None, None), terms, "")
    index(agreement)
    audit("agreements.agreement.create", agreement, number=agreement.number, title=agreement.title)
    return agreement


@action(permission="agreements.manage")
def agreement_activate(agreement: Agreement, *, actor: Actor) -> Agreement:
    """Put a draft into force from its first day on.

    Raises:
        Refused: the whole when it is no draft; `starts_on` when another contract of the client holds in these days.
    """
    if agreement.state != Agreement.State.DRAFT:
        raise Refused("", _("Only a draft can be put into force."))
    # Two drafts activated at once would both see no other: the client's contracts are written one at a time.
    list(Agreement.objects.select_for_update().filter(client=agreement.client_id).values_list("pk"))
    other = _overlapping(agreement)
    if other is not None:
        raise Refused(
            "starts_on",
            _("%(number)s holds in these days. End it first, or choose other days.") % {"number": other.number},
        )
    agreement.state = Agreement.State.ACTIVE
    agreement.save(update_fields=["state"])
    audit("agreements.agreement.activate", agreement)
    emit(AgreementActivated(agreement.client_id, agreement.pk))
    return agreement


@action(permission="agreements.manage")
def agreement_amend(
    agreement: Agreement, *, actor: Actor, terms: AgreementTerms, reason: str, valid_from: datetime | None = None
) -> AgreementVersion:
    """Have a contract say something else from `valid_from` on, by default from now.

    Raises:
        Refused: as `agreement_create`; `reason` when empty; `valid_from` in the past or before a version that is there; the whole when
            it has ended.
    """
    if agreement.state == Agreement.State.ENDED:
        raise Refused("", _("This contract has ended. Make a new one."))
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise Refused("reason", _("Say why, in at most %(length)s characters.") % {"length": REASON_LENGTH})
    latest = agreement.versions.order_by("-valid_from").values_list("valid_from", flat=True).first()
    since = starting(valid_from, latest)
    version = _version(agreement, since, terms, " ".join(reason.split()))
    audit("agreements.agreement.amend", agreement, valid_from=since.isoformat(), reason=version.reason)
    emit(AgreementAmended(agreement.client_id, agreement.pk))
    return version


@action(permission="agreements.manage")
def agreement_end(agreement: Agreement, *, actor: Actor, ends_on: date, reason: str) -> Agreement:
    """Give a contract its last day. What it promised for the days before stays.

    Raises:
        Refused: `ends_on` before yesterday or before its start; `reason` when empty; the whole when it is not in force.
    """
    if agreement.state != Agreement.State.ACTIVE:
        raise Refused("", _("Only a contract in force can be ended."))
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise Refused("reason", _("Say why, in at most %(length)s characters.") % {"length": REASON_LENGTH})
    if ends_on < clock.now().date() - timedelta(days=1):
        raise Refused("ends_on", _("Choose today or a day to come: what was promised for the past stays as it was."))
    _check_days(agreement.starts_on, ends_on)
    agreement.ends_on, agreement.end_reason = ends_on, " ".join(reason.split())
    agreement.state = Agreement.State.ENDED
    agreement.save(update_fields=["ends_on", "end_reason", "state"])
    audit("agreements.agreement.end", agreement, ends_on=ends_on.isoformat(), reason=agreement.end_reason)
    emit(AgreementEnded(agreement.client_id, agreement.pk))
    return agreement


def _overlapping(agreement: Agreement) -> Agreement | None:
    others = Agreement.objects.filter(client=agreement.client_id).exclude(state=Agreement.State.DRAFT)
    others = others.filter(Q(ends_on=None) | Q(ends_on__gte=agreement.starts_on))
    if agreement.ends_on is not None:
        others = others.filter(starts_on__lte=agreement.ends_on)
    return others.exclude(pk=agreement.pk).first()


def _version(agreement: Agreement, since: datetime, terms: AgreementTerms, reason: str) -> AgreementVersion:
    if terms.policy.archived_at is not None:
        raise Refused("policy", _("That policy is archived. Choose another one."))
    if len(terms.scope) > SCOPE_LENGTH:
        raise Refused("scope", _("Use at most %(length)s characters.") % {"length": SCOPE_LENGTH})
    return AgreementVersion.objects.create(
        client_id=agreement.client_id,
        agreement=agreement,
        valid_from=since,
        policy=terms.policy,
        response_clause=_clause("response_clause", terms.response_clause),
        resolution_clause=_clause("resolution_clause", terms.resolution_clause),
        scope=terms.scope.strip(),
        reason=reason,
    )


def _check_days(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise Refused("ends_on", _("The last day lies before the first."))


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or len(title) > TITLE_LENGTH or not title.isprintable():
        raise Refused("title", _("Give a title of at most %(length)s characters.") % {"length": TITLE_LENGTH})
    return title


def _clause(field: str, text: str) -> str:
    clause = " ".join(text.split())
    if not clause or len(clause) > CLAUSE_LENGTH or not clause.isprintable():
        raise Refused(
            field, _("Name the clause in at most %(length)s characters, such as 3.1.") % {"length": CLAUSE_LENGTH}
        )
    return clause
