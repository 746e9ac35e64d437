# SPDX-License-Identifier: Apache-2.0
"""The rules that every house begins with. What people change of them stays changed; what they archive stays away."""

from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from steward.watch.alerts.public import Severity

Words = Promise | str


@dataclass(frozen=True, slots=True)
class Preset:
    """A rule that the house begins with."""

    slug: str
    label: Words
    kind: str
    severity: str
    config: dict[str, Any] = field(default_factory=dict)


def _over(metric: str, limit: float, back: float, seconds: int) -> dict[str, Any]:
    return {"metric": metric, "limit": limit, "back": back, "for_seconds": seconds}


PRESETS: Final = (
    Preset(
        "disk_nearly_full",
        _("Filesystem nearly full"),
        "threshold",
        Severity.MAJOR,
        _over("fs.used_percent", 90, 87, 300),
    ),
    Preset("disk_full", _("Filesystem full"), "threshold", Severity.CRITICAL, _over("fs.used_percent", 97, 95, 60)),
    Preset("inodes", _("Inodes nearly used up"), "threshold", Severity.MAJOR, _over("fs.inodes_percent", 90, 87, 300)),
    Preset(
        "memory", _("Memory short for long"), "threshold", Severity.MINOR, _over("memory.used_percent", 95, 90, 900)
    ),
    Preset(
        "processor", _("Processor busy for long"), "threshold", Severity.MINOR, _over("cpu.used_percent", 95, 85, 1800)
    ),
    Preset("agent_silent", _("Agent silent"), "silent", Severity.MAJOR, {"after_seconds": 300}),
    Preset("check_failing", _("Check failing"), "check_failing", Severity.MAJOR, {"failing": 3, "of": 5}),
)
BY_SLUG: Final = {each.slug: each for each in PRESETS}


def label_of(preset: str, name: str) -> Words:
    """What a rule is called: as people named it, or its preset's words."""
    return name or (BY_SLUG[preset].label if preset in BY_SLUG else preset)
