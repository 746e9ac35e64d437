# SPDX-License-Identifier: Apache-2.0
"""What the kit page shows in its parts: invented clients, tickets and figures, most of them in `specimens.json`.

Nothing of it is read from anywhere; all of it stands in elements marked translate="no". In the JSON {"$bar": …} stands for
a promise bar and {"$ago": minutes} for a moment.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from math import pi, sin
from pathlib import Path
from typing import Any

from django import forms

from steward.core.ui.promise import Kind, Rect, Stretch, compact, full

NOW = datetime(2026, 11, 12, 11, 32, tzinfo=UTC)
Part = dict[str, Any]
_FILE = Path(__file__).with_name("specimens.json")
_DAY = 86_400
_POINTS = 120


@dataclass(frozen=True, slots=True)
class Specimens:
    """The context of the kit page; `parts` holds what the parts of that name take."""

    title: str
    form: forms.Form
    now: datetime
    earlier: datetime
    clock: Part
    charts: list[Part]
    parts: dict[str, Any]


def specimens(title: str) -> Specimens:
    """Everything the kit page shows."""
    return Specimens(title, _faulty_form(), NOW, NOW - timedelta(minutes=2), clock(), list(_charts()), _parts())


def story(text: str) -> list[Stretch]:
    """A clock's story from "count 6h57m pause 40m todo 1h03m"."""
    words = text.split()
    return [Stretch(Kind(kind), _length(length)) for kind, length in zip(words[::2], words[1::2], strict=True)]


def _length(text: str) -> timedelta:
    hours, _h, minutes = text.rpartition("h")
    return timedelta(hours=int(hours or 0), minutes=int(minutes.rstrip("m") or 0))


def _bar(state: str, left: str, story_of: str, hours: float = 8, *, has_due: bool = True) -> Part:
    drawn = compact(story(story_of), timedelta(hours=hours), has_due=has_due)
    return {
        "state": state,
        "left": left,
        "rects": drawn.rects,
        "ticks": drawn.ticks,
        "due_x": drawn.due_x,
        "url": "#clock",
        "label": "Resolution",
    }


@cache
def _parts() -> dict[str, Any]:
    found: dict[str, Any] = _filled(json.loads(_FILE.read_text(encoding="utf-8")))
    return found


def _filled(value: Any) -> Any:
    if isinstance(value, list):
        return [_filled(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ago" in value:
        return NOW - timedelta(minutes=value["$ago"])
    if "$bar" in value:
        given = dict(value["$bar"])
        return _bar(given.pop("state"), given.pop("left"), given.pop("story"), **given)
    return {name: _filled(each) for name, each in value.items()}


def clock() -> Part:
    """The clock of T-4821: its words from the file, its places computed."""
    given = dict(_parts()["clock"])
    drawn = full(story(given.pop("story")), timedelta(hours=8))
    names = [{"x": _middle(drawn.rects[at]), "label": label} for at, label in given.pop("names")]
    marks = [{"x": drawn.starts[at], "label": label} for at, label in given.pop("days")]
    return given | {
        "rects": drawn.rects,
        "ticks": drawn.ticks,
        "now_x": drawn.now_x,
        "due_x": drawn.due_x,
        "names": names,
        "marks": marks,
    }


def _middle(rect: Rect) -> str:
    return f"{float(rect.x[:-1]) + float(rect.width[:-1]) / 2:.2f}%"


class ChangeForm(forms.Form):
    """A form with a fault and every kind of field."""

    title = forms.CharField(label="Title", help_text="What the client reads in the approval.")
    starts_at = forms.CharField(label="Starts at")
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 2, "placeholder": "In one sentence"}))
    risk = forms.ChoiceField(label="Risk", choices=[("low", "Low"), ("medium", "Medium")], required=False)
    window = forms.ChoiceField(
        label="When",
        choices=[("now", "At once"), ("night", "Tonight, 20:00")],
        widget=forms.RadioSelect,
        required=False,
    )
    tell = forms.BooleanField(label="Tell the client", required=False, help_text="Alice Morgan reads it in English.")
    client = forms.CharField(label="Client", disabled=True, initial="Acme Logistics", help_text="Taken from the asset.")

    def clean_starts_at(self) -> str:
        raise forms.ValidationError("This was yesterday. Next free window: today 14:30.")


def _faulty_form() -> forms.Form:
    given = {"kit-title": "Extend D: by 200 GB", "kit-starts_at": "Wed 11 Nov 2026, 20:00", "kit-risk": "low"}
    return ChangeForm(given, prefix="kit")


def times(step: int = 180) -> list[int]:
    """Unix seconds up to now."""
    last = int(NOW.timestamp())
    return [last - (_POINTS - 1 - at) * step for at in range(_POINTS)]


def _wave(low: float, high: float) -> list[float | None]:
    middle, swing = (low + high) / 2, (high - low) / 2
    return [round(middle + swing * sin(at / _POINTS * 4 * pi) + (at * 7 % 5) - 2, 1) for at in range(_POINTS)]


def _line(start: float, rise: float, most: float = 100) -> list[float | None]:
    return [round(min(most, start + rise * at), 1) for at in range(_POINTS)]


def _gapped(values: list[float | None], start: int, end: int) -> list[float | None]:
    return [None if start <= at < end else value for at, value in enumerate(values)]


def _charts() -> Iterator[Part]:
    t = times()
    empty, failed = _parts()["chart_empty"], _parts()["chart_failed"]
    yield {"title": "Processor, with everything", "unit": "%", "max": 80, "data": _everything(t)}
    two = [{"label": "in", "v": _wave(20, 60)}, {"label": "out", "v": _wave(12, 30)}]
    yield {"title": "Two series", "unit": "Mb/s", "max": 80, "data": {"t": t, "series": two}}
    yield {"title": "Forecast", "unit": "%", "min": 50, "max": 100, "data": _forecast(t)}
    yield {"title": "Loading", "unit": "ms"}
    yield {"title": "Nothing yet", "state": "empty", "empty": empty}
    yield {"title": "Could not be read", "state": "failed", "src": "?", "failed": failed}
    nothing = {"t": t, "series": [{"label": "", "v": [None] * _POINTS}], "last": t[0] - _DAY}
    yield {"title": "Silent for the whole range", "max": 80, "data": nothing}


def _everything(t: list[int]) -> Part:
    return {
        "t": t,
        "series": [{"label": "Processor", "v": _gapped(_wave(18, 46), 70, 80)}],
        "marks": [
            {"kind": "maint", "from": t[24], "to": t[34], "label": "CH-1181"},
            {"kind": "threshold", "value": 60, "label": "warn 60", "sev": "medium"},
            {"kind": "incident", "from": t[54], "label": "T-4821"},
        ],
    }


def _forecast(t: list[int]) -> Part:
    used, ahead = _gapped(_line(70, 0.2), 80, _POINTS), _gapped(_line(70, 0.2), 0, 79)
    return {
        "t": t,
        "series": [{"label": "used", "v": used}, {"label": "forecast", "v": ahead, "dash": True}],
        "cone": {"low": _gapped(_line(73, 0.15), 0, 79), "high": _gapped(_line(66, 0.25), 0, 79)},
        "marks": [
            {"kind": "future", "from": t[80], "to": None},
            {"kind": "event", "from": t[20], "label": "tracing on"},
            {"kind": "threshold", "value": 90, "label": "critical 90 %", "sev": "critical"},
        ],
    }
