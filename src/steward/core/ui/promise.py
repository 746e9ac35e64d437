# SPDX-License-Identifier: Apache-2.0
"""Where the pieces of a promise bar stand. Pure: the story of a clock in, per cent of the bar's width out.

From zero to due, or to now when it is over. Open time is drawn to scale; every closed stretch (a night, a holiday) has one
width whatever its length, and is thin. Ticks stand at 50, 75 and 90 % of the counted target.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

THRESHOLDS = (50, 75, 90)
_CLOSED_COMPACT, _CLOSED_FULL = 4.5, 5.5  # per cent of the bar


class Kind(StrEnum):
    """What a stretch of a clock is. `todo` lies ahead; `over` lies behind due."""

    COUNT = "count"
    PAUSE = "pause"
    EXCLUDED = "excl"
    OUTSIDE = "out"
    OVER = "over"
    TODO = "todo"
    TODO_OUTSIDE = "todo-out"


_CLOSED = {Kind.OUTSIDE, Kind.TODO_OUTSIDE}
_COUNTED = {Kind.COUNT, Kind.TODO, Kind.OVER}
_PAST = {Kind.COUNT, Kind.PAUSE, Kind.EXCLUDED, Kind.OUTSIDE, Kind.OVER}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the clock's story: what it was, and for how long."""

    kind: Kind
    length: timedelta


@dataclass(frozen=True, slots=True)
class Rect:
    """A piece as drawn; x and width in per cent, y and height in px."""

    css: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A threshold; hit when the clock has passed it."""

    x: str
    hit: bool
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """What `ui/parts/promise.html` and `clock.html` draw. `due_x` is empty while there is no due time."""

    rects: list[Rect]
    ticks: list[Tick]
    due_x: str
    now_x: str
    starts: list[str]


@dataclass(frozen=True, slots=True)
class _Form:
    closed: float
    count: tuple[str, str]
    hatched: tuple[str, str]
    thin: tuple[str, str]
    over: tuple[str, str]


_COMPACT = _Form(_CLOSED_COMPACT, ("5", "6"), ("5.5", "5"), ("7", "2"), ("3", "10"))
_FULL = _Form(_CLOSED_FULL, ("22", "18"), ("22.5", "17"), ("30", "2"), ("18", "26"))


def compact(story: Sequence[Stretch], target: timedelta, *, has_due: bool = True) -> Bar:
    """The bar of a row, 16 px high. `has_due` is False while paused: then nobody knows when it will be due."""
    return _bar(story, target, _COMPACT, has_due=has_due)


def full(story: Sequence[Stretch], target: timedelta, *, has_due: bool = True) -> Bar:
    """The bar of a record, 66 px high with its words."""
    return _bar(story, target, _FULL, has_due=has_due)


def _bar(story: Sequence[Stretch], target: timedelta, form: _Form, *, has_due: bool) -> Bar:
    if target <= timedelta():
        raise ValueError("A promise has a target longer than nothing")
    widths = _widths(story, form.closed)
    starts = [sum(widths[:at]) for at in range(len(widths) + 1)]
    rects = [_rect(each, start, width, form) for each, start, width in zip(story, starts, widths, strict=False)]
    counted = sum((each.length for each in story if each.kind in (Kind.COUNT, Kind.OVER)), timedelta())
    ticks = []
    for percent in THRESHOLDS:
        x = _place(story, starts, widths, target * percent / 100)
        if x is not None:
            ticks.append(Tick(_percent(x), counted >= target * percent / 100, f"{percent} %"))
    due = _place(story, starts, widths, target)
    now = max(
        (start + width for each, start, width in zip(story, starts, widths, strict=False) if each.kind in _PAST),
        default=0.0,
    )
    return Bar(
        rects=rects,
        ticks=ticks,
        due_x=_percent(due) if has_due and due is not None else "",
        now_x=_percent(now),
        starts=[_percent(start) for start in starts[:-1]],
    )


def _widths(story: Sequence[Stretch], closed_width: float) -> list[float]:
    closed = sum(each.kind in _CLOSED for each in story)
    # Many nights would leave nothing for the work between them.
    closed_width = min(closed_width, 50 / closed) if closed else 0.0
    open_time = sum((each.length for each in story if each.kind not in _CLOSED), timedelta())
    scale = (100 - closed * closed_width) / (open_time / timedelta(seconds=1) or 1)
    return [closed_width if each.kind in _CLOSED else each.length.total_seconds() * scale for each in story]


def _rect(each: Stretch, start: float, width: float, form: _Form) -> Rect:
    y, height = form.count
    if each.kind in (Kind.PAUSE, Kind.EXCLUDED):
        y, height = form.hatched
    elif each.kind in _CLOSED:
        y, height = form.thin
    elif each.kind is Kind.OVER:
        y, height = form.over
    return Rect(f"s-{each.kind}", _percent(start), y, _percent(width), height)


def _place(
    story: Sequence[Stretch], starts: Sequence[float], widths: Sequence[float], counted: timedelta
) -> float | None:
    """Where so much time has been counted; None when the story ends before."""
    so_far = timedelta()
    for each, start, width in zip(story, starts, widths, strict=False):
        if each.kind not in _COUNTED:
            continue
        if each.length and so_far + each.length >= counted:
            return start + width * ((counted - so_far) / each.length)
        so_far += each.length
    return None


def _percent(value: float) -> str:
    return f"{value:.2f}%"
