# SPDX-License-Identifier: Apache-2.0
"""The clock again, as slowly and plainly as the rules are written: minute by minute, from the raw document, sharing no code.

Every time in the document must be a whole minute."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
HORIZON_DAYS = 8
MINUTE = timedelta(minutes=1)
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def said(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else None


def hours(calendar: Json, moment: datetime) -> str:
    """ "open", "holiday" or "outside_hours" by the wall clock, in the version of the moment."""
    if "versions" in calendar:
        begun = [each for each in calendar["versions"] if at(each["valid_from"]) <= moment]
        calendar = begun[-1] if begun else calendar["versions"][0]
    if calendar.get("always"):
        return "open"
    local = moment.astimezone(ZoneInfo(calendar["timezone"]))
    if local.date().isoformat() in calendar.get("holidays", []):
        return "holiday"
    clock = f"{local.hour:02}:{local.minute:02}"
    for start, end in calendar["week"].get(DAYS[local.weekday()], []):
        if start <= clock < end:  # "24:00" is greater than every clock time
            return "open"
    return "outside_hours"


class Clock:
    def __init__(self, document: Json, kind: str) -> None:
        self.document, self.kind = document, kind
        self.policy = document["policy"]
        self.now = at(document["now"])
        ordered = sorted(document["events"], key=lambda each: at(each["at"]))
        self.events = [each for each in ordered if at(each["at"]) <= self.now]
        self.superseded: list[Json] = []

    def answer(self) -> Json | None:
        if not self.events:
            return None
        self._walk()
        target = self.policy["targets"][self.priority].get(self.kind)
        if target is None:
            return None
        end = self.met if self.met is not None else self.now
        return self._measure(self.zero, end, self.priority, self.met, self.used) | {"superseded": self.superseded}

    def _walk(self) -> None:
        """What is in force at the end, event by event."""
        self.zero = at(self.events[0]["at"])
        self.met: datetime | None = None
        self.gaps: list[tuple[datetime, datetime]] = []
        self.used: list[Json] = []
        self.priority = self.events[0]["priority"]
        for number, event in enumerate(self.events):
            moment = at(event["at"])
            if self.kind == "response" and self.met is not None:
                break
            if event["type"] == "reply" and self.kind == "response":
                if event["by"] == "staff" and event["public"] and not event["automatic"]:
                    self.met = moment
            elif event["type"] == "resolved" and self.kind == "resolution":
                self.met, self.priority_met, self.used_met = moment, self.priority, self.events[: number + 1]
            elif event["type"] == "reopened" and self.kind == "resolution":
                assert self.met is not None
                if self.policy["on_reopen"] == "resume":
                    self.gaps.append((self.met, moment))
                else:
                    self.zero, self.gaps = moment, []
                self.met = None
            elif event["type"] == "priority" and event["priority"] != self.priority:
                if self.policy["on_priority_change"] == "prospective" and self.met is None:
                    old = self.policy["targets"][self.priority].get(self.kind)
                    if old is not None:
                        row = self._measure(self.zero, moment, self.priority, None, self.events[:number])
                        self.superseded.append(
                            {
                                "priority": self.priority,
                                "target_seconds": row["target_seconds"],
                                "elapsed_seconds": row["elapsed_seconds"],
                                "paused_seconds": row["paused_seconds"],
                                "zero_at": row["zero_at"],
                                "until": said(moment),
                                "due_at": row["due_at"],
                                "breached_at": row["breached_at"],
                            }
                        )
                    self.zero, self.gaps = moment, []
                self.priority = event["priority"]
            self.used = self.events[: number + 1]
        if self.kind == "resolution" and self.met is not None:
            self.priority, self.used = self.priority_met, self.used_met

    def _why(self, moment: datetime, calendar: Json, used: list[Json]) -> str:
        if any(begin <= moment < end for begin, end in self.gaps):
            return "resolved"
        found = hours(calendar, moment)
        if found != "open":
            return found
        status = self._status(moment, used)
        if status in self.policy["pauses"].get(self.kind, []):
            return f"paused:{status}"
        for event in used:
            if event["type"] == "excluded" and self.kind in event["targets"] and self._covers(event, moment):
                return f"excluded:{event['category']}"
        return "counting"

    def _covers(self, event: Json, moment: datetime) -> bool:
        until = event.get("until")
        return at(event["at"]) <= moment and (until is None or moment < at(until))

    def _status(self, moment: datetime, used: list[Json]) -> str | None:
        status: str | None = None
        for event in used:
            if event["type"] in ("opened", "status", "reopened") and at(event["at"]) <= moment:
                status = str(event["status"])
        return status

    def _measure(self, zero: datetime, end: datetime, priority: str, met: datetime | None, used: list[Json]) -> Json:
        target = self.policy["targets"][priority][self.kind]
        calendar = self.document["calendars"][target["calendar"]]
        seconds = round(target["minutes"] * 60)
        elapsed = paused = 0
        segments: list[Json] = []
        moment = zero
        while moment < end:
            why = self._why(moment, calendar, used)
            elapsed += 60 * (why == "counting")
            paused += 60 * why.startswith(("paused", "excluded"))
            if segments and segments[-1]["why"] == why:
                segments[-1]["to"] = said(moment + MINUTE)
            else:
                begin, until = said(moment), said(moment + MINUTE)
                segments.append({"from": begin, "to": until, "counts": why == "counting", "why": why})
            moment += MINUTE
        due = self._due(zero, calendar, seconds, used, end)
        excluded = any(
            event["type"] == "excluded" and self.kind in event["targets"] and self._covers(event, end) for event in used
        )
        if met is not None:
            state = "met_late" if elapsed > seconds else "met"
        elif elapsed > seconds:
            state = "breached"
        elif self._status(end, used) in self.policy["pauses"].get(self.kind, []) or excluded:
            state = "paused"
        else:
            state = "running" if hours(calendar, end) == "open" else "outside_hours"
        return {
            "state": state,
            "priority": priority,
            "target_seconds": seconds,
            "elapsed_seconds": elapsed,
            "paused_seconds": paused,
            "remaining_seconds": seconds - elapsed,
            "zero_at": said(zero),
            "due_at": said(due),
            "met_at": said(met),
            "breached_at": said(due) if elapsed > seconds else None,
            "segments": segments,
        }

    def _due(self, zero: datetime, calendar: Json, seconds: int, used: list[Json], end: datetime) -> datetime | None:
        """The first instant with enough behind it; looked for until HORIZON_DAYS after the end, so targets must be short."""
        left, moment = seconds, zero
        while moment < end + timedelta(days=HORIZON_DAYS):
            if left <= 0:
                return moment
            if self._why(moment, calendar, used) == "counting":
                if left <= 60:
                    return moment + timedelta(seconds=left)
                left -= 60
            moment += MINUTE
        return None


def answer(document: Json) -> dict[str, Json | None]:
    return {kind: Clock(document, kind).answer() for kind in ("response", "resolution")}
