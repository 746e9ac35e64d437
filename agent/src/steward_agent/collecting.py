# SPDX-License-Identifier: Apache-2.0
"""Runs the collectors, each on its own: one that fails costs its own readings and is named, nothing else."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from steward_agent import __version__, logs
from steward_agent.clock import unix_ms
from steward_agent.collectors.readings import Kind, Past, Reading
from steward_agent.collectors.registry import Collector, collectors
from steward_agent.protocol.inventory import Inventory


class Collecting:
    """Holds what counters said last time. `configs` has the `Config` of every collector by slug.

    `announced` are the checks this agent runs, which the inventory tells.
    """

    def __init__(self, configs: Mapping[str, Any], announced: Mapping[str, int] | None = None) -> None:
        self._configs = configs
        self._announced = dict(announced or {})
        self._pasts = {slug: Past() for slug, _ in self._wanted(Kind.METRICS)}
        self.failed: list[str] = []

    def readings(self) -> list[Reading]:
        """One round of all collectors of metrics. `failed` names those that could not answer."""
        found: list[Reading] = []
        failed: list[str] = []
        for slug, collector in self._wanted(Kind.METRICS):
            past = self._pasts[slug]
            try:
                found.extend(collector.collect(self._configs[slug], past))
            except Exception:
                failed.append(slug)
                if slug not in self.failed:
                    logs.failure("collector failed", collector=slug)
            past.forget_gone()
        self.failed = failed
        return [one for one in found if math.isfinite(one.value)]

    def inventory(self) -> Inventory:
        """The whole document; a section that could not be collected is None."""
        sections: dict[str, Any] = {}
        for slug, collector in self._wanted(Kind.INVENTORY):
            try:
                sections[slug] = collector.collect(self._configs[slug])
            except Exception:
                logs.failure("collector failed", collector=slug)
        document = Inventory(collected_at=unix_ms(), agent_version=__version__, checks=self._announced)
        return msgspec.structs.replace(document, **sections)

    def _wanted(self, kind: Kind) -> list[tuple[str, Collector]]:
        every = collectors().items()
        return [(slug, one) for slug, one in every if one.kind is kind and self._configs[slug].enabled]
