# SPDX-License-Identifier: Apache-2.0
"""The clock again, as plainly as the rules are written, from the raw document, sharing no code.

Time is a strip of cells, each a minute or a second long. For every cell the wall clock says whether it is open; then every reason why
it might not count is painted over it, the strongest last; then cells are counted. Times in the document must be whole cells."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import compress, groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
DAY, QUARTER, MINUTE = 86_400, 900, 60
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
COUNTING, OUTSIDE, HOLIDAY, RESOLVED = range(4)
NAMES = ["counting", "outside_hours", "holiday", "resolved"]
ONLY_COUNTING = bytes(code == COUNTING for code in range(256))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@lru_cache(maxsize=100_000)
def second(text: str) -> int:
    return int(at(text).timestamp())


def said(moment: int | None) -> str | None:
    return (datetime(1970, 1, 1) + timedelta(seconds=moment)).isoformat() + "Z" if moment is not None else None  # noqa: DTZ001  # the Z is written


@lru_cache(maxsize=1_000_000)
def wall(zone: str, quarter: int) -> tuple[str, str, int]:
    """Local date, weekday and minute of the day where a quarter of an hour begins. No zone changes its clock, or its date, within one."""
    local = datetime.fromtimestamp(quarter * QUARTER, ZoneInfo(zone))
    return local.date().isoformat(), DAYS[local.weekday()], local.hour * 60 + local.minute


def minute_of_day(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


class Strip:
    """What the wall clock says of each cell, for the calendars of a document, from before it was opened to `horizon` after all else."""

    def __init__(self, document: Json, step: int, horizon: int) -> None:
        self.document, self.step = document, step
        self.origin = min(second(each["at"]) for each in document["events"]) // QUARTER * QUARTER
        last = max(second(document["now"]), *(second(each["at"]) for each in document["events"])) + horizon
        self.quarters = range(self.origin // QUARTER, -(-last // QUARTER))
        self.cells = len(self.quarters) * QUARTER // step
        self._hours: dict[str, bytes] = {}

    def cell(self, moment: int) -> int:
        """The cell that begins at `moment`, or the first or last one where it lies outside."""
        return min(max(moment - self.origin, 0) // self.step, self.cells)

    def moment(self, cell: int) -> int:
        return self.origin + cell * self.step

    def hours(self, calendar: str) -> bytes:
        """Open (as COUNTING), OUTSIDE or HOLIDAY for each cell, in the version of its moment."""
        if calendar not in self._hours:
            given = self.document["calendars"][calendar]
            versions = given.get("versions", [given])
            cells = self._of_version(versions[0])
            for version in versions[1:]:
                since = self.cell(second(version["valid_from"]))
                cells = cells[:since] + self._of_version(version)[since:]
            self._hours[calendar] = cells
        return self._hours[calendar]

    def _of_version(self, version: Json) -> bytes:
        if version.get("always"):
            return bytes([COUNTING]) * self.cells
        week = {day: bytearray([OUTSIDE]) * 1440 for day in DAYS}
        for day, intervals in version["week"].items():
            for start, end in intervals:
                for minute in range(minute_of_day(start), minute_of_day(end)):
                    week[day][minute] = COUNTING
        holidays = version.get("holidays", [])
        minutes = bytearray()
        for quarter in self.quarters:
            date, day, minute = wall(version["timezone"], quarter)
            minutes += bytes([HOLIDAY]) * 15 if date in holidays else week[day][minute : minute + 15]
        return (
            b"".join(bytes([code]) * (MINUTE // self.step) for code in minutes)
            if self.step < MINUTE
            else bytes(minutes)
        )


class Clock:
    def __init__(self, document: Json, kind: str, strip: Strip) -> None:
        self.kind, self.strip = kind, strip
        self.policy = document["policy"]
        self.now = second(document["now"])
        ordered = sorted(document["events"], key=lambda each: second(each["at"]))
        self.events = [each for each in ordered if second(each["at"]) <= self.now]
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
        self.zero = second(self.events[0]["at"])
        self.met: int | None = None
        self.gaps: list[tuple[int, int]] = []
        self.used: list[Json] = []
        self.priority = self.events[0]["priority"]
        for number, event in enumerate(self.events):
            moment = second(event["at"])
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
                    self._supersede(number, moment)
                    self.zero, self.gaps = moment, []
                self.priority = event["priority"]
            self.used = self.events[: number + 1]
        if self.kind == "resolution" and self.met is not None:
            self.priority, self.used = self.priority_met, self.used_met

    def _supersede(self, number: int, moment: int) -> None:
        if self.policy["targets"][self.priority].get(self.kind) is None:
            return
        row = self._measure(self.zero, moment, self.priority, None, self.events[:number])
        names = ["priority", "target_seconds", "elapsed_seconds", "paused_seconds", "zero_at", "due_at", "breached_at"]
        self.superseded.append({name: row[name] for name in names} | {"until": said(moment)})

    def _painted(self, calendar: str, used: list[Json]) -> tuple[bytearray, list[str]]:
        """The reason of each cell as a number, and the names of the numbers."""
        strip, names = bytearray([COUNTING]) * self.strip.cells, list(NAMES)

        def paint(begin: int, end: int | None, name: str) -> None:
            if name not in names:
                names.append(name)
            first = self.strip.cell(begin)
            last = self.strip.cell(end) if end is not None else len(strip)
            strip[first:last] = bytes([names.index(name)]) * (last - first)

        for event in reversed(self._excluding(used)):  # the one given first is painted last, so it is the one seen
            until = event.get("until")
            paint(second(event["at"]), second(until) if until is not None else None, f"excluded:{event['category']}")
        stands = [each for each in used if "status" in each]
        for event, following in zip(stands, [*stands[1:], None], strict=True):
            if event["status"] in self._pausing():
                end = second(following["at"]) if following is not None else None
                paint(second(event["at"]), end, f"paused:{event['status']}")
        cell = 0
        for code, run in groupby(self.strip.hours(calendar)):
            length = sum(1 for _ in run)
            if code != COUNTING:
                strip[cell : cell + length] = bytes([code]) * length
            cell += length
        for begin, end in self.gaps:
            paint(begin, end, "resolved")
        return strip, names

    def _excluding(self, used: list[Json]) -> list[Json]:
        return [each for each in used if each["type"] == "excluded" and self.kind in each["targets"]]

    def _pausing(self) -> list[str]:
        found: list[str] = self.policy["pauses"].get(self.kind, [])
        return found

    def _measure(self, zero: int, end: int, priority: str, met: int | None, used: list[Json]) -> Json:
        target = self.policy["targets"][priority][self.kind]
        seconds = round(target["minutes"] * 60)
        strip, names = self._painted(target["calendar"], used)
        first, last = self.strip.cell(zero), self.strip.cell(end)
        segments: list[Json] = []
        cell = first
        for code, run in groupby(strip[first:last]):
            length = sum(1 for _ in run)
            begin, until = said(self.strip.moment(cell)), said(self.strip.moment(cell + length))
            segments.append({"from": begin, "to": until, "counts": code == COUNTING, "why": names[code]})
            cell += length
        taken = [code for code, name in enumerate(names) if name.startswith(("paused", "excluded"))]
        elapsed = strip.count(COUNTING, first, last) * self.strip.step
        due = self._due(strip, first, seconds)
        return {
            "state": self._state(elapsed, seconds, target["calendar"], met, end, used),
            "priority": priority,
            "target_seconds": seconds,
            "elapsed_seconds": elapsed,
            "paused_seconds": sum(strip.count(code, first, last) for code in taken) * self.strip.step,
            "remaining_seconds": seconds - elapsed,
            "zero_at": said(zero),
            "due_at": said(due),
            "met_at": said(met),
            "breached_at": said(due) if elapsed > seconds else None,
            "segments": segments,
        }

    def _state(self, elapsed: int, seconds: int, calendar: str, met: int | None, end: int, used: list[Json]) -> str:
        if met is not None:
            return "met_late" if elapsed > seconds else "met"
        if elapsed > seconds:
            return "breached"
        stands = [each["status"] for each in used if "status" in each]
        for event in self._excluding(used):
            if event.get("until") is None or end < second(event["until"]):
                return "paused"
        if stands[-1] in self._pausing():
            return "paused"
        return "running" if self.strip.hours(calendar)[self.strip.cell(end)] == COUNTING else "outside_hours"

    def _due(self, strip: bytearray, first: int, seconds: int) -> int | None:
        """The first instant with enough cells behind it; none where the strip ends before, so targets must be short."""
        if seconds == 0:
            return self.strip.moment(first)
        whole = (seconds - 1) // self.strip.step
        counting = compress(range(first, len(strip)), strip[first:].translate(ONLY_COUNTING))
        cell = next(islice(counting, whole, None), None)
        return self.strip.moment(cell) + seconds - whole * self.strip.step if cell is not None else None


def answer(document: Json, *, step: int = MINUTE, horizon: int = 8 * DAY) -> dict[str, Json | None]:
    """What `steward sla explain` should say. A due instant is looked for until `horizon` seconds after everything else."""
    strip = Strip(document, step, horizon)
    return {kind: Clock(document, kind, strip).answer() for kind in ("response", "resolution")}
