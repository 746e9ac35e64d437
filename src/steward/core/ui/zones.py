# SPDX-License-Identifier: Apache-2.0
"""The time zones a person may choose."""

from functools import cache

from steward.settings.zones import zone_names

_REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def zone_choices() -> list[tuple[str, str]]:
    """UTC, then every zone of a region by name; without the aliases of former times."""
    named = sorted(zone for zone in zone_names() if zone.partition("/")[0] in _REGIONS)
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in named)]
