# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from steward.core.tenancy.public import Client
from steward.estate.assets.public import Asset
from steward.watch.alerts.models import Alert, AlertEntry, AlertState, Maintenance, Severity, Verdict

_RANKS = [When(severity=each, then=Value(rank)) for rank, each in enumerate(Severity.values)]
SEVERITY_RANK: Final = Case(*_RANKS, output_field=IntegerField())
EXPLAINED: Final = Case(When(cause=None, then=0), default=1, output_field=IntegerField())
OVER: Final = Case(When(state=AlertState.RESOLVED, then=1), default=0, output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of the alerts that began in a stretch: how many, how many people judged, how many of those were right."""

    alerts: int
    judged: int
    right: int


def alerts() -> QuerySet[Alert]:
    """Every alert within the scope."""
    return Alert.objects.select_related("client", "asset", "acknowledged_by", "cause")


def alert(number: str) -> Alert:
    """One alert. Raises Alert.DoesNotExist."""
    return alerts().select_related("resolved_by", "verdict_by", "cause__asset").get(number=number)


def unresolved() -> QuerySet[Alert]:
    """What goes on."""
    return alerts().exclude(state=AlertState.RESOLVED)


def unresolved_of_kind(kind: str) -> QuerySet[Alert]:
    """What goes on of one kind, without what a line shows beside it."""
    return Alert.objects.filter(kind=kind).exclude(state=AlertState.RESOLVED)


def to_do() -> QuerySet[Alert]:
    """What goes on and nobody has seen or put off."""
    return waiting(unresolved().filter(state=AlertState.OPEN))


def worst_first(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """In the order in which to look at them: the worst first, of those what nothing explains, and then the newest."""
    return rows.order_by(SEVERITY_RANK, EXPLAINED, "-opened_at", "-pk")


def going_on_first(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """What goes on first, of that what nothing explains, and then the newest."""
    return rows.order_by(OVER, EXPLAINED, "-opened_at", "-pk")


def behind(found: Alert) -> QuerySet[Alert]:
    """What an alert likely explains, what goes on first."""
    return going_on_first(alerts().filter(cause=found))


def waiting(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Without what is put off."""
    return rows.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=timezone.now()))


def alerts_of(asset: Asset) -> QuerySet[Alert]:
    """What was noticed on an asset, what goes on first."""
    return alerts().filter(asset=asset).order_by("-opened_at", "-pk")


def entries(found: Alert) -> QuerySet[AlertEntry]:
    """What happened to an alert, in order."""
    return found.entries.select_related("person").order_by("at", "pk")


def began_between(client: Client, start: datetime, end: datetime) -> QuerySet[Alert]:
    """The alerts of a client that began in a stretch, `end` exclusive."""
    return alerts().filter(client=client, opened_at__gte=start, opened_at__lt=end)


def accuracy(client: Client, start: datetime, end: datetime) -> Accuracy:
    """How often alerts were right."""
    counted = began_between(client, start, end).aggregate(
        alerts=Count("pk"),
        judged=Count("pk", filter=~Q(verdict="")),
        right=Count("pk", filter=Q(verdict=Verdict.TRUE_POSITIVE)),
    )
    return Accuracy(**counted)


def maintenance_of(asset: Asset) -> QuerySet[Maintenance]:
    """The stretches that run or are to come for an asset, its client's included."""
    rows = Maintenance.objects.filter(client_id=asset.client_id, ends_at__gt=timezone.now())
    return rows.filter(Q(asset=asset) | Q(asset=None)).select_related("person").order_by("starts_at", "pk")


def maintenance(uid: str) -> Maintenance:
    """One stretch. Raises Maintenance.DoesNotExist."""
    return Maintenance.objects.select_related("client", "asset").get(uid=uid)


def counts(asset_ids: Collection[int]) -> dict[int, int]:
    """How many alerts go on for each of these assets; those without any are left out."""
    rows = unresolved().filter(asset_id__in=asset_ids).values_list("asset_id").annotate(n=Count("pk")).order_by()
    return {asset: n for asset, n in rows if asset is not None}
