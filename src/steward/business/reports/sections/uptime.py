# SPDX-License-Identifier: Apache-2.0
"""How long machines were up, down, and for how long nobody knows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from steward.business.reports.counting import asset_row
from steward.business.reports.drawing import Drawing, boxes
from steward.business.reports.figures import Facts, Figure, Part, Row, Unit, counted, percent
from steward.business.reports.frozen import FrozenPart, Verdict
from steward.business.reports.month import Month
from steward.business.reports.stretches import Break, State, Stretch, cut, stretches
from steward.business.reports.words import minutes_words, number, percent_words
from steward.core.telemetry.public import query
from steward.core.tenancy.public import Client
from steward.estate.agents.public import Agent, AgentState
from steward.estate.assets.public import Asset

SLUG: Final = "uptime"
TITLE: Final = gettext_lazy("Uptime")
ORDER: Final = 30
FIGURES: Final = {
    "uptime": gettext_lazy("Up, of the time that was measured"),
    "down": gettext_lazy("Time down"),
    "gaps": gettext_lazy("Time without measurements, neither up nor down"),
    "unmeasured": gettext_lazy("Machines without any measurement"),
}
METRIC: Final = "host.uptime_seconds"
ALLOWED: Final = timedelta(
    minutes=3
)  # without a sample, and no break: agents send every 30 seconds unless told otherwise
MARGIN: Final = timedelta(days=1)  # looked at around a month, so that what goes over its edge is told apart
KEPT: Final = timedelta(days=89)  # samples themselves are kept for 90 days
SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Machine:
    """An asset with an agent, and the part of the month in which it was to be measured."""

    asset: Asset
    start: int
    end: int


def run(client: Client, month: Month) -> Part:
    """Every asset that an approved agent spoke for, from the agent's approval or its first sample on, until it was archived.

    Raises TelemetryUnavailable and its kin.
    """
    machines = _machines(client, month)
    if not machines:
        return Part([Figure("uptime", None, Unit.PERCENT, ()), *_lengths({}), counted("unmeasured", ())])
    if month.start - MARGIN < timezone.now() - KEPT:
        return Part(fault="too_old")
    breaks, heard = _breaks(list(machines), month)
    found = {
        machine.asset: stretches(breaks.get(key, ()), *_judged_from(machine, heard.get(key)), _ms(ALLOWED))
        for key, machine in machines.items()
    }
    measured = {asset: own for asset, own in found.items() if any(each.state is not State.GAP for each in own)}
    up, down = (_seconds(measured.values(), state) for state in (State.UP, State.DOWN))
    return Part(
        [
            Figure("uptime", percent(up, up + down), Unit.PERCENT, [_machine_row(*each) for each in measured.items()]),
            *_lengths(found),
            counted("unmeasured", [_machine_row(asset, own) for asset, own in found.items() if asset not in measured]),
        ],
        {
            "up": up,
            "down": down,
            "gap": _seconds(found.values(), State.GAP),
            "days": [_day(day, start, end, found.values()) for day, start, end in month.days()],
        },
    )


def verdict(part: FrozenPart) -> Verdict:
    """In one sentence."""
    up = part.value("uptime")
    if up is None:
        return Verdict("unknown", _("No machine was measured, so nobody can say."))
    told = {
        "share": percent_words(up),
        "machines": number(part.n("uptime")),
        "down": minutes_words(part.facts["down"]),
        "gap": minutes_words(part.facts["gap"]),
    }
    words = ngettext(
        "Up %(share)s of the time that was measured on %(machines)s machine: %(down)s down.",
        "Up %(share)s of the time that was measured on %(machines)s machines: %(down)s down.",
        part.n("uptime"),
    )
    text = words % told
    if part.facts["gap"]:
        text = _("%(text)s For %(gap)s nobody knows; they count as neither.") % (told | {"text": text})
    sev = "medium" if part.facts["down"] else "unknown" if part.n("unmeasured") else "fine"
    return Verdict(sev, text)


def said(facts: Facts) -> str:
    """What counts about a row: a machine, or a stretch of one."""
    if "from" in facts:
        words = {State.DOWN: _("down for %(length)s"), State.GAP: _("not measured for %(length)s")}
        return words[State(facts["state"])] % {"length": minutes_words(facts["seconds"])}
    told = {key: minutes_words(facts[key]) for key in ("up", "down", "gap")}
    return _("up %(up)s, down %(down)s, not measured %(gap)s") % told


def charts(part: FrozenPart) -> Sequence[Drawing]:
    """One box a day."""
    days = [_drawn(each) for each in part.facts.get("days", ())]
    if not days:
        return ()
    told = [_spoken(each) for each in part.facts["days"] if each["down"] or each["gap"]]
    label = _("The days of the month. %(days)s") % {"days": "; ".join(told) or _("No downtime, no gap.")}
    caption = _(
        "One box a day, all machines together. Hatched: without measurements, counted neither as up nor as down."
    )
    return (Drawing("boxes", label, 54, {"boxes": boxes(days)}, caption),)


def _machines(client: Client, month: Month) -> dict[int, Machine]:
    agents = Agent.objects.filter(client=client, state__in=(AgentState.APPROVED, AgentState.REVOKED)).exclude(
        asset=None
    )
    found: dict[int, Machine] = {}
    end = min(month.end, timezone.now())
    for each in agents.select_related("asset").order_by("asset__name", "asset_id", "pk"):
        asset = each.asset
        assert asset is not None  # left out above
        gone = each.decided_at if each.state == AgentState.REVOKED else None
        since = max(each.enrolled_at if gone else each.decided_at or each.enrolled_at, month.start)
        until = min(end, asset.archived_at or end, gone or end)
        known = found.get(asset.pk)
        if known is not None:
            since, until = min(since, _at(known.start)), max(until, _at(known.end))
        if since < until:
            found[asset.pk] = Machine(asset, _ms_at(since), _ms_at(until))
    return found


def _judged_from(machine: Machine, heard: int | None) -> tuple[int, int]:
    """From when to when: what was measured before the agent's row says it was approved counts too."""
    start = machine.start if heard is None else min(machine.start, heard)
    return start, machine.end


