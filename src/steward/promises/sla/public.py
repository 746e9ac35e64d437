# SPDX-License-Identifier: Apache-2.0
"""The door of sla."""

from steward.promises.sla.document import Document, Fault, parse
from steward.promises.sla.explain import explained, lines

__all__ = ["Document", "Fault", "explained", "lines", "parse"]
