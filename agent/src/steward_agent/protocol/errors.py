# SPDX-License-Identifier: Apache-2.0
"""The one error of the protocol."""


class ProtocolError(ValueError):
    """A message that breaks the protocol. `field` names the part, `reason` is one line an operator can read."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
