# SPDX-License-Identifier: Apache-2.0
"""Every route of the web process as the resolver has it: a new one joins the sweeps without anybody's doing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """A route's name, its pattern in words, the names of its parts, and for an endpoint its methods."""

    name: str
    pattern: str
    params: tuple[str, ...]
    methods: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api.")

    def path(self, values: dict[str, object]) -> str:
        """The address with its parts filled in."""
        text = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), self.pattern)
        return f"/{text}"


def routes() -> list[Route]:
    """All of them, regular expressions (of the sign-in library) excepted, which `test_every_pattern_is_known` names."""
    return [route for route in _walk(get_resolver().url_patterns, "") if not is_regex(route.pattern)]


def regex_patterns() -> list[str]:
    """Patterns written as regular expressions."""
    return [route.pattern for route in _walk(get_resolver().url_patterns, "") if is_regex(route.pattern)]


def is_regex(pattern: str) -> bool:
    return "^" in pattern or "(?" in pattern


def _walk(found: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for each in found:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, pattern)
            continue
        endpoints = getattr(each.callback, "steward_endpoints", None)
        params = tuple(re.findall(r"<(?:\w+:)?(\w+)>", pattern))
        yield Route(each.name or "", pattern, params, tuple(endpoints) if endpoints else ("GET", "POST"))
