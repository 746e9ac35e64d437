# SPDX-License-Identifier: Apache-2.0
"""Finds the checks by scanning this package, checks each, and freezes the result; runs one without ever raising."""

import importlib
import math
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from types import MappingProxyType, ModuleType
from typing import Any

import msgspec

import steward_agent.checks as package
from steward_agent import logs
from steward_agent.checks.observation import (
    COMMON_METRICS,
    COMMON_REASONS,
    CRASHED,
    SECONDS,
    Ended,
    Observation,
    Reason,
    observed,
)
from steward_agent.checks.place import Place
from steward_agent.checks.visit import Visit, trouble
from steward_agent.collectors.metrics import Metric
from steward_agent.protocol.results import MAX_CHECK_KINDS, Verdict
from steward_agent.protocol.text import printable

_NOT_CHECKS = frozenset(
    {
        "backup_listing",
        "certificate",
        "child",
        "datagrams",
        "dbus",
        "dns_message",
        "icmp",
        "machine",
        "ntp_message",
        "observation",
        "owned",
        "paths",
        "performance",
        "place",
        "reach",
        "registry",
        "starttls",
        "targets",
        "visit",
    }
)
# Values of one look that a second label tells apart, and letters of such a label.
MAX_LABELLED, MAX_LABEL = 20, 64
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,47}")
_PATH = re.compile(r" - at `(?:key` in `)?\$\.?([A-Za-z0-9_]*)[^`]*`$")
_NAMED = re.compile(r"(?:unknown|required) field `([^`]*)`")
_OWN = re.compile(r"([a-z][a-z0-9_]*): (.*)", re.DOTALL)


class BadConfig(ValueError):
    """A configuration that a check refuses. `field` is the part, `reason` one line; `field` is empty for the whole."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class BadCheck(TypeError):
    """A check module that breaks the rules of this package; the message says which and how."""


@dataclass(frozen=True, slots=True)
class Check:
    """One file of this package, checked."""

    slug: str
    version: int
    summary: str
    config_type: type[msgspec.Struct]
    metrics: tuple[Metric, ...]
    reasons: tuple[Reason, ...]
    run: Callable[[Any, Visit], Observation]

    def config(self, given: Mapping[str, Any]) -> msgspec.Struct:
        """The typed configuration in `given`.

        Raises:
            BadConfig: naming the field.
        """
        try:
            return msgspec.convert(dict(given), self.config_type)
        except msgspec.ValidationError as error:
            raise _bad(str(error)) from None
        except (RecursionError, OverflowError) as error:
            raise BadConfig("", type(error).__name__) from None

    def observe(self, config: msgspec.Struct, place: Place, timeout_s: float) -> Observation:
        """Looks once from `place`; over after `timeout_s`, but for what the system itself holds up. Never raises."""
        visit = Visit(place, timeout_s)
        try:
            found = self.run(config, visit)
        except Exception as error:
            found = self._without(error)
        finally:
            visit.close()
        measured = found.measured | visit.measured | {SECONDS.name: visit.passed()}
        return replace(found, measured=self._rounded(measured), labelled=self._labelled(visit.labelled))

    def second_label(self, metric: str) -> str:
        """The name of what tells the series of `metric` apart beside `check`."""
        return next(each.labels[1] for each in self.metrics if each.name == metric)

    def schema(self) -> dict[str, Any]:
        """JSON schema (2020-12) of the configuration; patterns in the dialect that schema has."""
        made = msgspec.json.schema(self.config_type)
        definitions = made.pop("$defs", {})
        top = definitions.pop(made["$ref"].rpartition("/")[2])
        if definitions:
            top["$defs"] = definitions
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_ecma(top)}

    def _without(self, error: Exception) -> Observation:
        if isinstance(error, OSError):
            error = trouble(error)
        if isinstance(error, Ended) and set(error.parameters) == set(error.reason.parameters):
            return observed(error.reason, error.parameters)
        logs.failure("check crashed", check=self.slug)
        return observed(CRASHED, {"error": type(error).__name__})

    def _rounded(self, measured: Mapping[str, float]) -> dict[str, float]:
        decimals = {
            metric.name: metric.decimals for metric in (*COMMON_METRICS, *self.metrics) if len(metric.labels) == 1
        }
        return {
            name: float(round(value, decimals[name]))
            for name, value in measured.items()
            if name in decimals and math.isfinite(value)
        }

    def _labelled(self, measured: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
        """The first MAX_LABELLED, their labels fit to travel."""
        decimals = {metric.name: metric.decimals for metric in self.metrics if len(metric.labels) > 1}
        fit: dict[str, dict[str, float]] = {}
        told = ((name, label, value) for name, labels in measured.items() for label, value in labels.items())
        for name, label, value in islice((each for each in told if math.isfinite(each[2])), MAX_LABELLED):
            fit.setdefault(name, {})[printable(label, MAX_LABEL)] = float(round(value, decimals[name]))
        return fit


@cache
def checks() -> Mapping[str, Check]:
    """All checks by slug.

    Raises:
        BadCheck: for a module that breaks the rules.
    """
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__) if found.name not in _NOT_CHECKS)
    return MappingProxyType(registered(importlib.import_module(f"{package.__name__}.{name}") for name in names))


def capabilities() -> dict[str, int]:
    """What an agent of this version announces: the version of each check's configuration by its slug."""
    return {slug: check.version for slug, check in checks().items()}


