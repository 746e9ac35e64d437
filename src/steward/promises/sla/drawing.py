# SPDX-License-Identifier: Apache-2.0
"""A clock as the promise bar shows it: compact in a line, full with every segment and its reason on a record."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Rect, Stretch, StretchKind, Tick, compact_bar, full_bar
from steward.promises.sla.calendars import OPEN, spans
from steward.promises.sla.clock import Reading, State
from steward.promises.sla.policy import Kind, Policy
from steward.promises.sla.timeline import COUNTING, GAP, Segment

Words = str | Promise
MOST: Final = 60  # pieces of a bar that can still be told apart
MOST_ROWS: Final = 500
MOST_MARKS: Final = 5
NEAR: Final = 8  # per cent of the bar, which is as wide as the words at a mark
NEAR_ON_A_PHONE: Final = 36
WARN, RISK = 75, 90
LITTLE: Final = 30 * 60  # with so many seconds left it is at risk, or with a quarter of the target
MET: Final = frozenset({State.MET, State.MET_LATE})
KINDS: Final[dict[Kind, Words]] = {Kind.RESPONSE: gettext_lazy("Response"), Kind.RESOLUTION: gettext_lazy("Resolution")}
_CSS: Final = {
    StretchKind.COUNT: gettext_lazy("Counted"),
    StretchKind.OVER: gettext_lazy("Over"),
    StretchKind.PAUSE: gettext_lazy("Paused"),
    StretchKind.EXCLUDED: gettext_lazy("Excluded"),
    StretchKind.OUTSIDE: gettext_lazy("Outside hours"),
}


@dataclass(frozen=True, slots=True)
class PromiseBar:
    """What `ui/parts/promise.html` draws."""

    state: str
    left: str
    label: str
    url: str
    rects: Sequence[Rect]
    ticks: Sequence[Tick]
    due_x: str
    due: str = ""
    none: bool = False


@dataclass(frozen=True, slots=True)
class FullClock:
    """What `ui/parts/clock.html` draws."""

    state: str
    left: str
    rest: str
    used: str
    spoken: str
    explain: str
    rects: Sequence[Rect]
    ticks: Sequence[Tick]
    marks: Sequence[dict[str, Any]]
    names: Sequence[dict[str, str]]
    now_x: str
    now_label: str
    due_x: str
    due_label: str
    legend: Sequence[dict[str, Any]]
    segments: Sequence[dict[str, Any]]
    sum: dict[str, str]
    open: bool = False


def bar_of(policy: Policy, kind: Kind, reading: Reading, *, url: str) -> PromiseBar:
    """The bar of a line; `url` is where every segment is explained."""
    story = _stretches(policy, kind, reading)
    drawn = compact_bar(story, timedelta(seconds=reading.target), has_due=reading.due is not None)
    return PromiseBar(
        state=view_state(reading),
        left=left_words(reading),
        label=str(KINDS[kind]),
        url=url,
        rects=drawn.rects,
        ticks=drawn.ticks,
        due_x=drawn.due_x,
    )


def clock_of(
    policy: Policy, kind: Kind, reading: Reading, *, zone: tzinfo, status_words: Callable[[str], str], rule: str
) -> FullClock:
    """The bar of a record: times in `zone`, statuses in the words of whoever owes it, `rule` says what it goes by."""
    story = _stretches(policy, kind, reading)
    drawn = full_bar(story, timedelta(seconds=reading.target), has_due=reading.due is not None)
    due = _at(reading.due, zone) if reading.due is not None else None
    left, over = left_words(reading), reading.state in MET
    return FullClock(
        state=view_state(reading),
        left=left,
        rest=_rest(kind, reading, due, zone),
        used=_("%(percent)s %% of %(target)s used")
        % {"percent": reading.elapsed * 100 // reading.target, "target": length_words(reading.target)},
        spoken=_("%(kind)s: %(left)s. %(elapsed)s counted of %(target)s, %(paused)s paused.")
        % {
            "kind": KINDS[kind],
            "left": left,
            "elapsed": length_words(reading.elapsed),
            "target": length_words(reading.target),
            "paused": length_words(reading.paused),
        },
        explain=_("Every segment of the %(kind)s, in the time of %(zone)s")
        % {"kind": str(KINDS[kind]).lower(), "zone": _city(zone)},
        rects=drawn.rects,
        ticks=drawn.ticks,
        marks=_marks(reading, story, drawn.starts, zone, float(drawn.now_x.rstrip("%"))),
        names=[],
        now_x=drawn.now_x,
        now_label=_("met") if over else _("now"),
        due_x=drawn.due_x,
        due_label=_("due %(time)s") % {"time": _clock(due)} if due else "",
        legend=_legend(reading, story),
        segments=[_row(each, zone, status_words) for each in reading.segments[-MOST_ROWS:]],
        sum={
            "length": length_words(reading.end - reading.zero),
            "counts": length_words(reading.elapsed),
            "because": rule,
        },
    )


def view_state(reading: Reading) -> str:
    """The clock's state as the bar colours it: `running` becomes warn from 75 %, and risk from 90 % or with little time left."""
    if reading.state is not State.RUNNING:
        return reading.state.value
    percent = reading.elapsed * 100 / reading.target
    if percent >= RISK or reading.remaining <= min(LITTLE, reading.target / 4):
        return "risk"
    return "warn" if percent >= WARN else State.RUNNING.value


