# SPDX-License-Identifier: Apache-2.0
"""A measured value beyond a limit for a while; over when it is back behind another limit for a while."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field, model_validator
from steward_agent.collectors.metrics import TABLE, Unit

from steward.core.telemetry.public import Result, TelemetryError, query
from steward.watch.monitoring.judging import CantJudge, Fact, Finding, Held, State, Words, prefix_of

SLUG = "threshold"
LABEL = gettext_lazy("Threshold")
SUMMARY = gettext_lazy("A measured value beyond a limit for a while.")
LABELS_MAX: Final = 80
STORE_SECONDS: Final = 8
ALWAYS: Final = "host.uptime_seconds"  # what every agent measures, whatever the machine has
FRESH: Final = 60.0  # seconds
# What the usual rules measure, in words; of others the metric's own name.
_NAMES: Final = {
    "cpu.used_percent": gettext_lazy("Processor use"),
    "fs.inodes_percent": gettext_lazy("Inode use"),
    "fs.used_percent": gettext_lazy("Filesystem use"),
    "memory.used_percent": gettext_lazy("Memory use"),
}
_UNITS: Final = {metric.name: metric.unit.value for metric in TABLE}


class Span(IntEnum):
    """The stretches of time that are looked at, in seconds. Few, since each in use is one query over all assets."""

    TEN_SECONDS = 10
    HALF_A_MINUTE = 30
    MINUTE = 60
    FIVE_MINUTES = 300
    QUARTER = 900
    HALF_AN_HOUR = 1800
    HOUR = 3600


class Config(BaseModel):
    """What is measured, and when it is too much or too little."""

    model_config = ConfigDict(extra="forbid")

    metric: Annotated[
        str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$", description="What is measured, such as fs.used_percent")
    ]
    only: Annotated[
        str,
        Field(
            "",
            max_length=120,
            description="Only series with this label, such as mount=/srv; empty: each series by itself",
        ),
    ]
    when: Annotated[Literal["above", "below"], Field("above", description="On which side of the limit the trouble is")]
    limit: Annotated[float, Field(allow_inf_nan=False, description="Trouble begins beyond this value")]
    back: Annotated[
        float | None,
        Field(
            None, allow_inf_nan=False, description="It is over when the value is back at this one; empty: at the limit"
        ),
    ]
    for_seconds: Annotated[
        Span, Field(Span.FIVE_MINUTES, description="All samples of so many seconds lie beyond the limit")
    ]
    back_seconds: Annotated[Span, Field(Span.MINUTE, description="All samples of so many seconds are back")]

    @model_validator(mode="after")
    def _sides(self) -> Self:
        if self.back is not None and (self.back > self.limit if self.when == "above" else self.back < self.limit):
            raise ValueError("back: must lie on the good side of the limit")
        if self.only and "=" not in self.only:
            raise ValueError("only: write it as label=value")
        return self


@dataclass(frozen=True, slots=True)
class Window:
    """A series over a stretch: lowest, highest, newest value; whether there are samples from its beginning to nearly its end."""

    labels: Mapping[str, str]
    low: float
    high: float
    newest: float
    whole: bool


Windows = dict[tuple[int, str], dict[int, Window]]


def run(held: Sequence[Held], going_on: frozenset[str], at: datetime) -> Iterator[Finding]:
    spans: dict[Span, set[str]] = {}
    for each in held:
        spans.setdefault(each.config.for_seconds, set()).add(each.config.metric)
        spans.setdefault(each.config.back_seconds, set()).add(each.config.metric)
    windows = {span: _windows(span, names, at) for span, names in spans.items()}
    seen: set[str] = set()
    for each in held:
        key, config = (each.subject.asset_id, each.config.metric), each.config
        ending = windows[config.back_seconds].get(key, {})
        for sid, window in windows[config.for_seconds].get(key, {}).items():
            if _fits(window.labels, config.only):
                found = _judged(each, window, ending.get(sid), going_on)
                seen.add(found.fingerprint)
                yield found
    yield from _gone(held, going_on - seen, at)


def _gone(held: Sequence[Held], unseen: frozenset[str], at: datetime) -> Iterator[Finding]:
    """What goes on about a series that its agent measures no more, such as of a filesystem that was taken away: it is over when
    nothing of it came for an hour in which the agent measured all the time. One query, and only when there is something unseen."""
    by_prefix = {prefix_of(each): each for each in held}
    pairs = [(found, each) for each in unseen if (found := by_prefix.get(_place(each))) is not None]
    if not pairs:
        return
    hour = _windows(Span.HOUR, {each.config.metric for each, _fingerprint in pairs} | {ALWAYS}, at)
    for found, fingerprint in pairs:
        asset, about = found.subject.asset_id, fingerprint.removeprefix(prefix_of(found))
        there = {_text(window.labels) for window in hour.get((asset, found.config.metric), {}).values()}
        if about not in there and any(window.whole for window in hour.get((asset, ALWAYS), {}).values()):
            yield Finding(found, about, State.OVER)


def _place(fingerprint: str) -> str:
    return ":".join(fingerprint.split(":", 2)[:2]) + ":"


def _judged(held: Held, window: Window, ending: Window | None, going_on: frozenset[str]) -> Finding:
    config, labels = held.config, _text(window.labels)
    params = {
        "metric": config.metric,
        "labels": labels,
        "value": round(window.newest, 4),
        "when": config.when,
        "limit": config.limit,
        "back": config.limit if config.back is None else config.back,
        "seconds": int(config.for_seconds),
        "unit": _UNITS.get(config.metric, ""),
    }
    found = Finding(held, labels, State.UNKNOWN, params, f"{config.metric} {labels}".strip())
    if found.fingerprint in going_on:
        over = ending is not None and _behind(config, ending)
        return Finding(held, labels, State.OVER if over else State.FIRING, params, found.topic)
    beyond = window.low > config.limit if config.when == "above" else window.high < config.limit
    return Finding(held, labels, State.FIRING if beyond and window.whole else State.OVER, params, found.topic)


def _behind(config: Config, window: Window) -> bool:
    back = config.limit if config.back is None else config.back
    return window.high <= back if config.when == "above" else window.low >= back


def _windows(span: Span, names: set[str], at: datetime) -> Windows:
    try:
        rows: Result = query(
            "monitoring.windows", seconds=STORE_SECONDS, names=sorted(names), span=float(span), at=at.timestamp()
        )
    except TelemetryError:
        raise CantJudge("telemetry_away") from None
    found: Windows = {}
    for row in rows.dicts():
        # From the beginning of the stretch to nearly its end, and half of the samples there could be: a gap is no trouble.
        interval = max(float(row["interval_s"]), 1.0)
        stretch = max(float(span), interval)
        whole = (
            row["first_age"] >= stretch - 1.1 * interval
            and row["last_age"] <= max(FRESH, 3 * interval)
            and row["n"] >= max(1, round(stretch / interval / 2))
        )
        window = Window(row["labels"], row["low"], row["high"], row["newest"], bool(whole))
        found.setdefault((int(row["asset"]), str(row["name"])), {})[int(row["sid"])] = window
    return found


def _fits(labels: Mapping[str, str], only: str) -> bool:
    name, _equals, value = only.partition("=")
    return not only or labels.get(name) == value


def _text(labels: Mapping[str, str]) -> str:
    text = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
    if len(text) <= LABELS_MAX:
        return text
    return f"{text[: LABELS_MAX - 17]}~{sha256(text.encode()).hexdigest()[:16]}"


def words(params: Mapping[str, Any]) -> Words:
    values = {
        "metric": _NAMES.get(params["metric"], params["metric"]),
        "where": f" ({params['labels']})" if params["labels"] else "",
        "value": _number(params["value"], params["unit"]),
        "limit": _number(params["limit"], params["unit"]),
    }
    if params["when"] == "above":
        return _("%(metric)s%(where)s is %(value)s, above %(limit)s") % values
    return _("%(metric)s%(where)s is %(value)s, below %(limit)s") % values


def why(params: Mapping[str, Any]) -> Sequence[Fact]:
    unit = params["unit"]
    return [
        (_("Measured"), f"{params['metric']} {params['labels']}".strip()),
        (_("Limit"), _number(params["limit"], unit)),
        (_("Beyond it for"), _("%(seconds)s seconds, every sample") % {"seconds": params["seconds"]}),
        (_("When it began"), _number(params["value"], unit)),
        (_("Over when back at"), _number(params["back"], unit)),
    ]


def _number(value: float, unit: str) -> str:
    text = f"{value:.6g}"
    return f"{text} %" if unit == Unit.PERCENT else f"{text} {unit}".strip()
