# SPDX-License-Identifier: Apache-2.0
"""Which versions of the protocol this code speaks."""

from steward_agent.protocol.errors import ProtocolError

VERSION = 1
OLDEST = max(1, VERSION - 1)
UNDERSTOOD = range(OLDEST, VERSION + 1)


def check_version(version: int, field: str = "version") -> None:
    """Raises ProtocolError naming `field` when `version` is neither the current one nor the one before."""
    if version not in UNDERSTOOD:
        raise ProtocolError(field, f"version {version} is not understood (understood: {OLDEST} to {VERSION})")
