# SPDX-License-Identifier: Apache-2.0
"""Finds the kinds of rules by scanning `rules`, checks each, and freezes the result."""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, Final

from pydantic import BaseModel, ValidationError

import steward.watch.monitoring.rules as package
from steward.core.access.public import Refused
from steward.watch.monitoring.judging import RuleKind

_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NEEDED: Final = ("SLUG", "LABEL", "SUMMARY", "Config", "words", "why", "run")


class BadRule(TypeError):
    """A module of `rules` that breaks the rules of that package; the text says which and how."""


@cache
def rule_kinds() -> Mapping[str, RuleKind]:
    """Every kind of rule by its slug. Raises BadRule."""
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
    found = [checked(importlib.import_module(f"{package.__name__}.{name}")) for name in names]
    return MappingProxyType({each.slug: each for each in found})


def checked(module: ModuleType) -> RuleKind:
    """The kind of rule in a module. Raises BadRule."""
    missing = [name for name in _NEEDED if not hasattr(module, name)]
    if missing:
        raise BadRule(f"{module.__name__} lacks {', '.join(missing)}")
    given: Any = module
    if not _SLUG.fullmatch(given.SLUG) or module.__name__.rpartition(".")[2] != given.SLUG:
        raise BadRule(f"{module.__name__}: SLUG is the name of the file")
    if not issubclass(given.Config, BaseModel) or given.Config.model_config.get("extra") != "forbid":
        raise BadRule(f"{module.__name__}: Config is a pydantic model that forbids what it does not know")
    for name, field in given.Config.model_fields.items():
        if not field.description:
            raise BadRule(f"{module.__name__}: {name} needs a description")
    outage = getattr(given, "OUTAGE", False)
    return RuleKind(given.SLUG, given.LABEL, given.SUMMARY, given.Config, given.words, given.why, given.run, outage)


def rule_kind(slug: str) -> RuleKind:
    """One kind. Raises Refused for field `kind`."""
    found = rule_kinds().get(slug)
    if found is None:
        raise Refused("kind", f"{slug[:40]!r}: use one of {', '.join(rule_kinds())}.")
    return found


def read_config(slug: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as rows keep it. Raises Refused for the first field that does not fit, or `kind`."""
    kind = rule_kind(slug)
    try:
        return kind.config_type.model_validate(dict(given)).model_dump(mode="json")
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
        raise Refused(str(first["loc"][0]) if first["loc"] else "config", first["msg"]) from None
