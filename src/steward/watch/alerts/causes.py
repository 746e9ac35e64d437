# SPDX-License-Identifier: Apache-2.0
"""Which outage likely explains others: what an asset runs on or depends on went out at about the same time.

Only outages explain, and only outages are explained: a full disk behind a dead switch is a trouble of its own."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from steward.estate.assets.public import dependencies_above, dependencies_below
from steward.watch.alerts.kinds import outages
from steward.watch.alerts.models import Alert, AlertState, Severity

# An outage that was there long before explains nothing new: somebody has to look.
SAME_TIME: Final = timedelta(minutes=30)


def likely_causes(alerts: Iterable[Alert]) -> dict[int, Alert]:
    """For those of some alerts that are explained, by their ids: the outage farthest up that began within half an hour of theirs."""
    found = [each for each in alerts if _is_outage(each)]
    places = {each.asset_id for each in found if each.asset_id is not None}
    known = dependencies_above(places) if places else None
    if known is None or not known.edges:
        return {}
    above = {place: known.above(place) for place in places}
    outages_at: dict[int, list[Alert]] = {}
    for each in _going_on({place for way in above.values() for place in way}):
        outages_at.setdefault(each.asset_id or 0, []).append(each)
    causes: dict[int, Alert] = {}
    for alert in found:
        place = alert.asset_id or 0
        # What hangs on each other in a circle explains nothing: both would be left to the other.
        way = [each for each in above[place] if each in outages_at and place not in known.above(each)]
        farthest_first = (outage for each in reversed(way) for outage in outages_at[each])
        cause = next((outage for outage in farthest_first if _same_time(outage, alert)), None)
        if cause is not None:
            causes[alert.pk] = cause
    return causes


def explained_by(alerts: Iterable[Alert]) -> dict[int, list[Alert]]:
    """For those of some alerts that explain others, by their ids: the outages of what hangs on their assets, that began within half an
    hour of theirs and have no cause yet."""
    leads = [each for each in alerts if _is_outage(each)]
    places = {each.asset_id for each in leads if each.asset_id is not None}
    known = dependencies_below(places) if places else None
    if known is None or not known.edges:
        return {}
    above = {place: known.above(place) for place in {*places, *known.edges}}
    found: dict[int, list[Alert]] = {}
    for each in _going_on(known.edges).filter(cause=None):
        place = each.asset_id or 0
        for lead in leads:
            over = lead.asset_id or 0
            if over in above[place] and place not in above[over] and _same_time(lead, each):
                found.setdefault(lead.pk, []).append(each)
    return found


def left_behind(since: datetime) -> QuerySet[Alert]:
    """What goes on although its cause was over by a time, the oldest first."""
    rows = Alert.objects.exclude(state=AlertState.RESOLVED).filter(cause__state=AlertState.RESOLVED)
    return rows.filter(cause__resolved_at__lt=since).select_related("cause").order_by("pk")


def _is_outage(alert: Alert) -> bool:
    return alert.kind in outages() and alert.severity != Severity.INFO


def _going_on(places: Iterable[int]) -> QuerySet[Alert]:
    """The outages of some assets, the oldest first."""
    rows = Alert.objects.filter(asset_id__in=places, kind__in=outages()).exclude(state=AlertState.RESOLVED)
    return rows.exclude(severity=Severity.INFO).order_by("opened_at", "pk")


def _same_time(one: Alert, other: Alert) -> bool:
    return abs(one.opened_at - other.opened_at) <= SAME_TIME
