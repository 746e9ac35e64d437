# SPDX-License-Identifier: Apache-2.0
"""Counts the processes of this machine by name, part of the command line and user, and what they hold together."""

import os
import pwd
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import psutil
from msgspec import Meta

from steward_agent.checks.observation import OK, Observation, Reason, end, observed
from steward_agent.checks.visit import Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict
from steward_agent.protocol.text import PRINTABLE

SLUG = "process"
VERSION = 1
MOST = 100_000
# Of no user at all, as the kernel has it.
_NOBODYS = 2**32 - 1
_MOUNTS = Path("/proc/self/mountinfo")
_ALL_SEEN = {"0", "off"}

COUNT_METRIC = Metric("check.process.count", Unit.COUNT, MetricKind.GAUGE, "How many run", ("check",))
RSS_METRIC = Metric(
    "check.process.rss_bytes",
    Unit.BYTES,
    MetricKind.GAUGE,
    "Resident memory of all of them, shared parts each time",
    ("check",),
)
CPU_METRIC = Metric(
    "check.process.cpu_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Processor time of all of them since each began, without children that ended",
    ("check",),
    2,
)
OLDEST_METRIC = Metric(
    "check.process.oldest_seconds", Unit.SECONDS, MetricKind.GAUGE, "How long the oldest of them runs", ("check",), 1
)
METRICS = (COUNT_METRIC, RSS_METRIC, CPU_METRIC, OLDEST_METRIC)

TOO_FEW = Reason("processes_few", Verdict.FAILING, "Fewer run than `at_least`", ("count", "at_least"))
TOO_MANY = Reason("processes_many", Verdict.FAILING, "More run than `at_most`", ("count", "at_most"))
MUCH_MEMORY = Reason(
    "process_memory", Verdict.FAILING, "Together they hold more than `max_rss_bytes`", ("bytes", "limit")
)
MUCH_CPU = Reason(
    "process_cpu", Verdict.FAILING, "Together they used more than `max_cpu_seconds`", ("seconds", "limit")
)
HIDDEN = Reason(
    "processes_hidden",
    Verdict.UNKNOWN,
    "The machine hides processes of other users from the agent, and those could change the verdict; `count` are seen",
    ("count",),
)
REASONS = (TOO_FEW, TOO_MANY, MUCH_MEMORY, MUCH_CPU, HIDDEN)

Text = Annotated[str, Meta(min_length=1, max_length=256, pattern=PRINTABLE)]
Count = Annotated[int, Meta(ge=0, le=MOST)]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which processes, how many of them, and what they may hold."""

    name: Annotated[Text | None, Meta(description="Name of the program as the kernel has it, in full: nginx")] = None
    command: Annotated[
        Text | None, Meta(description="Plain text that must occur in the command line, arguments joined by spaces")
    ] = None
    user: Annotated[Text | None, Meta(description="Name or number of the user they run as")] = None
    at_least: Annotated[int, Meta(ge=0, le=MOST, description="Fewest that must run")] = 1
    at_most: Annotated[Count | None, Meta(description="Most that may run")] = None
    max_rss_bytes: Annotated[
        Annotated[int, Meta(ge=1, le=2**53)] | None,
        Meta(description="Most resident memory of all of them together, in bytes"),
    ] = None
    max_cpu_seconds: Annotated[
        Annotated[float, Meta(ge=0.01, le=1e9)] | None,
        Meta(description="Most processor time of all of them together since each began, in seconds"),
    ] = None

    def __post_init__(self) -> None:
        if self.name is None and self.command is None and self.user is None:
            raise ValueError("name: give a name, a part of the command line or a user")
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError("at_most: is less than at_least, so nothing could hold")
        if (self.at_least, self.at_most, self.max_rss_bytes, self.max_cpu_seconds) == (0, None, None, None):
            raise ValueError("at_least: 0 without a limit asks for nothing; give at_most or a limit as well")


@dataclass(frozen=True, slots=True)
class Found:
    """One process: resident bytes, processor seconds, unix time of its start."""

    rss: int
    cpu: float
    began: float


def run(config: Config, visit: Visit) -> Observation:
    wanted = _user_id(config.user) if config.user is not None else None
    found: list[Found] = []
    hidden = hides_others(_MOUNTS.read_text("utf-8", "replace"), os.geteuid(), {os.getegid(), *os.getgroups()})
    for process in _processes(visit):
        try:
            if _is_wanted(process, config, wanted):
                found.append(_found(process))
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            hidden = True
    _measure(found, visit)
    return _judged(found, config, hidden=hidden and wanted != os.geteuid())


def hides_others(mounts: str, user: int, groups: set[int]) -> bool:
    """Whether the kernel shows `user` (id) and his `groups` only their own processes, by what /proc/self/mountinfo says."""
    if user == 0:
        return False
    hides = False
    for line in mounts.splitlines():
        head, _, tail = line.partition(" - ")
        mount, kind = head.split(), tail.split()
        if len(mount) < 5 or len(kind) < 3 or mount[4] != "/proc" or kind[0] != "proc":
            continue
        options = dict(one.partition("=")[::2] for one in kind[2].split(","))
        # The last of several mounts is the one that is seen.
        hides = options.get("hidepid", "off") not in _ALL_SEEN and options.get("gid", "") not in {
            str(one) for one in groups
        }
    return hides


def _processes(visit: Visit) -> Iterator[psutil.Process]:
    for pid in psutil.pids():
        visit.own_left()
        try:
            yield psutil.Process(pid)
        except psutil.NoSuchProcess:
            continue


def _is_wanted(process: psutil.Process, config: Config, user: int | None) -> bool:
    if process.status() == psutil.STATUS_ZOMBIE:
        return False
    if user is not None and process.uids().effective != user:
        return False
    if config.name is not None and process.name() != config.name:
        return False
    return config.command is None or config.command in " ".join(process.cmdline())


def _found(process: psutil.Process) -> Found:
    times = process.cpu_times()
    return Found(process.memory_info().rss, times.user + times.system, process.create_time())


def _user_id(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return pwd.getpwnam(text).pw_uid
    except KeyError:
        return _NOBODYS


def _measure(found: list[Found], visit: Visit) -> None:
    visit.measured[COUNT_METRIC.name] = len(found)
    visit.measured[RSS_METRIC.name] = sum(each.rss for each in found)
    visit.measured[CPU_METRIC.name] = sum(each.cpu for each in found)
    if found:
        visit.measured[OLDEST_METRIC.name] = max(0.0, time.time() - min(each.began for each in found))


def _judged(found: list[Found], config: Config, *, hidden: bool) -> Observation:
    """What is too much is so whatever is hidden besides; what is too little, or little enough, may not be."""
    count, rss, cpu = len(found), sum(each.rss for each in found), sum(each.cpu for each in found)
    if config.at_most is not None and count > config.at_most:
        end(TOO_MANY, count=count, at_most=config.at_most)
    if config.max_rss_bytes is not None and rss > config.max_rss_bytes:
        end(MUCH_MEMORY, bytes=rss, limit=config.max_rss_bytes)
    if config.max_cpu_seconds is not None and cpu > config.max_cpu_seconds:
        end(MUCH_CPU, seconds=round(cpu, 2), limit=config.max_cpu_seconds)
    has_limit = (config.at_most, config.max_rss_bytes, config.max_cpu_seconds) != (None, None, None)
    if hidden and (count < config.at_least or has_limit):
        end(HIDDEN, count=count)
    if count < config.at_least:
        end(TOO_FEW, count=count, at_least=config.at_least)
    return observed(OK)
