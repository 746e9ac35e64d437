# SPDX-License-Identifier: Apache-2.0
"""Distribution, kernel, name, zone, last start."""

import platform
import socket
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

from steward_agent.collectors.readings import Kind
from steward_agent.protocol.inventory import OperatingSystem
from steward_agent.protocol.text import printable

SLUG = "os"
KIND = Kind.INVENTORY
_MINUTE = 60


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`enabled`: whether to look at all."""

    enabled: bool = True


def collect(_config: Config, root: Path = Path("/")) -> OperatingSystem:
    """`root` is where `/etc` and `/proc` are."""
    release = _release(root)
    return OperatingSystem(
        family=platform.system().lower() or "unknown",
        hostname=printable(socket.gethostname(), 253),
        distribution=printable(release.get("ID", ""), 64),
        name=printable(release.get("PRETTY_NAME", "")),
        version=printable(release.get("VERSION_ID", "")),
        kernel=printable(platform.release()),
        arch=printable(platform.machine(), 64),
        timezone=printable(_timezone(root), 64),
        # The kernel's answer wanders by a second as the clock is disciplined.
        booted_at=round(psutil.boot_time() / _MINUTE) * _MINUTE * 1000,
        boot=printable(_first_line(root / "proc/sys/kernel/random/boot_id"), 64),
    )


def _release(root: Path) -> dict[str, str]:
    for name in ("etc/os-release", "usr/lib/os-release"):
        with suppress(OSError):
            lines = (root / name).read_text("utf-8", "replace")[:65536].splitlines()
            pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
            return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}
    return {}


def _timezone(root: Path) -> str:
    named = _first_line(root / "etc/timezone")
    if named:
        return named
    with suppress(OSError):
        _, found, zone = str((root / "etc/localtime").readlink()).partition("zoneinfo/")
        return zone if found else ""
    return ""


def _first_line(path: Path) -> str:
    with suppress(OSError):
        return path.read_text("utf-8", "replace")[:256].partition("\n")[0].strip()
    return ""
