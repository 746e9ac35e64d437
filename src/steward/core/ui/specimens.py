# SPDX-License-Identifier: Apache-2.0
"""What the kit page shows in its parts: invented clients, tickets and figures. Nothing of it is read from anywhere, and all of
it stands in elements marked translate="no"."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import pi, sin
from typing import Any

from django import forms

from steward.core.ui.promise import Kind, Stretch, compact, full

NOW = datetime(2026, 11, 12, 11, 32, tzinfo=UTC)
Part = dict[str, Any]


def story(text: str) -> list[Stretch]:
    """A clock's story from "count 6h57m pause 40m todo 1h03m"."""
    words = text.split()
    return [Stretch(Kind(kind), _length(length)) for kind, length in zip(words[::2], words[1::2], strict=True)]


def _length(text: str) -> timedelta:
    hours, _h, minutes = text.rpartition("h")
    return timedelta(hours=int(hours or 0), minutes=int(minutes.rstrip("m") or 0))


def bar(state: str, left: str, told: str, *, hours: float = 8, has_due: bool = True, label: str = "Resolution") -> Part:
    """A compact promise bar as `parts/promise.html` takes it."""
    drawn = compact(story(told), timedelta(hours=hours), has_due=has_due)
    return {
        "state": state, "left": left, "rects": drawn.rects, "ticks": drawn.ticks, "due_x": drawn.due_x,
        "url": "#clock", "label": label,
    }  # fmt: skip


BARS: list[tuple[str, Part]] = [
    ("running", bar("running", "6 h left", "count 2h todo 6h")),
    ("running", bar("running", "19 h 20 left", "count 2h30m out 14h count 1h todo 3h15m todo-out 14h todo 6h45m todo-out 14h todo 4h30m", hours=18)),
    ("warn", bar("warn", "1 h 30 left", "count 6h10m pause 1h count 20m todo 1h30m")),
    ("risk", bar("risk", "31 min left", "count 7h29m todo 31m")),
    ("breached", bar("breached", "50 min over", "count 7h pause 40m count 1h over 50m")),
    ("paused", bar("paused", "5 h 30 left", "count 2h30m pause 1h30m todo 5h30m", has_due=False)),
    ("paused", bar("paused", "5 h 30 left", "count 2h30m excl 1h30m todo 5h30m", has_due=False)),
    ("outside_hours", bar("outside_hours", "5 h 30 left", "count 2h30m out 14h todo 5h30m")),
    ("met", bar("met", "Kept", "count 3h10m todo 4h50m")),
    ("met_late", bar("met_late", "Kept late", "count 8h over 25m")),
]  # fmt: skip


def clock(*, is_open: bool = False) -> Part:
    """The clock of T-4821 as `parts/clock.html` takes it."""
    told = story(
        "count 1h10m pause 40m out 15h pause 1h25m count 1h35m excl 1h30m count 2h20m pause 2h10m out 15h pause 1h10m count 1h52m todo 1h03m"
    )
    drawn = full(told, timedelta(hours=8))
    names = ((2, "night"), (5, "EX-212"), (8, "night"))
    days = ((0, "Tue 15:40"), (3, "Wed 08:30"), (9, "Thu 08:30"))
    return {
        "state": "warn", "left": "1 h 03 min left", "rest": "to resolve, due 12:35 London (15:35 yours)", "used": "87 % of 8 h used",
        "rects": drawn.rects, "ticks": drawn.ticks, "now_x": drawn.now_x, "now_label": "now 11:32",
        "due_x": drawn.due_x, "due_label": "due 12:35",
        "names": [{"x": _middle(drawn.rects[at]), "label": label} for at, label in names],
        "marks": [{"x": drawn.starts[at], "label": label} for at, label in days],
        "spoken": "Clock from Tuesday 15:40 to due Thursday 12:35 London: 6 h 57 counted of 8 h, 5 h 25 waiting for client, 1 h 30 excluded, two nights outside hours",
        "legend": [
            {"css": "s-count", "label": "Counted", "value": "6 h 57", "of": "of 8 h"},
            {"css": "s-pause", "label": "Waiting for client", "value": "5 h 25"},
            {"css": "s-excl", "label": "Excluded", "value": "1 h 30"},
            {"css": "s-out", "label": "Outside hours", "value": "30 h"},
            {"css": "s-todo", "label": "Left", "value": "1 h 03"},
        ],
        "explain": "Every segment, in London time, the zone of the contract", "open": is_open,
        "segments": [
            {"when": "Tue 10 Nov 15:40 – 16:50", "css": "s-count", "what": "Counting", "length": "1 h 10", "counts": "+ 1 h 10", "because": "New, then in progress."},
            {"when": "16:50 – 17:30", "css": "s-pause", "what": "Paused: waiting for client", "length": "40 min", "counts": "0", "because": "Asked Alice Morgan which folders may move."},
            {"when": "17:30 – Wed 08:30", "css": "s-out", "what": "Outside hours", "length": "15 h", "counts": "0", "because": "Acme office hours are Mon–Fri 08:30–17:30, London."},
            {"when": "11:30 – 13:00", "css": "s-excl", "what": "Excluded: third party", "length": "1 h 30", "counts": "0", "because": "EX-212: carrier portal down for everyone.", "on": True},
        ],
        "sum": {"length": "43 h 52", "counts": "6 h 57", "because": "Rule: P2, resolution, 8 h in Acme office hours."},
    }  # fmt: skip


