# SPDX-License-Identifier: Apache-2.0
"""The document of the API tells two shapes apart by their names alone: of two that share one, the last would be all that is told."""

from collections import Counter
from collections.abc import Iterator

from ninja import Schema

from steward.web import urls

assert urls.urlpatterns, "every room's endpoints are declared by now"


def shapes(of: type[Schema] = Schema) -> Iterator[type[Schema]]:
    for each in of.__subclasses__():
        yield each
        yield from shapes(each)


def shared(found: set[type[Schema]]) -> list[str]:
    counted = Counter(each.__name__ for each in found)
    return sorted(f"{each.__module__}.{each.__name__}" for each in found if counted[each.__name__] > 1)


def test_no_two_shapes_share_a_name() -> None:
    ours = {each for each in shapes() if each.__module__.startswith("steward.")}
    assert len(ours) > 50
    assert shared(ours) == []


def test_two_that_did_would_be_told() -> None:
    twins = {type("TwinOut", (Schema,), {"__module__": f"room{each}.rest"}) for each in "ab"}
    assert shared(twins) == ["rooma.rest.TwinOut", "roomb.rest.TwinOut"]
