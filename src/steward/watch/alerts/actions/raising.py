# SPDX-License-Identifier: Apache-2.0
"""What machines say: trouble, again trouble, over. Many at once, since one dead switch is thousands of alerts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from steward.core.access.public import action
from steward.core.events.public import emit_many
from steward.core.records.public import RecordRef
from steward.core.search.public import index_many
from steward.core.tenancy.public import Actor, Client, ForeignClient, current_scope
from steward.estate.assets.public import Asset
from steward.watch.alerts.clock import db_now, statements
from steward.watch.alerts.events import AlertOpened, AlertResolved
from steward.watch.alerts.kinds import refuse_unknown
from steward.watch.alerts.live import tell_pages
from steward.watch.alerts.models import Alert, AlertEntry, AlertState, Maintenance, Severity
from steward.watch.alerts.search import document
from steward.watch.alerts.tasks import tell_tickets_soon, ticket_soon

WORST_FIRST: Final = (Severity.CRITICAL, Severity.MAJOR, Severity.MINOR, Severity.INFO)
FINGERPRINT_MAX, TOPIC_MAX = 200, 120


@dataclass(frozen=True, slots=True)
class Raising:
    """One trouble as somebody reports it; see `Alert`."""

    client: Client
    fingerprint: str
    kind: str
    severity: str
    params: Mapping[str, Any] = field(default_factory=dict)
    asset: Asset | None = None
    ref: RecordRef | None = None
    topic: str = ""


@action(permission="alerts.raise")
def alerts_raise(raisings: Sequence[Raising], *, actor: Actor, at: datetime | None = None) -> list[Alert]:
    """Report trouble. What is known already under its fingerprint, and is not over, counts on; the rest are new alerts, each of
    which opens or joins a ticket soon after this commits. In the order of `raisings`; one alert for the same fingerprint twice.

    Raises:
        UnknownAlertKind; ValueError for a fingerprint or a topic that is empty or too long, or another severity; ForeignClient
            outside the scope, or for another client's asset.
    """
    if not raisings:
        return []
    for each in raisings:
        _refuse(each)
    moment = at or db_now()
    known = _unresolved(raisings)
    again = {alert.pk: each for each in raisings if (alert := known.get(_key(each))) is not None}
    if again:
        statements.run("touch", ids=sorted(again), at=moment)
        _worsened([(alert, again[alert.pk]) for alert in known.values()], moment)
    fresh = {_key(each): each for each in raisings if _key(each) not in known}
    opened = _open(list(fresh.values()), moment) if fresh else []
    if opened:
        _tell_opened(opened)
    found = _unresolved(raisings)
    return [found[_key(each)] for each in raisings]


@action(permission="alerts.raise")
def alerts_seen(ids: Sequence[int], *, actor: Actor, at: datetime) -> int:
    """Alerts that go on were seen again: each counts on. For whoever judges regularly and knows which go on. Returns how many."""
    return statements.run("touch", ids=sorted(ids), at=at) if ids else 0


@action(permission="alerts.raise")
def alerts_clear(
    alerts: Iterable[Alert], *, actor: Actor, params: Mapping[str, Any] | None = None, at: datetime | None = None
) -> list[Alert]:
    """Say that alerts are over; those that are already stay as they are. Their tickets are told soon after this commits.

    Returns those that were ended by this. `params` say what was seen, beside each.
    """
    wanted = sorted(each.pk for each in alerts)
    if not wanted:
        return []
    held = list(
        Alert.objects.select_for_update(of=("self",))
        .select_related("client")
        .filter(pk__in=wanted)
        .exclude(state=AlertState.RESOLVED)
        .order_by("pk")
    )
    moment = at or db_now()
    for each in held:
        each.state, each.resolved_at = AlertState.RESOLVED, max(moment, each.opened_at)
    Alert.objects.bulk_update(held, ["state", "resolved_at"], batch_size=1000)
    AlertEntry.objects.bulk_create(
        AlertEntry(client_id=each.client_id, alert=each, kind="cleared", params=dict(params or {}), at=moment)
        for each in held
    )
    emit_many([AlertResolved(each.client_id, each.uid) for each in held])
    tell_pages(held)
    tell_tickets_soon(held)
    return held


def maintained(client_ids: Collection[int], at: datetime) -> tuple[set[int], set[int]]:
    """The assets, and the whole clients, of these clients that are in maintenance at an instant, by their numbers."""
    rows = Maintenance.objects.filter(client_id__in=client_ids, starts_at__lte=at, ends_at__gt=at)
    found = [(each.client_id, each.asset_id) for each in rows]
    assets = {asset for _client, asset in found if asset is not None}
    return assets, {client for client, asset in found if asset is None}


def _refuse(raising: Raising) -> None:
    refuse_unknown(raising.kind)
    if not 0 < len(raising.fingerprint) <= FINGERPRINT_MAX or len(raising.topic) > TOPIC_MAX:
        raise ValueError("a fingerprint has 1 to 200 characters, a topic at most 120")
    Severity(raising.severity)
    if not current_scope().allows(raising.client.pk):
        raise ForeignClient(f"alerts: client {raising.client.pk} is outside the scope")
    if raising.asset is not None and raising.asset.client_id != raising.client.pk:
        raise ForeignClient("alerts: the asset is another client's")


def _key(raising: Raising) -> tuple[int, str]:
    return raising.client.pk, raising.fingerprint


def _unresolved(raisings: Sequence[Raising]) -> dict[tuple[int, str], Alert]:
    rows = (
        Alert.objects.select_related("client", "asset")
        .filter(
            client_id__in={each.client.pk for each in raisings}, fingerprint__in={each.fingerprint for each in raisings}
        )
        .exclude(state=AlertState.RESOLVED)
    )
    return {(each.client_id, each.fingerprint): each for each in rows}


def _worsened(pairs: Iterable[tuple[Alert, Raising]], at: datetime) -> None:
    worse = [(alert, each) for alert, each in pairs if _rank(each.severity) < _rank(alert.severity)]
    for alert, each in worse:
        before, alert.severity = alert.severity, each.severity
        alert.save(update_fields=["severity"])
        entry = {"before": before, "after": each.severity}
        AlertEntry.objects.create(client_id=alert.client_id, alert=alert, kind="worsened", params=entry, at=at)
    told = [alert for alert, _each in worse]
    tell_pages(told)
    ticket_soon(told)


def _rank(severity: str) -> int:
    return WORST_FIRST.index(Severity(severity))


def _open(raisings: list[Raising], at: datetime) -> list[Alert]:
    numbers = [row["number"] for row in statements.rows("numbers", count=len(raisings))]
    assets, clients = maintained({each.client.pk for each in raisings}, at)
    Alert.objects.bulk_create(
        [
            Alert(
                client=each.client,
                number=number,
                fingerprint=each.fingerprint,
                kind=each.kind,
                topic=each.topic,
                params=dict(each.params),
                severity=each.severity,
                asset=each.asset,
                ref_kind=each.ref.kind if each.ref else "",
                ref_uid=each.ref.uid if each.ref else None,
                opened_at=at,
                last_at=at,
                in_maintenance=each.client.pk in clients or (each.asset is not None and each.asset.pk in assets),
            )
            for each, number in zip(raisings, numbers, strict=True)
        ],
        # Somebody else may have reported the same a moment ago: then theirs is the alert.
        ignore_conflicts=True,
        batch_size=1000,
    )
    return list(Alert.objects.select_related("client", "asset").filter(number__in=numbers).order_by("pk"))


def _tell_opened(opened: list[Alert]) -> None:
    AlertEntry.objects.bulk_create(
        [
            AlertEntry(
                client_id=each.client_id,
                alert=each,
                kind="opened",
                params={"severity": each.severity, "maintenance": each.in_maintenance},
                at=each.opened_at,
            )
            for each in opened
        ],
        batch_size=1000,
    )
    index_many(map(document, opened))
    emit_many([AlertOpened(each.client_id, each.uid) for each in opened])
    tell_pages(opened)
    ticket_soon(opened)
