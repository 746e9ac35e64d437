# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from steward.estate.assets.public import Asset
from steward.watch.monitoring.models import BlindSpell, Check, CheckResult, Round, Rule, RuleOverride
from steward.watch.monitoring.rounds import LATE


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule as it holds for an asset; `override` says so where one does."""

    rule: Rule
    enabled: bool
    severity: str
    config: dict[str, Any]
    override: RuleOverride | None


@dataclass(frozen=True, slots=True)
class Blind:
    """Kinds of rules that are not judged now, and since when at least one of them is not."""

    kinds: list[str]
    since: datetime


def rules() -> QuerySet[Rule]:
    """Every rule that is not archived, with how many overrides within the scope say otherwise."""
    own = RuleOverride.objects.filter(rule=OuterRef("pk")).order_by().values("rule").annotate(n=Count("pk"))
    return Rule.objects.filter(archived_at=None).annotate(overrides=Coalesce(Subquery(own.values("n")[:1]), 0))


def rule(uid: UUID | str) -> Rule:
    """One rule, archived or not. Raises Rule.DoesNotExist."""
    return Rule.objects.get(uid=uid)


def overrides_of(found: Rule) -> QuerySet[RuleOverride]:
    """Where a rule holds otherwise, within the scope."""
    return (
        RuleOverride.objects.filter(rule=found)
        .select_related("client", "asset")
        .order_by("client__name", "asset__name")
    )


def override(uid: UUID | str) -> RuleOverride:
    """One override. Raises RuleOverride.DoesNotExist."""
    return RuleOverride.objects.select_related("client", "asset", "rule").get(uid=uid)


def rules_of(asset: Asset) -> list[InForce]:
    """What every rule says for an asset."""
    rows = RuleOverride.objects.filter(client_id=asset.client_id).filter(Q(asset=asset) | Q(asset=None))
    own = {(each.rule_id, each.asset_id is None): each for each in rows}
    found = []
    for each in Rule.objects.filter(archived_at=None).order_by("kind", "pk"):
        said = own.get((each.pk, False)) or own.get((each.pk, True))
        holds: Rule | RuleOverride = said or each
        found.append(InForce(each, holds.enabled, holds.severity, dict(holds.config), said))
    return found


def checks() -> QuerySet[Check]:
    """Every check within the scope that is not archived."""
    return Check.objects.filter(archived_at=None).select_related("client", "asset")


def check(number: str) -> Check:
    """One check, archived or not. Raises Check.DoesNotExist."""
    return Check.objects.select_related("client", "asset").get(number=number)


def checks_of(asset: Asset) -> QuerySet[Check]:
    """What an asset's agent looks at."""
    return checks().filter(asset=asset).order_by("name", "pk")


def results_of(found: Check) -> QuerySet[CheckResult]:
    """What a check saw, the newest first."""
    return CheckResult.objects.filter(look=found).order_by("-at")


def rounds() -> QuerySet[Round]:
    """When each kind of rule was judged last."""
    return Round.objects.order_by("kind")


def blind_now() -> Blind | None:
    """What is not judged now; None when all is, or nothing ever was."""
    limit = timezone.now() - LATE
    late = [each for each in rounds() if (each.judged_at or each.began_at) < limit]
    if not late:
        return None
    return Blind([each.kind for each in late], min(each.judged_at or each.began_at for each in late))


def blind_between(start: datetime, end: datetime) -> QuerySet[BlindSpell]:
    """The stretches in which something was not judged, that touch this one."""
    running = Q(until=None) | Q(until__gt=start)
    return BlindSpell.objects.filter(running, since__lt=end).order_by("since", "pk")