def _middle(rect: Any) -> str:
    return f"{float(rect.x[:-1]) + float(rect.width[:-1]) / 2:.2f}%"


COLUMNS: list[Part] = [
    {"key": "prio", "label": "Priority", "css": "prio", "hidden_label": True},
    {"key": "ticket", "label": "Ticket", "css": "sub", "sort_url": "#"},
    {"key": "client", "label": "Client", "css": "client"},
    {"key": "state", "label": "State", "css": "state"},
    {"key": "bar", "label": "Next promise", "css": "bar", "sort_url": "#", "sort_state": "ascending"},
    {"key": "owner", "label": "Owner", "css": "own"},
    {"key": "updated", "label": "Updated", "css": "c-upd", "numeric": True},
]
_ROWS = [
    (2, "T-4814", "Booking app slow since the morning", "in_progress", "In progress", "running", "6 h 20 left", "count 1h40m todo 6h20m", "Deniz Kaya", ""),
    (2, "T-4815", "Invoice PDF opens blank", "in_progress", "In progress", "running", "5 h 40 left", "count 2h20m todo 5h40m", "Mert Yıldız", "is-hover"),
    (1, "T-4821", "Shared calendar shows old entries", "in_progress", "In progress", "running", "3 h 50 left", "count 4h10m todo 3h50m", "Tess Aydın", "is-cur"),
    (3, "T-4818", "Two users for the planning group", "waiting", "Waiting for client", "paused", "7 h left", "count 1h pause 1h10m todo 7h", "Selin Arslan", "is-sel"),
    (2, "T-4819", "Scanner finds no network", "new", "New", "warn", "1 h 20 left", "count 6h40m todo 1h20m", "", "new"),
    (4, "T-4822", "Label printer 3 prints blank", "new", "New", "risk", "10 min left", "count 7h50m todo 10m", "", ""),
]  # fmt: skip


def _row(given: tuple[Any, ...]) -> Part:
    priority, number, title, state, words, clock_state, left, told, owner, css = given
    return {
        "id": number, "url": "#", "label": number, "css": css, "selected": css == "is-sel",
        "cells": [
            {"template": "ui/cells/priority.html", "value": {"value": priority}},
            {"template": "ui/cells/link.html", "value": {"no": number, "text": title, "url": "#"}},
            {"template": "ui/cells/client.html", "value": {"text": "Acme Logistics"}},
            {"template": "ui/cells/state.html", "value": {"value": state, "text": words}},
            {"template": "ui/cells/promise.html", "value": bar(clock_state, left, told, has_due=clock_state != "paused")},
            {"template": "ui/cells/person.html", "value": {"text": owner}},
            {"text": "4 min", "css": "st-3"},
        ],
    }  # fmt: skip


