# SPDX-License-Identifier: Apache-2.0
"""Which rule holds where: an asset's override before its client's, and that before the rule. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from steward.watch.monitoring.judging import Held, Subject


@dataclass(frozen=True, slots=True)
class Setting:
    """How a rule holds somewhere. `config` is the typed one."""

    rule: str
    enabled: bool
    severity: str
    config: Any


Place = tuple[str, int, int | None]  # rule, client, asset or None for the whole client


def in_force(rule: Setting, subject: Subject, overrides: Mapping[Place, Setting]) -> Setting:
    """What holds of a rule for an asset."""
    own = overrides.get((rule.rule, subject.client_id, subject.asset_id))
    return own or overrides.get((rule.rule, subject.client_id, None)) or rule


def held(rules: Iterable[Setting], subjects: Sequence[Subject], overrides: Mapping[Place, Setting]) -> Iterator[Held]:
    """Every rule for every asset it holds for, switched off ones left out."""
    for rule in rules:
        for subject in subjects:
            found = in_force(rule, subject, overrides)
            if found.enabled:
                yield Held(rule.rule, found.severity, found.config, subject)
