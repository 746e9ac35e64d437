# SPDX-License-Identifier: Apache-2.0
"""Whether the store is up, migrated, and how much it holds."""

import urllib.request
from dataclasses import dataclass
from typing import Final

from steward.core.telemetry.connection import TelemetryUnavailable, find_place
from steward.core.telemetry.read import upkeep

_PING_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class TelemetryStatus:
    """Rows, bytes on disk and parts of each table."""

    rows: dict[str, int]
    size: dict[str, int]
    parts: dict[str, int]


def telemetry_status() -> TelemetryStatus:
    """What the tables hold. Raises TelemetryUnavailable and its kin when the store can't say."""
    found = list(upkeep("health", seconds=5).dicts())
    return TelemetryStatus(
        rows={each["table"]: int(each["rows"]) for each in found},
        size={each["table"]: int(each["bytes"]) for each in found},
        parts={each["table"]: int(each["parts"]) for each in found},
    )


def ping() -> None:
    """Raises TelemetryUnavailable unless somebody answers where the store should be. Touches no table."""
    place = find_place()
    url = f"{'https' if place.secure else 'http'}://{place.host}:{place.port}/ping"
    try:
        with urllib.request.urlopen(url, timeout=_PING_SECONDS) as answer:  # noqa: S310  # built from our own settings
            answer.read()
    except OSError as failure:
        raise TelemetryUnavailable(f"The telemetry store does not answer: {failure}.") from failure