TABLE: Part = {
    "id": "kit-list", "label": "Tickets", "columns": COLUMNS, "rows": [_row(each) for each in _ROWS],
    "views": [
        {"label": "At risk", "url": "#", "count": 5},
        {"label": "Mine", "url": "#", "count": 6},
        {"label": "Service desk", "url": "#", "count": 38, "selected": True},
    ],
    "search": {"name": "q", "value": "", "placeholder": "Filter these 38"},
    "filters": [
        {"key": "state", "label": "State", "value": "open", "remove_url": "#"},
        {"key": "opened", "label": "Opened", "value": "last 30 days", "remove_url": "#"},
    ],
    "filter_choices": [
        {"key": "client", "label": "Client", "options": [{"label": "Acme Logistics", "url": "#", "count": 12, "on": True}, {"label": "Birch Dental", "url": "#", "count": 9}]},
        {"key": "subject", "label": "Subject", "input": {"name": "subject", "placeholder": "contains"}},
        {"key": "opened", "label": "Opened", "input": {"name": "opened", "type": "span"}},
    ],
    "hidden": [("sort", "due")],
    "sorts": {"label": "what breaks first", "options": [{"label": "what breaks first", "url": "#", "on": True}, {"label": "newest first", "url": "#"}]},
    "bulk": [
        {"slug": "assign", "label": "Assign", "icon": "user-plus", "key": "a"},
        {"slug": "state", "label": "State", "icon": "progress", "key": "s"},
        {"slug": "merge", "label": "Merge", "icon": "git-merge"},
        {"slug": "archive", "label": "Archive", "icon": "archive", "danger": True, "confirm": "Archive the selected tickets?"},
    ],
    "pager": {"from": 1, "to": 6, "total": 38, "prev_url": "", "next_url": "#"},
    "csv_url": "#", "yaml_url": "#",
}  # fmt: skip
EMPTY: Part = {
    "icon": "calendar-event", "title": "No maintenance is planned", "action": {"label": "Plan a window", "url": "#"},
    "body": "Windows stand here with what they mute, so nobody is paged for work that was agreed.",
}  # fmt: skip
FILTERED: Part = {
    "title": "Nothing fits",
    "body": "38 tickets are hidden by two filters.",
    "filtered": True,
    "clear_url": "#",
}


class ChangeForm(forms.Form):
    """A form with a fault and every kind of field."""

    title = forms.CharField(label="Title", help_text="What the client reads in the approval.")
    starts_at = forms.CharField(label="Starts at")
    reason = forms.CharField(
        label="Reason", widget=forms.Textarea(attrs={"rows": 2, "placeholder": "In one sentence, for the record"})
    )
    risk = forms.ChoiceField(label="Risk", choices=[("low", "Low"), ("medium", "Medium")], required=False)
    window = forms.ChoiceField(
        label="When",
        choices=[("now", "At once"), ("night", "Tonight, 20:00")],
        widget=forms.RadioSelect,
        required=False,
    )
    tell = forms.BooleanField(
        label="Tell the client by e-mail", required=False, help_text="Alice Morgan reads it in English."
    )
    client = forms.CharField(
        label="Client", disabled=True, initial="Acme Logistics", help_text="Taken from the asset.", required=False
    )

    def clean_starts_at(self) -> str:
        raise forms.ValidationError("This was yesterday. Next free window: today 14:30.")


def _wave(low: float, high: float, count: int = 120) -> list[float]:
    middle, swing = (low + high) / 2, (high - low) / 2
    return [round(middle + swing * sin(at / count * 4 * pi) + (at * 7 % 5) - 2, 1) for at in range(count)]


def _gapped(values: list[float], start: int, end: int) -> list[float | None]:
    return [None if start <= at < end else value for at, value in enumerate(values)]


def times(count: int = 120, step: int = 180) -> list[int]:
    """Unix seconds up to now."""
    last = int(NOW.timestamp())
    return [last - (count - 1 - at) * step for at in range(count)]