def registered(modules: Iterable[ModuleType]) -> dict[str, Check]:
    """The checks of `modules` by slug.

    Raises:
        BadCheck: for a module that breaks the rules, or two with the same slug or metric.
    """
    by_slug: dict[str, Check] = {}
    owners = {metric.name: "every check" for metric in COMMON_METRICS}
    for module in modules:
        check = _checked(module)
        if check.slug in by_slug:
            raise BadCheck(f"{module.__name__}: slug {check.slug!r} is taken")
        by_slug[check.slug] = check
        for metric in check.metrics:
            if metric.name in owners:
                raise BadCheck(f"{module.__name__}: {metric.name} is measured by {owners[metric.name]} already")
            owners[metric.name] = check.slug
    if len(by_slug) > MAX_CHECK_KINDS:
        raise BadCheck(f"more than {MAX_CHECK_KINDS} checks can't be announced")
    return by_slug


def _checked(module: ModuleType) -> Check:
    def need(holds: bool, rule: str) -> None:
        if not holds:
            raise BadCheck(f"{module.__name__}: {rule}")

    slug, version = getattr(module, "SLUG", ""), getattr(module, "VERSION", 0)
    config_type, run = getattr(module, "Config", None), getattr(module, "run", None)
    metrics, reasons = tuple(getattr(module, "METRICS", ())), tuple(getattr(module, "REASONS", ()))
    need(isinstance(slug, str) and bool(_SLUG.fullmatch(slug)), "SLUG must be lower-case letters, digits and _")
    need(isinstance(version, int) and 1 <= version <= 10_000, "VERSION must be a number from 1")
    need(bool((module.__doc__ or "").strip()), "needs a docstring: it is the line in the documentation")
    if not (isinstance(config_type, type) and issubclass(config_type, msgspec.Struct)):
        raise BadCheck(f"{module.__name__}: Config must be a msgspec struct")
    settings = config_type.__struct_config__
    need(settings.frozen and settings.forbid_unknown_fields, "Config must be frozen and forbid unknown fields")
    need(all(isinstance(metric, Metric) for metric in metrics), "METRICS must be rows of Metric")
    for metric in metrics:
        need(metric.name.startswith(f"check.{slug}."), f"{metric.name} must begin with check.{slug}.")
        need(
            metric.labels[:1] == ("check",) and len(metric.labels) <= 2,
            f"{metric.name} must have the label `check`, and one more at most",
        )
    need(all(isinstance(reason, Reason) for reason in reasons), "REASONS must be rows of Reason")
    codes = [reason.code for reason in (*COMMON_REASONS, *reasons)]
    need(len(set(codes)) == len(codes), "two of REASONS, or one and a common one, have the same code")
    need(all(reason.verdict is not Verdict.OK for reason in reasons), "only the common `ok` may be ok")
    need(callable(run), "needs a function `run`")
    assert callable(run)
    summary = (module.__doc__ or "").strip().partition("\n")[0]
    return Check(slug, version, summary, config_type, metrics, reasons, run)


def _bad(text: str) -> BadConfig:
    path, named = _PATH.search(text), _NAMED.search(text)
    reason = printable(_PATH.sub("", text))
    if path is not None and path.group(1):
        return BadConfig(printable(path.group(1), 64), reason)
    if named is not None:
        return BadConfig(printable(named.group(1), 64), reason)
    own = _OWN.fullmatch(reason)
    return BadConfig(own.group(1), own.group(2)) if own else BadConfig("", reason)


def _ecma(part: Any) -> Any:
    """`\\A` and `\\Z` are Python's; in a schema `^` and `$` mean the same."""
    if isinstance(part, dict):
        return {
            key: value.replace(r"\A", "^").replace(r"\Z", "$")
            if key == "pattern" and isinstance(value, str)
            else _ecma(value)
            for key, value in part.items()
        }
    return [_ecma(one) for one in part] if isinstance(part, list) else part
