# SPDX-License-Identifier: Apache-2.0
"""The document of `steward sla explain`: read strictly, each fault with its path."""

from steward.promises.sla.document.reading import Document, parse
from steward.promises.sla.document.values import Fault

__all__ = ["Document", "Fault", "parse"]