def _charts() -> Iterator[Part]:
    t = times()
    yield {
        "title": "Processor, with everything", "unit": "%", "max": 80,
        "data": {
            "t": t, "series": [{"label": "Processor", "v": _gapped(_wave(18, 46), 70, 80)}],
            "marks": [
                {"kind": "maint", "from": t[24], "to": t[34], "label": "CH-1181"},
                {"kind": "threshold", "value": 60, "label": "warn 60", "sev": "medium"},
                {"kind": "incident", "from": t[54], "label": "T-4821"},
            ],
        },
    }  # fmt: skip
    yield {
        "title": "Two series",
        "unit": "Mb/s",
        "data": {
            "t": t,
            "series": [{"label": "in", "v": _wave(20, 60)}, {"label": "out", "v": _wave(12, 30)}],
            "min": 0,
            "max": 80,
        },
    }
    yield {
        "title": "Forecast", "unit": "%",
        "data": {
            "t": t, "min": 50, "max": 100,
            "series": [{"label": "used", "v": _gapped([70 + at / 5 for at in range(120)], 80, 120)}, {"label": "forecast", "v": _gapped([70 + at / 5 for at in range(120)], 0, 79), "dash": True}],
            "cone": {"low": _gapped([70 + at / 6 + 2 for at in range(120)], 0, 79), "high": _gapped([min(100, 70 + at / 4 - 4) for at in range(120)], 0, 79)},
            "marks": [{"kind": "future", "from": t[80], "to": None}, {"kind": "event", "from": t[20], "label": "tracing switched on"}, {"kind": "threshold", "value": 90, "label": "critical 90 %", "sev": "critical"}],
        },
    }  # fmt: skip
    yield {"title": "Loading", "unit": "ms"}
    yield {
        "title": "Nothing yet", "state": "empty",
        "empty": {"title": "No temperature is read here yet", "body": "The agent can read 4 sensors on this machine.", "url": "#", "action": "Read them"},
    }  # fmt: skip
    yield {
        "title": "Could not be read", "state": "failed", "src": "?",
        "failed": {"title": "Telemetry store did not answer in 2 s", "body": "Collection goes on; nothing is lost."},
    }  # fmt: skip
    yield {
        "title": "Silent for the whole range",
        "data": {"t": t, "series": [{"label": "", "v": [None] * 120}], "max": 80, "last": t[0] - 90_000},
    }


OTHER_CHARTS: list[Part] = [
    {"kind": "bars", "title": "Tickets a week", "unit": "", "data": {"labels": ["W43", "W44", "W45", "W46"], "series": [{"label": "opened", "v": [38, 44, 31, 40]}, {"label": "late", "v": [2, 5, 1, None], "sev": "high"}]}},
    {"kind": "dots", "title": "Share of the promised time used", "unit": "%", "data": {"rows": ["P1, n = 1", "P2, n = 3", "P3, n = 4"], "max": 150, "line": {"x": 100, "label": "time promised"}, "points": [{"row": 0, "x": 38}, {"row": 1, "x": 20}, {"row": 1, "x": 52}, {"row": 1, "x": 128, "sev": "critical", "label": "T-4610"}, {"row": 2, "x": 10}, {"row": 2, "x": 44}, {"row": 2, "x": 57}, {"row": 2, "x": 97}]}},
    {"kind": "heat", "title": "Alerts by hour", "unit": "", "data": {"x": ["00", "06", "12", "18"], "y": ["Mon", "Tue", "Wed"], "max": 9, "cells": [[0, 0, 1], [1, 0, 2], [2, 0, 9], [3, 0, 3], [0, 1, 0], [1, 1, None], [2, 1, 5], [3, 1, 4], [0, 2, 2], [1, 2, 6], [2, 2, 1], [3, 2, 0]]}},
]  # fmt: skip

COVER_CELLS: list[Part] = [
    {"sev": "fine", "title": "22 checks", "note": "all fine"},
    {"sev": "low", "title": "Key expires in 60 d", "fix": "Renew", "fix_url": "#"},
    {"sev": "medium", "title": "2 wait since 9 d", "note": "limit 14 d", "fix": "Approve 2", "fix_url": "#"},
    {"sev": "high", "title": "No procedure", "fix": "Write one", "fix_url": "#"},
    {"sev": "critical", "title": "Promised, never done", "note": "§5.4", "fix": "Set up backup", "fix_url": "#"},
    {
        "sev": "unknown",
        "title": "Cannot be scanned",
        "note": "no agent possible",
        "fix": "Record reason",
        "fix_url": "#",
    },
    {"na": "Nothing promised"},
]
COVERAGE: Part = {
    "columns": ["Service and what it stands on", "Watched", "Documented", "Patched", "Drilled", "Backed up", "Scanned", "Insured"],
    "groups": [{"title": "Production and orders (ERP)", "note": "criticality high", "rows": [{"icon": "server-2", "title": "delta-erp-db1", "url": "#", "sub": "Oracle Linux 9", "cells": COVER_CELLS}]}],
}  # fmt: skip


