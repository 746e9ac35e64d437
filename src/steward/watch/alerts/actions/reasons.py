# SPDX-License-Identifier: Apache-2.0
"""Why somebody did something, as they say it."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused

REASON_MAX: Final = 300


def said_why(text: str) -> str:
    """The reason on one line. Raises Refused for field `reason` when it is empty or too long."""
    reason = " ".join(text.split())
    if not reason or len(reason) > REASON_MAX:
        raise Refused("reason", _("Say why, in at most %(length)s characters.") % {"length": REASON_MAX})
    return reason
