# SPDX-License-Identifier: Apache-2.0
"""Looks at a file or folder of this machine, or the newest of a pattern: whether it is there, its age, its size. Never inside it."""

import os
import stat
import time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steward_agent.checks.observation import OK, Observation, Reason, end, observed
from steward_agent.checks.paths import (
    MAX_ENTRIES,
    PATH_PATTERN,
    PathHidden,
    PathRefused,
    TooManyEntries,
    entries,
    matches,
)
from steward_agent.checks.visit import Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict

SLUG = "file"
VERSION = 1
_TEN_YEARS = 315_576_000
_FAILING, _UNKNOWN = Verdict.FAILING, Verdict.UNKNOWN

MATCHES_METRIC = Metric("check.file.matches", Unit.COUNT, MetricKind.GAUGE, "How many paths there are", ("check",))
AGE_METRIC = Metric(
    "check.file.age_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Time since the newest of them was changed; negative where its date lies ahead",
    ("check",),
    1,
)
SIZE_METRIC = Metric("check.file.size_bytes", Unit.BYTES, MetricKind.GAUGE, "Size of that one, a file", ("check",))
ENTRIES_METRIC = Metric(
    "check.file.entries",
    Unit.COUNT,
    MetricKind.GAUGE,
    "How much lies in that one, a folder, where it is asked for",
    ("check",),
)
METRICS = (MATCHES_METRIC, AGE_METRIC, SIZE_METRIC, ENTRIES_METRIC)

MISSING = Reason("file_missing", _FAILING, "Nothing is there", ("path",))
PRESENT = Reason("file_present", _FAILING, "It is there and must not be", ("path", "count"))
TOO_OLD = Reason("file_old", _FAILING, "It is older than `max_age_seconds`", ("path", "seconds", "limit"))
TOO_YOUNG = Reason("file_young", _FAILING, "It is younger than `min_age_seconds`", ("path", "seconds", "limit"))
TOO_LARGE = Reason("file_large", _FAILING, "It is larger than `max_bytes`", ("path", "bytes", "limit"))
TOO_SMALL = Reason("file_small", _FAILING, "It is smaller than `min_bytes`", ("path", "bytes", "limit"))
TOO_FULL = Reason("folder_full", _FAILING, "More lies in it than `max_entries`", ("path", "entries", "limit"))
TOO_EMPTY = Reason("folder_empty", _FAILING, "Less lies in it than `min_entries`", ("path", "entries", "limit"))
NO_FILE = Reason("not_a_file", _FAILING, "A size is asked for, and it is no file", ("path",))
NO_FOLDER = Reason("not_a_folder", _FAILING, "A number of entries is asked for, and it is no folder", ("path",))
FORBIDDEN = Reason("path_forbidden", _UNKNOWN, "The machine's owner does not let checks look there", ("path",))
HIDDEN = Reason("path_hidden", _UNKNOWN, "The agent's user may not look there", ("path",))
TOO_MANY = Reason("paths_many", _UNKNOWN, "More lies there than is looked through", ("path", "limit"))
REASONS = (
    MISSING,
    PRESENT,
    TOO_OLD,
    TOO_YOUNG,
    TOO_LARGE,
    TOO_SMALL,
    TOO_FULL,
    TOO_EMPTY,
    NO_FILE,
    NO_FOLDER,
    FORBIDDEN,
    HIDDEN,
    TOO_MANY,
)

