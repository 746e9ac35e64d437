# SPDX-License-Identifier: Apache-2.0
"""Finds the sections by scanning `sections`, checks each, and freezes the result."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, Final

from django.utils.functional import Promise

import steward.business.reports.sections as package
from steward.business.reports.drawing import Drawing
from steward.business.reports.figures import Facts, Part
from steward.business.reports.frozen import FrozenPart, Verdict
from steward.business.reports.month import Month
from steward.core.tenancy.public import Client

Words = Promise | str
_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NEEDED: Final = ("SLUG", "TITLE", "ORDER", "FIGURES", "run", "verdict", "said")


class BadSection(TypeError):
    """A module of `sections` that breaks the rules of that package; the text says which and how."""


@dataclass(frozen=True, slots=True)
class SectionKind:
    """One file of `sections`, checked."""

    slug: str
    title: Words
    order: int
    figures: Mapping[str, Words]
    run: Callable[[Client, Month], Part]
    verdict: Callable[[FrozenPart], Verdict]
    said: Callable[[Facts], Words]
    charts: Callable[[FrozenPart], Sequence[Drawing]]


@cache
def section_kinds() -> Mapping[str, SectionKind]:
    """Every section by its slug, in the order of a report. Raises BadSection."""
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
    found = [checked(importlib.import_module(f"{package.__name__}.{name}")) for name in names]
    return MappingProxyType({each.slug: each for each in sorted(found, key=lambda one: (one.order, one.slug))})


def checked(module: ModuleType) -> SectionKind:
    """The section in a module. Raises BadSection."""
    missing = [name for name in _NEEDED if not hasattr(module, name)]
    if missing:
        raise BadSection(f"{module.__name__} lacks {', '.join(missing)}")
    given: Any = module
    if not _SLUG.fullmatch(given.SLUG) or module.__name__.rpartition(".")[2] != given.SLUG:
        raise BadSection(f"{module.__name__}: SLUG is the name of the file")
    if not given.FIGURES or not all(_SLUG.fullmatch(each) for each in given.FIGURES):
        raise BadSection(f"{module.__name__}: FIGURES has words for at least one slug")
    charts = getattr(given, "charts", _nothing)
    return SectionKind(
        given.SLUG, given.TITLE, given.ORDER, given.FIGURES, given.run, given.verdict, given.said, charts
    )


def _nothing(_part: FrozenPart) -> Sequence[Drawing]:
    return ()


def figure_words(name: str) -> Words:
    """The words of a figure, "section.figure"; the name itself where no section knows it any more."""
    section, _, figure = name.partition(".")
    kind = section_kinds().get(section)
    return kind.figures.get(figure, name) if kind is not None else name
