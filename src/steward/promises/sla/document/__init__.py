# SPDX-License-Identifier: Apache-2.0
"""The document of `steward sla explain`: read strictly, each fault with its path."""

from steward.promises.sla.document.hours import hours as hours_of
from steward.promises.sla.document.reading import Document, parse
from steward.promises.sla.document.values import Fault
from steward.promises.sla.document.values import minutes as seconds_of

__all__ = ["Document", "Fault", "hours_of", "parse", "seconds_of"]
