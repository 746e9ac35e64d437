# SPDX-License-Identifier: Apache-2.0
"""Rule 1, second half: another room is entered only through its door, `public` or `events`."""

from collections.abc import Iterable

from tests.architecture.checks.sources import Source, imported_modules

FLOORS = ("core", "estate", "promises", "desk", "watch", "guard", "business")
DOORS = {"public", "events"}
# The roof composes: it mounts urls and starts processes, which are entrances of their own.
ROOF_DOORS = DOORS | {"urls", "pages", "rest", "api", "routes", "process"}


def side_entrances(modules: Iterable[Source], rooms: set[str]) -> list[str]:
    """Imports that enter a room elsewhere than by its door. `rooms` are dotted names such as steward.estate.assets."""
    findings = []
    for source in modules:
        own = _room(source.module, rooms)
        for line, name in imported_modules(source):
            room = _room(name, rooms)
            if room is None or room == own or name == room:
                continue
            entrance = name[len(room) + 1 :].split(".")[0]
            if entrance not in _doors_for(source, own):
                findings.append(f"{source.path}:{line}: enters {room} by {entrance}; use {room}.public")
    return findings


def _doors_for(source: Source, own: str | None) -> set[str]:
    if source.path.name == "apps.py":  # loaded before there are models, hence not by a door that imports them
        return DOORS | {"rooms"}
    if own is None:
        return ROOF_DOORS
    return DOORS


def _room(name: str, rooms: set[str]) -> str | None:
    parts = name.split(".")
    candidate = ".".join(parts[:3])
    return candidate if candidate in rooms else None