def left_words(reading: Reading) -> str:
    """ "1 h 03 left", "18 min over", "kept", "kept late"."""
    if reading.state in MET:
        return _("kept") if reading.state is State.MET else _("kept late")
    said = length_words(abs(reading.remaining))
    if reading.remaining < 0:
        return _("%(time)s over") % {"time": said}
    if reading.state is State.PAUSED:
        return _("paused, %(time)s left") % {"time": said}
    return _("%(time)s left") % {"time": said}


def length_words(seconds: int) -> str:
    """ "40 s", "15 min", "4 h", "1 h 03". No days: a day of which calendar?"""
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": seconds}
    hours, minutes = divmod(seconds // 60, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{minutes:02}"}


def _stretches(policy: Policy, kind: Kind, reading: Reading) -> list[Stretch]:
    pieces = [*_past(reading), *_ahead(policy, kind, reading)]
    if len(pieces) > MOST:
        # Many nights could not be told apart: what counted and what did not, each in one piece.
        pieces = sorted((each for each in pieces if each[0] not in _THIN), key=lambda each: _ORDER.index(each[0]))
    found = []
    for of_kind, same in groupby(pieces, key=lambda each: each[0]):
        seconds = sum(length for _kind, length in same)
        if seconds:
            found.append(Stretch(of_kind, timedelta(seconds=seconds)))
    return found or [Stretch(StretchKind.TODO, timedelta(seconds=max(reading.target, 1)))]


_THIN: Final = frozenset({StretchKind.OUTSIDE, StretchKind.TODO_OUTSIDE})
_ORDER: Final = list(StretchKind)


def _past(reading: Reading) -> Iterator[tuple[StretchKind, int]]:
    counted = 0
    for each in reading.segments:
        if not each.counts:
            yield _kind(each), each.seconds
            continue
        within = max(0, min(each.seconds, reading.target - counted))
        yield StretchKind.COUNT, within
        yield StretchKind.OVER, each.seconds - within
        counted += each.seconds


def _ahead(policy: Policy, kind: Kind, reading: Reading) -> Iterator[tuple[StretchKind, int]]:
    if reading.met is not None or reading.remaining <= 0:
        return
    target = policy.target(kind, reading.priority)
    if target is None or reading.due is None:
        yield StretchKind.TODO, reading.remaining
        return
    for span in spans(target.calendar, reading.end, reading.due):
        yield StretchKind.TODO if span.why == OPEN else StretchKind.TODO_OUTSIDE, span.end - span.begin


def _kind(each: Segment) -> StretchKind:
    if each.why.startswith("paused:"):
        return StretchKind.PAUSE
    return StretchKind.EXCLUDED if each.why.startswith("excluded:") else StretchKind.OUTSIDE


def _city(zone: tzinfo) -> str:
    return str(zone).rpartition("/")[2].replace("_", " ")


def _rest(kind: Kind, reading: Reading, due: datetime | None, zone: tzinfo) -> str:
    if reading.met is not None:
        used = {"used": length_words(reading.elapsed), "target": length_words(reading.target)}
        if kind is Kind.RESPONSE:
            return _("answered after %(used)s of %(target)s") % used
        return _("resolved after %(used)s of %(target)s") % used
    if due is None:
        return (
            _("to respond, no due time while it is paused")
            if kind is Kind.RESPONSE
            else _("to resolve, no due time while it is paused")
        )
    said = {"time": _clock(due), "day": date_format(due, "D j M"), "zone": _city(zone)}
    words = (
        _("to respond, due %(day)s %(time)s %(zone)s") % said
        if kind is Kind.RESPONSE
        else _("to resolve, due %(day)s %(time)s %(zone)s") % said
    )
    own = timezone.localtime(due)
    if own.utcoffset() == due.utcoffset():
        return words
    return f"{words} {_('(%(time)s yours)') % {'time': _clock(own)}}"


def _marks(
    reading: Reading, story: Sequence[Stretch], starts: Sequence[str], zone: tzinfo, now: float
) -> list[dict[str, Any]]:
    """Where it begins, and where work begins again after a closed stretch; not where the words would lie on those of now."""
    found: list[dict[str, Any]] = []
    at = reading.zero
    for place, each in enumerate(story):
        again = place and story[place - 1].kind in _THIN and each.kind not in _THIN
        apart = abs(float(starts[place].rstrip("%")) - now)
        if (not place or again) and apart > NEAR:
            words = date_format(_at(at, zone), "D H:i")
            found.append({"x": starts[place], "label": words, "near": apart < NEAR_ON_A_PHONE})
        at += int(each.length.total_seconds())
    return found if len(found) <= MOST_MARKS else found[:1]


def _legend(reading: Reading, story: Sequence[Stretch]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for kind, label in _CSS.items():
        seconds = sum(int(each.length.total_seconds()) for each in story if each.kind is kind)
        if seconds:
            of = _("of %(target)s") % {"target": length_words(reading.target)} if kind is StretchKind.COUNT else ""
            found.append({"css": f"s-{kind}", "label": label, "value": length_words(seconds), "of": of})
    if reading.met is None and reading.remaining > 0:
        found.append({"css": "s-todo", "label": _("Left"), "value": length_words(reading.remaining)})
    return found


def _row(each: Segment, zone: tzinfo, status_words: Callable[[str], str]) -> dict[str, Any]:
    what, because = _why(each.why, status_words)
    kind = StretchKind.COUNT if each.counts else _kind(each)
    begin, end = _at(each.begin, zone), _at(each.end, zone)
    until = _clock(end) if begin.date() == end.date() else f"{date_format(end, 'D j M')} {_clock(end)}"
    return {
        "when": f"{date_format(begin, 'D j M')} {_clock(begin)} – {until}",
        "css": f"s-{kind}",
        "what": what,
        "length": length_words(each.seconds),
        "counts": f"+ {length_words(each.seconds)}" if each.counts else "0",
        "because": because,
    }


def _why(why: str, status_words: Callable[[str], str]) -> tuple[str, str]:
    """What a segment is, and the reason for it."""
    sort, _colon, name = why.partition(":")
    match sort:
        case "paused":
            said = status_words(name)
            return _("Paused: %(status)s") % {"status": said}, _("The policy lets this state pause the clock.")
        case "excluded":
            return _("Excluded: %(category)s") % {"category": name}, _("This time was taken out of the promise.")
        case "holiday":
            return _("Holiday"), _("The calendar of the promise is closed on this day.")
    if why == COUNTING:
        return _("Counting"), _("Within hours, and nothing pauses it.")
    if why == GAP:
        return _("Resolved"), _("It was resolved, and reopened later.")
    return _("Outside hours"), _("The calendar of the promise is closed.")


def _at(seconds: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone)


def _clock(at: datetime) -> str:
    return date_format(at, "H:i")