Presence = Literal["required", "optional", "forbidden"]
Seconds = Annotated[float, Meta(ge=0, le=_TEN_YEARS)]
Bytes = Annotated[int, Meta(ge=0, le=2**53)]
Count = Annotated[int, Meta(ge=0, le=MAX_ENTRIES)]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which path, and how it is to be."""

    path: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=1024,
            pattern=PATH_PATTERN,
            description="Path from / on; * and ? stand for letters of a name, not for /, and of several the newest is judged",
        ),
    ]
    presence: Annotated[
        Presence, Meta(description="Whether it must be there, may be there and is then judged, or must not be there")
    ] = "required"
    max_age_seconds: Annotated[Seconds | None, Meta(description="Most time since it was changed, in seconds")] = None
    min_age_seconds: Annotated[Seconds | None, Meta(description="Least time since it was changed, in seconds")] = None
    max_bytes: Annotated[Bytes | None, Meta(description="Most bytes the file may have")] = None
    min_bytes: Annotated[Bytes | None, Meta(description="Fewest bytes the file must have")] = None
    max_entries: Annotated[Count | None, Meta(description="Most names that may lie in the folder")] = None
    min_entries: Annotated[Count | None, Meta(description="Fewest names that must lie in the folder")] = None

    def __post_init__(self) -> None:
        if ".." in self.path.split("/"):
            raise ValueError("path: may not climb with ..")
        sized = (self.max_bytes, self.min_bytes) != (None, None)
        counted = (self.max_entries, self.min_entries) != (None, None)
        aged = (self.max_age_seconds, self.min_age_seconds) != (None, None)
        if self.presence == "forbidden" and (sized or counted or aged):
            raise ValueError("presence: what must not be there has neither age nor size")
        if self.presence == "optional" and not (sized or counted or aged):
            raise ValueError("presence: what may be there or not needs something to be judged by")
        if sized and counted:
            raise ValueError("max_entries: nothing is both a file with a size and a folder with entries")
        for most, least in (
            ("max_age_seconds", "min_age_seconds"),
            ("max_bytes", "min_bytes"),
            ("max_entries", "min_entries"),
        ):
            high, low = getattr(self, most), getattr(self, least)
            if high is not None and low is not None and high < low:
                raise ValueError(f"{most}: is less than {least}, so nothing could hold")


def run(config: Config, visit: Visit) -> Observation:
    try:
        return _judged(config, visit)
    except PathRefused as refused:
        end(FORBIDDEN, path=str(refused))
    except PathHidden as hidden:
        end(HIDDEN, path=str(hidden))
    except TooManyEntries as many:
        end(TOO_MANY, path=str(many), limit=MAX_ENTRIES)


def _judged(config: Config, visit: Visit) -> Observation:
    count, newest = 0, None
    for path, state in matches(config.path, visit):
        count += 1
        if newest is None or state.st_mtime > newest[1].st_mtime:
            newest = path, state
    visit.measured[MATCHES_METRIC.name] = count
    if newest is None:
        return observed(OK) if config.presence != "required" else end(MISSING, path=config.path)
    path, state = newest
    age = time.time() - state.st_mtime
    visit.measured[AGE_METRIC.name] = age
    if stat.S_ISREG(state.st_mode):
        visit.measured[SIZE_METRIC.name] = state.st_size
    if config.presence == "forbidden":
        end(PRESENT, path=path, count=count)
    _judge_age(config, path, age)
    _judge_size(config, path, state)
    _judge_entries(config, path, state, visit)
    return observed(OK)


def _judge_age(config: Config, path: str, age: float) -> None:
    seconds = round(age, 1)
    if config.max_age_seconds is not None and age > config.max_age_seconds:
        end(TOO_OLD, path=path, seconds=seconds, limit=config.max_age_seconds)
    if config.min_age_seconds is not None and age < config.min_age_seconds:
        end(TOO_YOUNG, path=path, seconds=seconds, limit=config.min_age_seconds)


def _judge_size(config: Config, path: str, state: os.stat_result) -> None:
    if config.max_bytes is None and config.min_bytes is None:
        return
    if not stat.S_ISREG(state.st_mode):
        end(NO_FILE, path=path)
    if config.max_bytes is not None and state.st_size > config.max_bytes:
        end(TOO_LARGE, path=path, bytes=state.st_size, limit=config.max_bytes)
    if config.min_bytes is not None and state.st_size < config.min_bytes:
        end(TOO_SMALL, path=path, bytes=state.st_size, limit=config.min_bytes)


def _judge_entries(config: Config, path: str, state: os.stat_result, visit: Visit) -> None:
    if config.max_entries is None and config.min_entries is None:
        return
    if not stat.S_ISDIR(state.st_mode):
        end(NO_FOLDER, path=path)
    count = entries(path, visit)
    visit.measured[ENTRIES_METRIC.name] = count
    if config.max_entries is not None and count > config.max_entries:
        end(TOO_FULL, path=path, entries=count, limit=config.max_entries)
    if config.min_entries is not None and count < config.min_entries:
        end(TOO_EMPTY, path=path, entries=count, limit=config.min_entries)