def _breaks(assets: list[int], month: Month) -> tuple[Mapping[int, list[Break]], Mapping[int, int]]:
    """The breaks by asset, and the first instant within the month at which each was heard."""
    rows = query(
        "reports.breaks",
        seconds=SECONDS,
        assets=assets,
        name=METRIC,
        start=_ms_at(month.start - MARGIN),
        end=_ms_at(month.end + MARGIN),
        allowed=_ms(ALLOWED),
    )
    found: dict[int, list[Break]] = defaultdict(list)
    heard: dict[int, int] = {}
    for row in rows.dicts():
        asset, before, at = int(row["asset"]), int(row["before"]), int(row["at"])
        if at - before > _ms(ALLOWED):
            found[asset].append(Break(before or None, at, float(row["uptime"])))
        if not int(row["next"]):
            found[asset].append(Break(int(row["last"]), None))
        heard.setdefault(asset, max(at, _ms_at(month.start)))
    return found, heard


def _lengths(found: Mapping[Asset, Sequence[Stretch]]) -> list[Figure]:
    figures = []
    for slug, state in (("down", State.DOWN), ("gaps", State.GAP)):
        rows = [_stretch_row(asset, each) for asset, own in found.items() for each in own if each.state is state]
        minutes = round(sum(row.facts["seconds"] for row in rows) / 60, 1)
        figures.append(Figure(slug, minutes, Unit.MINUTES, rows))
    return figures


def _machine_row(asset: Asset, own: Sequence[Stretch]) -> Row:
    return asset_row(asset, {state.value: _seconds([own], state) for state in State})


def _stretch_row(asset: Asset, each: Stretch) -> Row:
    row = asset_row(asset, {"state": each.state.value, "from": each.start, "seconds": round(each.seconds, 1)})
    return Row(row.kind, row.uid, row.number, row.label, _at(each.start), row.facts)


def _day(day: date, start: datetime, end: datetime, found: Iterable[Sequence[Stretch]]) -> dict[str, Any]:
    own = [list(cut(each, _ms_at(start), _ms_at(end))) for each in found]
    return {"day": day.isoformat(), "down": _seconds(own, State.DOWN), "gap": _seconds(own, State.GAP)}


def _drawn(day: Mapping[str, Any]) -> tuple[int, str, bool, str]:
    number_of = date.fromisoformat(day["day"]).day
    if day["down"]:
        return number_of, "critical", False, minutes_words(day["down"])
    return number_of, "" if day["gap"] else "fine", bool(day["gap"]), ""


def _spoken(day: Mapping[str, Any]) -> str:
    told = {
        "day": date_format(date.fromisoformat(day["day"]), "j F"),
        "down": minutes_words(day["down"]),
        "gap": minutes_words(day["gap"]),
    }
    return _("%(day)s: %(down)s down, %(gap)s without measurements") % told


def _seconds(found: Iterable[Iterable[Stretch]], state: State) -> float:
    return round(sum((each.seconds for own in found for each in own if each.state is state), 0.0), 1)


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


def _ms_at(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
