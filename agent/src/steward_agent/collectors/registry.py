# SPDX-License-Identifier: Apache-2.0
"""Finds the collectors by scanning this package, checks each, and freezes the result."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any

import msgspec

import steward_agent.collectors as package
from steward_agent.collectors.metrics import METRICS
from steward_agent.collectors.readings import Kind
from steward_agent.protocol.inventory import Inventory

_NOT_COLLECTORS = frozenset({"metrics", "readings", "registry"})
_SLUG = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Collector:
    """One file of this package, checked. `metrics` is empty for inventory."""

    slug: str
    kind: Kind
    summary: str
    config_type: type[msgspec.Struct]
    collect: Callable[..., Any]
    metrics: tuple[str, ...]


class BadCollector(TypeError):
    """A collector module that breaks the rules of this package; the message says which and how."""


@cache
def collectors() -> Mapping[str, Collector]:
    """All collectors by slug.

    Raises:
        BadCollector: for a module that breaks the rules.
    """
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__) if found.name not in _NOT_COLLECTORS)
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return MappingProxyType(registered(modules))


def registered(modules: Iterable[ModuleType]) -> dict[str, Collector]:
    """The collectors of `modules` by slug.

    Raises:
        BadCollector: for a module that breaks the rules, or two with the same slug or metric.
    """
    by_slug: dict[str, Collector] = {}
    owners: dict[str, str] = {}
    for module in modules:
        collector = _checked(module)
        if collector.slug in by_slug:
            raise BadCollector(f"{module.__name__}: slug {collector.slug!r} is taken")
        by_slug[collector.slug] = collector
        for metric in collector.metrics:
            if metric in owners:
                raise BadCollector(f"{module.__name__}: {metric} is sent by {owners[metric]} already")
            owners[metric] = collector.slug
    return by_slug


def _checked(module: ModuleType) -> Collector:
    def need(holds: bool, rule: str) -> None:
        if not holds:
            raise BadCollector(f"{module.__name__}: {rule}")

    slug, kind = getattr(module, "SLUG", ""), getattr(module, "KIND", None)
    config_type, collect = getattr(module, "Config", None), getattr(module, "collect", None)
    metrics = tuple(getattr(module, "METRICS", ()))
    need(isinstance(slug, str) and bool(_SLUG.fullmatch(slug)), "SLUG must be lower-case letters, digits and _")
    need(isinstance(kind, Kind), "KIND must be Kind.METRICS or Kind.INVENTORY")
    need(bool((module.__doc__ or "").strip()), "needs a docstring: it is the line in the documentation")
    if not (isinstance(config_type, type) and issubclass(config_type, msgspec.Struct)):
        raise BadCollector(f"{module.__name__}: Config must be a msgspec struct")
    settings = config_type.__struct_config__
    need(settings.frozen and settings.forbid_unknown_fields, "Config must be frozen and forbid unknown fields")
    need("enabled" in config_type.__struct_fields__, "Config must have `enabled`")
    need(all(not field.required for field in msgspec.structs.fields(config_type)), "all of Config needs defaults")
    need(callable(collect), "needs a function `collect`")
    if kind is Kind.INVENTORY:
        need(slug in Inventory.__struct_fields__ and not metrics, "SLUG must be a section of Inventory")
    else:
        need(bool(metrics), "METRICS must name what it sends")
        for name in metrics:
            need(name in METRICS, f"{name} is not in the table of metrics")
    assert callable(collect)
    assert isinstance(kind, Kind)
    summary = (module.__doc__ or "").strip().partition("\n")[0]
    return Collector(slug, kind, summary, config_type, collect, metrics)