def _ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


CONVERSATION: list[Part] = [
    {"kind": "day", "label": "Tuesday 10 November"},
    {"kind": "message", "author": "Alice Morgan", "origin": "Acme Logistics · by e-mail", "at": _ago(days=1, hours=20), "text": "From the client. White paper, no frame.", "files": [{"name": "export.log", "url": "#", "size": 18_432}]},
    {"kind": "message", "author": "Tess Aydın", "mine": True, "origin": "to Alice Morgan", "at": _ago(days=1, hours=19), "text": "From us to the client, the same paper, our picture in the accent."},
    {"kind": "message", "author": "Deniz Kaya", "internal": True, "origin": "to the team", "at": _ago(days=1), "text": "Internal: other paper, dashed edge, lock and words. Four signs, so that nobody errs."},
    {"kind": "event", "icon": "mail-forward", "text": "Automatic receipt sent. Does not keep a promise.", "at": _ago(hours=20)},
    {"kind": "event", "sev": "medium", "text": "75 % of the time used. Tess Aydın warned.", "at": _ago(hours=1)},
    {"kind": "event", "sev": "fine", "text": "Response promise kept after 25 min of 1 h", "at": _ago(minutes=40), "absolute": "H:i"},
]  # fmt: skip
STEPS: list[Part] = [
    {"state": "done", "title": "Done by itself", "note": "4 GB a day"},
    {"state": "skip", "title": "Skipped", "note": "Tess: no client file open. Counted as a deviation"},
    {
        "state": "fail",
        "title": "Failed",
        "note": "Exit 2: volume in use. Nothing was changed",
        "actions": [{"label": "Try again"}, {"label": "See output"}],
    },
    {"state": "now", "title": "Running", "note": "38 s of about 2 min, goes on if you leave", "progress": 32},
    {"title": "Waits for a second person", "note": "Deniz Kaya was asked 2 min ago"},
    {"title": "To do", "note": "Expected: 0 errors"},
]
FACTS: list[Part] = [
    {"label": "Facts", "text": "Label in grey, value in ink"},
    {"label": "Link", "text": "acme-hv-01", "url": "#"},
    {"label": "Computed", "text": "High", "why_url": "#"},
    {"label": "Differs", "sev": "low", "text": "1 difference"},
    {"label": "Address", "text": "10.20.4.32", "mono": True},
    {"label": "Software", "text": "SQL Server 2019 CU 32", "note": "support ends 8 Jan 2030"},
    {"label": "Nothing", "add_url": "#"},
]
WHY: list[Part] = [
    {"label": "Impact", "text": "One service degraded, criticality high"},
    {"label": "Urgency", "text": "Needed today, said by Alice Morgan"},
    {"label": "Rule", "text": "Matrix “Acme gold” v4, row 2, column 2"},
]
MENU: list[Part] = [
    {"label": "Assign to me", "url": "#", "icon": "user-plus", "key": "i"},
    {"label": "Set waiting for client", "url": "#", "icon": "player-pause"},
    {"label": "What breaks first", "url": "#", "icon": "sort-ascending", "on": True},
    {"rule": True},
    {
        "label": "Archive the asset",
        "post": "#",
        "icon": "archive",
        "danger": True,
        "confirm": "Archive acme-sql-02? Its history stays.",
    },
]
PALETTE: list[Part] = [
    {"label": "Records", "items": [
        {"label": "acme-sql-02", "sub": "Asset, Acme Logistics", "icon": "server-2", "url": "#", "right": "D: full in 9 days"},
        {"label": "T-4821 Nightly export to the carrier portal fails", "icon": "ticket", "url": "#", "right": "1 h 03 left"},
    ]},
    {"label": "Do", "items": [{"label": "Open a ticket for acme-sql-02", "icon": "plus", "url": "#", "hint": "c"}]},
]  # fmt: skip
_TILE: Part = {
    "client": "Acme Logistics",
    "url": "#",
    "moves": [{"label": "In progress", "url": "#"}, {"label": "Resolved", "url": "#"}],
}
BOARD: Part = {
    "label": "Tickets by state",
    "lanes": [
        {"label": "New", "icon": "circle-dashed", "count": 2, "cards": [
            _TILE | {"number": "T-4833", "title": "X-ray workstation cannot reach the imaging server", "priority": 2, "person": {}, "bar": bar("risk", "11 min left", "count 7h50m todo 10m")},
            _TILE | {"number": "T-4830", "title": "Muhasebe yazıcısına tarama gitmiyor", "priority": 3, "person": {}, "bar": bar("running", "2 h 56 left", "count 1h todo 3h", hours=4)},
        ]},
        {"label": "In progress", "icon": "progress", "count": 1, "cards": [
            _TILE | {"number": "T-4821", "title": "Nightly export to the carrier portal fails", "priority": 2, "person": {"name": "Tess Aydın", "me": True}, "bar": bar("warn", "1 h 03 left", "count 6h57m todo 1h03m")},
        ]},
        {"label": "Waiting for client", "icon": "player-pause", "count": 0, "cards": [], "empty": "Nobody waits for a client."},
    ],
}  # fmt: skip


