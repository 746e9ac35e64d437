# SPDX-License-Identifier: Apache-2.0
"""What differs between two inventories of a machine: pure, facts in, differences out.

Left out is what changes by itself: counters, the time of the inventory, whether a cable is in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

MOST = 5_000
LONGEST = 400

Section = Mapping[str, Any]
_PLAIN_HARDWARE = (
    "vendor",
    "model",
    "serial",
    "firmware",
    "cpu_model",
    "cores",
    "threads",
    "memory_bytes",
    "virtualization",
)
_PLAIN_SYSTEM = ("hostname", "distribution", "name", "version", "kernel", "arch", "timezone")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was added, removed or changed. `path` is within the section, such as "disk/sda/size_bytes"."""

    section: str
    kind: Literal["added", "removed", "changed"]
    path: str
    before: str = ""
    after: str = ""


def differences(before: Mapping[str, Section | None], after: Mapping[str, Section | None]) -> list[Difference]:
    """All differences, section by section; none for a section that is missing on either side.

    At most MOST, and one that says how many more.
    """
    found = [each for section in _FLAT for each in _of_section(section, before.get(section), after.get(section))]
    if len(found) <= MOST:
        return found
    return [*found[:MOST], Difference(found[MOST].section, "changed", "more", "", str(len(found) - MOST))]


def _of_section(section: str, before: Section | None, after: Section | None) -> Iterator[Difference]:
    if before is None or after is None:
        return
    old, new = _FLAT[section](before), _FLAT[section](after)
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was == now:
            continue
        kind: Literal["added", "removed", "changed"] = (
            "added" if was is None else "removed" if now is None else "changed"
        )
        yield Difference(section, kind, path[:LONGEST], (was or "")[:LONGEST], (now or "")[:LONGEST])


def _hardware(section: Section) -> dict[str, str]:
    flat = _plain(section, _PLAIN_HARDWARE)
    for disk in section.get("disks", ()):
        flat |= {
            f"disk/{disk['name']}/{name}": str(disk[name])
            for name in ("size_bytes", "model", "serial")
            if disk.get(name)
        }
    return flat


def _system(section: Section) -> dict[str, str]:
    flat = _plain(section, _PLAIN_SYSTEM)
    if section.get("boot") and section.get("booted_at"):
        # The kernel's id tells a restart; the time is computed from an uptime and wanders by a minute.
        flat["boot"] = str(section["boot"])
    return flat


def _packages(section: Section) -> dict[str, str]:
    versions: dict[str, list[str]] = {}
    for name, version, arch in section.get("installed", ()):
        versions.setdefault(f"{name}:{arch}" if arch else name, []).append(version)
    return {name: ", ".join(sorted(each)) for name, each in versions.items()}


def _addresses(section: Section) -> dict[str, str]:
    flat = {"fqdn": section["fqdn"]} if section.get("fqdn") else {}
    for each in section.get("interfaces", ()):
        flat[f"interface/{each['name']}"] = each.get("mac", "")
        flat |= {
            f"address/{each['name']}/{address['ip']}": str(address["prefix"]) for address in each.get("addresses", ())
        }
    return flat


def _plain(section: Section, names: tuple[str, ...]) -> dict[str, str]:
    return {name: str(section[name]) for name in names if section.get(name)}


_FLAT = {"hardware": _hardware, "system": _system, "packages": _packages, "addresses": _addresses}


def booted_at(section: Section | None) -> datetime | None:
    """When the machine was started, by its own clock; None where it did not say."""
    moment = (section or {}).get("booted_at")
    return datetime.fromtimestamp(moment / 1000, UTC) if moment else None
