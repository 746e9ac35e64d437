# SPDX-License-Identifier: Apache-2.0
"""Shifts as the roster part of the kit draws them: a line for each roster, in per cent of the week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from steward.desk.oncall.schedule import Interval, Shift, gaps

DAYS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the picture: its words, where it leads, its shifts."""

    title: str
    url: str
    shifts: Sequence[Shift]


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Monday to Sunday, by the reader's clock."""

    monday: date

    @classmethod
    def of(cls, text: str, today: date) -> "Week":
        """The week written as "2026-W47"; this week when it is written otherwise, or lies further than a calendar reaches."""
        try:
            year, _w, number = text.partition("-W")
            monday = date.fromisocalendar(int(year), int(number), 1)
        except ValueError:
            monday = today - timedelta(days=today.weekday())
        near = timedelta(days=3650)
        return cls(monday if today - near < monday < today + near else today - timedelta(days=today.weekday()))

    @property
    def window(self) -> Interval:
        """It as a stretch of time."""
        return Interval(_midnight(self.monday), _midnight(self.monday + timedelta(days=DAYS)))

    @property
    def name(self) -> str:
        """It as an address says it: "2026-W47"."""
        year, number, _day = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    def shifted(self, weeks: int) -> "Week":
        """So many weeks later."""
        return Week(self.monday + timedelta(days=DAYS * weeks))


def drawn(
    week: Week, lines: Sequence[Line], names: Mapping[int, str], *, me: int | None, url: str
) -> dict[str, object]:
    """What the part "roster" takes. `url` is the page's own address."""
    today = timezone.localdate()
    days = [week.monday + timedelta(days=each) for each in range(DAYS)]
    number = week.monday.isocalendar()[1]
    return {
        "label": _("Week %(number)s") % {"number": number},
        "prev_url": f"{url}?week={week.shifted(-1).name}",
        "next_url": f"{url}?week={week.shifted(1).name}",
        "days": [{"label": date_format(day, "D j"), "today": day == today} for day in days],
        "rows": [{"title": each.title, "url": each.url, "spans": _spans(week, each, names, me)} for each in lines],
    }


def moment(at: datetime) -> str:
    """A handover in words, by the reader's clock."""
    return date_format(timezone.localtime(at), "D j M, H:i")


def _spans(week: Week, line: Line, names: Mapping[int, str], me: int | None) -> list[dict[str, object]]:
    window = week.window
    found = []
    for shift in line.shifts:
        name = names.get(shift.person_id, "")
        span = _span(window, shift.starts_at, shift.ends_at, name)
        found.append((shift.starts_at, span | {"name": name, "me": shift.person_id == me}))
    for gap in gaps(line.shifts, window):
        found.append((gap.starts_at, _span(window, gap.starts_at, gap.ends_at, _("Nobody")) | {"gap": True}))
    return [span for _at, span in sorted(found, key=lambda each: each[0])]


def _span(window: Interval, starts_at: datetime, ends_at: datetime, name: str) -> dict[str, object]:
    whole = window.ends_at - window.starts_at
    spoken = _("%(name)s, %(start)s to %(end)s") % {"name": name, "start": moment(starts_at), "end": moment(ends_at)}
    return {
        "x": f"{(starts_at - window.starts_at) / whole:.4%}",
        "width": f"{(ends_at - starts_at) / whole:.4%}",
        "spoken": spoken,
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())