def _calendar() -> Part:
    days = [
        {"label": str(day), "spoken": f"{day} November 2026", "today": day == 12, "entries": []} for day in range(9, 16)
    ]
    days[3]["entries"] = [
        {"time": "16:00", "title": "CH-1192 Firmware on ege-fw-01", "url": "#", "sev": "medium"},
        {"time": "20:00", "title": "CH-1184 mutes 9 checks", "url": "#", "kind": "maint", "icon": "tool"},
    ]
    days[5]["entries"] = [{"title": "Restore drill", "url": "#", "icon": "refresh"}]
    days[6]["outside"] = True
    return {"label": "November 2026", "prev_url": "#", "next_url": "#", "today_url": "#", "weekdays": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "weeks": [{"days": days}]}  # fmt: skip


ROSTER: Part = {
    "label": "Week 46", "prev_url": "#", "next_url": "#",
    "days": [{"label": f"{name} {9 + at}", "today": at == 3} for at, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))],
    "rows": [
        {"title": "Night, first", "url": "#", "spans": [{"x": "0%", "width": "42.86%", "name": "Mert Yıldız", "spoken": "Mert Yıldız, Monday to Wednesday"}, {"x": "42.86%", "width": "42.86%", "name": "Tess Aydın", "me": True, "spoken": "you, Thursday to Saturday"}, {"x": "85.72%", "width": "14.28%", "gap": True, "spoken": "nobody on Sunday"}]},
        {"title": "Night, second", "url": "#", "spans": [{"x": "0%", "width": "100%", "name": "Deniz Kaya", "spoken": "Deniz Kaya, the whole week"}]},
    ],
}  # fmt: skip
REVIEW: list[Part] = [
    {
        "title": "What",
        "url": "#",
        "facts": [{"label": "Title", "text": "Extend D: by 200 GB"}, {"label": "Client", "text": "Acme Logistics"}],
    },
    {"title": "When", "url": "#", "facts": [{"label": "Starts at", "text": "Thu 12 Nov 2026, 14:30 Istanbul"}]},
]
ANSWERS: list[Part] = [
    {
        "sev": "fine",
        "title": "We answered in time.",
        "body": "One of 64 answers came 20 minutes late.",
        "figure": "98.4 %, promised 95 %",
        "url": "#",
    },
    {
        "sev": "unknown",
        "title": "Three laptops we cannot speak for.",
        "body": "Not seen for 14 days, so their updates are unknown.",
        "figure": "115 of 118 known",
    },
]


def _strip() -> list[Part]:
    boxes: list[Part] = [
        {"x": f"{at * 100 / 31:.2f}%", "width": "2.7%", "middle": f"{at * 100 / 31 + 1.35:.2f}%", "sev": "fine"}
        for at in range(31)
    ]
    boxes[8] |= {"sev": "", "gap": True, "label": "9", "note": "no data 95 min"}
    boxes[13] |= {"sev": "critical", "label": "14", "note": "18.3 min"}
    boxes[21] |= {"sev": "medium", "label": "22", "note": "4 min"}
    return boxes


