# SPDX-License-Identifier: Apache-2.0
"""Finds out whether this machine waits for a restart: a package asked for one, or a newer kernel is installed than runs."""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from steward_agent.checks.observation import OK, Ended, Observation, Reason, end, observed
from steward_agent.checks.visit import Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict

SLUG = "reboot"
VERSION = 1
ROOT = Path("/")
# Debian and Ubuntu; SUSE.
_ASKED = ("run/reboot-required", "run/reboot-needed")
# Where either stands, the kernel is the host's.
_CONTAINER = (".dockerenv", "run/.containerenv", "run/systemd/container")
_MAX_LIST = 16 * 1024
_MAX_KERNELS = 256
_FLAVOUR = re.compile(r"(?:[-+](?!rc[0-9])[a-z][a-z0-9]*)+\Z")
_PIECE = re.compile(r"([0-9]+)|[A-Za-z]+")
_RELEASE = re.compile(r"[0-9]+\.[0-9][A-Za-z0-9._+~-]*")

PENDING_METRIC = Metric(
    "check.reboot.pending_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "How long a restart has been waited for; 0 where none is",
    ("check",),
)
METRICS = (PENDING_METRIC,)

ASKED = Reason(
    "reboot_asked",
    Verdict.FAILING,
    "Packages asked for a restart and it was not made; `packages` names them where that is known",
    ("seconds", "packages"),
)
OLD_KERNEL = Reason(
    "kernel_old",
    Verdict.FAILING,
    "A newer kernel of the same kind is installed than runs",
    ("running", "installed", "seconds"),
)
NOT_KNOWN = Reason(
    "reboot_unknown",
    Verdict.UNKNOWN,
    "Nothing here tells: no package asked for a restart, and there is no installed kernel to compare with the running one",
    ("running",),
)
REASONS = (ASKED, OLD_KERNEL, NOT_KNOWN)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a restart may be put off."""

    max_pending_seconds: Annotated[
        int, Meta(ge=0, le=31_536_000, description="Longest time a restart may be waited for, in seconds; 0 for none")
    ] = 0
    kernel: Annotated[bool, Meta(description="Whether a newer kernel that is installed calls for a restart")] = True


@dataclass(frozen=True, slots=True)
class Kernel:
    """An installed kernel, and the unix time at which its image was put on the disk."""

    release: str
    since: float


def run(config: Config, visit: Visit) -> Observation:
    running = os.uname().release
    visit.own_left()
    asked = _asked_since()
    installed = list(_installed(visit)) if config.kernel and not _in_container() else []
    newer = [each for each in installed if is_newer(each.release, running)]
    if asked is None and not installed:
        end(NOT_KNOWN, running=running)
    signs = [each.since for each in newer] + ([asked] if asked is not None else [])
    seconds = round(max(0.0, time.time() - min(signs))) if signs else 0
    visit.measured[PENDING_METRIC.name] = seconds
    if not signs or (config.max_pending_seconds and seconds <= config.max_pending_seconds):
        return observed(OK)
    if asked is not None:
        end(ASKED, seconds=seconds, packages=_packages())
    newest = max(newer, key=lambda each: version_key(each.release))
    raise Ended(OLD_KERNEL, running=running, installed=newest.release, seconds=seconds)


def is_newer(release: str, running: str) -> bool:
    """Whether `release` is of the same flavour (`-amd64`, `-generic`, `+rt`) as `running`, and above it."""
    return _flavour(release) == _flavour(running) and version_key(release) > version_key(running)


def version_key(release: str) -> list[tuple[int, str]]:
    """What sorts releases: numbers as numbers, and above letters, which stand for what comes before (`6.7.0-rc1`)."""
    pieces = _PIECE.finditer(_FLAVOUR.sub("", release))
    # An end sorts between the two: 6.7-rc1 < 6.7 < 6.7.1.
    return [(int(each[1]) + 2, "") if each[1] else (0, each[0]) for each in pieces] + [(1, "")]


def _flavour(release: str) -> str:
    found = _FLAVOUR.search(release)
    return found[0] if found else ""


def _asked_since() -> float | None:
    """Unix time at which a package first asked for a restart since the last one."""
    for name in _ASKED:
        try:
            return (ROOT / name).stat().st_mtime
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
    return None


def _packages() -> str:
    try:
        with (ROOT / f"{_ASKED[0]}.pkgs").open("rb") as file:
            told = file.read(_MAX_LIST).decode("utf-8", "replace")
    except OSError:
        return ""
    return ", ".join(dict.fromkeys(told.split()))


def _in_container() -> bool:
    return any((ROOT / name).exists() for name in _CONTAINER)


def _installed(visit: Visit) -> Iterator[Kernel]:
    """Kernels with an image on the disk; a folder of modules alone is what a removed one may leave."""
    images = [*_named("boot", "vmlinuz-*", "vmlinuz-"), *_named("lib/modules", "*/vmlinuz", "")]
    for release, image in images[:_MAX_KERNELS]:
        visit.own_left()
        try:
            # The time of an image's content is that of its making, elsewhere.
            yield Kernel(release, image.stat().st_ctime)
        except OSError:
            continue


def _named(folder: str, pattern: str, prefix: str) -> Iterator[tuple[str, Path]]:
    for image in sorted((ROOT / folder).glob(pattern)):
        release = image.name.removeprefix(prefix) if prefix else image.parent.name
        if _RELEASE.fullmatch(release):
            yield release, image