@dataclass(frozen=True, slots=True)
class Specimens:
    """The context of the kit page."""

    title: str
    form: forms.Form
    now: datetime = NOW
    earlier: datetime = _ago(minutes=2)
    bars: list[tuple[str, Part]] = field(default_factory=lambda: BARS)
    clock: Part = field(default_factory=clock)
    table: Part = field(default_factory=lambda: TABLE)
    plain_table: Part = field(
        default_factory=lambda: {
            "id": "kit-plain",
            "columns": COLUMNS[1:4],
            "rows": [{**_row(each), "cells": _row(each)["cells"][1:4]} for each in _ROWS[:2]],
            "cards": False,
        }
    )
    empty: Part = field(default_factory=lambda: EMPTY)
    filtered: Part = field(default_factory=lambda: FILTERED)
    charts: list[Part] = field(default_factory=lambda: list(_charts()))
    other_charts: list[Part] = field(default_factory=lambda: OTHER_CHARTS)
    coverage: Part = field(default_factory=lambda: COVERAGE)
    conversation: list[Part] = field(default_factory=lambda: CONVERSATION)
    steps: list[Part] = field(default_factory=lambda: STEPS)
    facts: list[Part] = field(default_factory=lambda: FACTS)
    why: list[Part] = field(default_factory=lambda: WHY)
    menu: list[Part] = field(default_factory=lambda: MENU)
    palette: list[Part] = field(default_factory=lambda: PALETTE)
    board: Part = field(default_factory=lambda: BOARD)
    calendar: Part = field(default_factory=_calendar)
    roster: Part = field(default_factory=lambda: ROSTER)
    review: list[Part] = field(default_factory=lambda: REVIEW)
    answers: list[Part] = field(default_factory=lambda: ANSWERS)
    strip: list[Part] = field(default_factory=_strip)
    ranges: list[Part] = field(
        default_factory=lambda: [
            {"label": "1 h", "value": 3600},
            {"label": "24 h", "value": 86_400, "on": True},
            {"label": "7 d", "value": 604_800},
        ]
    )
    steps_of_form: list[Part] = field(
        default_factory=lambda: [
            {"label": "What", "state": "done", "url": "#"},
            {"label": "When", "state": "now"},
            {"label": "Review"},
        ]
    )
    tabs: list[Part] = field(
        default_factory=lambda: [
            {"label": "Now", "url": "#", "selected": True},
            {"label": "Software", "url": "#", "count": 84},
            {"label": "History", "url": "#"},
        ]
    )
    crumbs: list[Part] = field(
        default_factory=lambda: [
            {"label": "Assets", "url": "#"},
            {"label": "Acme Logistics", "url": "#"},
            {"label": "acme-sql-02"},
        ]
    )
    legend: list[Part] = field(
        default_factory=lambda: [
            {"css": "c-maint", "label": "Maintenance CH-1181"},
            {"css": "c-gap", "label": "No data 03:37–04:20: agent unreachable, not counted as down"},
            {"css": "c-inc-f", "label": "Incident", "sev": "critical"},
        ]
    )
    live: Part = field(
        default_factory=lambda: {
            "sev": "critical",
            "text": "delta-sw-core1 lost both uplinks, 43 alerts grouped.",
            "url": "#",
            "link": "Open page",
            "post": "#",
            "action": "Acknowledge",
        }
    )
    toast: Part = field(
        default_factory=lambda: {
            "text": "T-4809 was assigned to Deniz Kaya",
            "links": [{"text": "Open", "url": "#"}],
            "undo": {"url": "#", "token": "", "text": "Undo"},
        }
    )


def specimens(title: str) -> Specimens:
    """Everything the kit page shows."""
    form = ChangeForm(
        {"title": "Extend D: by 200 GB", "starts_at": "Wed 11 Nov 2026, 20:00", "reason": "", "risk": "low"},
        prefix="kit",
    )
    form.data = {f"kit-{name}": value for name, value in form.data.items()}
    return Specimens(title=title, form=form)
